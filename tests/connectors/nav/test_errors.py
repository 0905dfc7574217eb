"""NAV's errors: status and code decide what happens next."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    Conflict,
    DocumentRefused,
    NotFound,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.nav.errors import failure

W, R = True, False
D = "Application_DialogException"
ERRORS: dict[str, tuple[bool, int, Any, type[Exception]]] = {
    "AL error on a write": (W, 400, D, DocumentRefused),
    "AL error on a read: no rights": (R, 400, D, ConfigurationError),
    "too long": (W, 400, "Application_StringExceededLength", DocumentRefused),
    "table relation": (W, 400, "Internal_InvalidTableRelation", DocumentRefused),
    "unknown code": (W, 400, "Unknown", DocumentRefused),
    "read-only property": (W, 400, "BadRequest_InvalidOperation", DocumentRefused),
    "duplicate key, 400": (W, 400, "Internal_EntityWithSameKeyExists", Conflict),
    "duplicate key, 409": (W, 409, "Internal_EntityWithSameKeyExists", Conflict),
    "stale version": (W, 409, "Request_EntityChanged", Conflict),
    "no version": (W, 400, "BadRequest_InvalidToken", Conflict),
    "record gone, 404": (W, 404, "Internal_RecordNotFound", NotFound),
    "record gone, 400": (R, 400, "Internal_RecordNotFound", NotFound),
    "record gone, 409": (R, 409, "Internal_RecordNotFound", NotFound),
    "no such segment": (R, 404, "BadRequest_ResourceNotFound", NotFound),
    "no such company": (R, 404, "Internal_CompanyNotFound", ConfigurationError),
    "switched off": (R, 405, "BadRequest_MethodNotAllowed", ConfigurationError),
    "switched off, no body": (R, 405, None, ConfigurationError),
    "no such action": (W, 501, "BadRequest_MethodNotImplemented", ConfigurationError),
    "no such action, 400": (W, 400, "BadRequest_MethodNotImplemented", ConfigurationError),
    "credentials": (W, 401, "Authentication_InvalidCredentials", AuthenticationError),
    "credentials, gateway": (W, 401, None, AuthenticationError),
    "rights": (W, 403, "Authorization_RequestDenied", ConfigurationError),
    "rights, gateway": (R, 403, None, ConfigurationError),
    "a gateway in the way of a write": (W, 403, None, UnknownOutcome),
    "too many": (W, 429, None, RateLimited),
    "token host": (R, 400, "entra", AuthenticationError),
    "skip token": (R, 400, "SkipTokenIsNoLongerValid", TemporaryError),
    "server error, read": (R, 500, "Internal_ServerError", TemporaryError),
    "server error, write": (W, 500, "Internal_ServerError", UnknownOutcome),
    "server error with a code of refusal": (W, 500, D, UnknownOutcome),
    "tenant away, write": (W, 503, "Internal_TenantUnavailable", UnknownOutcome),
    "gateway, write": (W, 504, None, UnknownOutcome),
    "timeout, write": (W, 408, D, UnknownOutcome),
    "bare 400, write": (W, 400, None, UnknownOutcome),
    "bare 404, write": (W, 404, None, UnknownOutcome),
    "bare 409, write": (W, 409, None, UnknownOutcome),
    "redirect, write": (W, 302, None, UnknownOutcome),
    "redirect, read": (R, 302, None, ConfigurationError),
    "bare 400, read": (R, 400, None, UnexpectedAnswer),
    "bad filter": (R, 400, "BadRequest", UnexpectedAnswer),
}


@pytest.mark.parametrize("case", ERRORS.values(), ids=ERRORS)
def test_status_and_code_decide_what_happens_next(case):
    write, status, code, kind = case
    body: Any = {"error": {"code": code, "message": "text"}} if code else None
    if code == "entra":
        body = {"error": "invalid_client", "error_description": "AADSTS7000215"}

    error = failure(status, body, write=write)

    assert type(error) is kind
    assert error.status == status


def test_navs_words_are_shown_without_the_correlation_id_which_is_kept():
    text = "The vendor cannot be found.  CorrelationId:  7b4d0c34-0000-4a4e-9f00-b8e1e4c5a001."
    error = failure(400, {"error": {"code": D, "message": text}}, write=True)

    assert (error.code, error.message) == (D, "The vendor cannot be found.")
    assert error.request_id == "7b4d0c34-0000-4a4e-9f00-b8e1e4c5a001"


@pytest.mark.parametrize("status", [200, 201, 204])
def test_success_is_no_error(status):
    assert failure(status, None, write=True) is None
