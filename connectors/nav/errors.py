"""NAV's answers as our errors: a table from status and code, never from the message.

Messages change with version and language (NAV contract 4); they are shown, not read. On a write the
classification is closed: only a complete error answer of NAV itself says "not applied"; everything
else leaves the outcome unknown.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    Conflict,
    ConnectorError,
    DocumentRefused,
    NotFound,
    RateLimited,
    TemporaryError,
    UnexpectedAnswer,
    UnknownOutcome,
)
from connectors.http.answer import Answer
from connectors.http.retry_after import parse_retry_after

DUPLICATE_KEY = "Internal_EntityWithSameKeyExists"
CHANGED = "Request_EntityChanged"
SKIP_TOKEN_EXPIRED = "SkipTokenIsNoLongerValid"
PAGE_EXPIRED = "page_expired"  # our code for it

# A set, property, method or action that is not there: what was read of the instance before no
# longer holds. `BadRequest` alone is an unknown property.
_SCHEMA_CODES = frozenset(
    {
        "BadRequest",
        "BadRequest_ResourceNotFound",
        "BadRequest_NotFound",
        "method_not_allowed",
        "action_missing",
    }
)

# An instance that lists a set in its metadata and does not serve it.
NOT_SERVED = frozenset({404, 405, 501})

_DEFAULT_WAIT = 15.0
_CORRELATION = re.compile(r"\s*CorrelationId:\s*([0-9a-fA-F-]{8,64})\.?\s*$")

# NAV code -> our class and, where ours says more, our code. Source: NAV contract 5.5, 5.2.
_BY_CODE: Mapping[str, tuple[type[ConnectorError], str | None]] = {
    DUPLICATE_KEY: (Conflict, None),
    CHANGED: (Conflict, None),
    "BadRequest_InvalidToken": (Conflict, None),
    "Internal_RecordNotFound": (NotFound, None),
    "Internal_DataNotFoundFilter": (NotFound, None),
    "BadRequest_ResourceNotFound": (NotFound, None),
    "BadRequest_NotFound": (NotFound, None),
    "Internal_CompanyNotFound": (ConfigurationError, "company_not_found"),
    "BadRequest_MethodNotAllowed": (ConfigurationError, "method_not_allowed"),
    "BadRequest_MethodNotImplemented": (ConfigurationError, "action_missing"),
    SKIP_TOKEN_EXPIRED: (TemporaryError, PAGE_EXPIRED),
}
_BY_FAMILY: Mapping[str, tuple[type[ConnectorError], str | None]] = {
    "Authentication_": (AuthenticationError, None),
    "Authorization_": (ConfigurationError, "forbidden"),
    "Application_": (DocumentRefused, None),
}
_BY_STATUS: Mapping[int, tuple[type[ConnectorError], str | None]] = {
    401: (AuthenticationError, None),
    403: (ConfigurationError, "forbidden"),
    404: (NotFound, None),
    405: (ConfigurationError, "method_not_allowed"),
    409: (Conflict, None),
    410: (NotFound, None),
    412: (Conflict, None),
}
# The server's own trouble, whatever the status: a record that another session has locked may come
# as 400 (NAV contract 5.2, 5.5).
_PASSING = frozenset({"Internal_ServerError", "Internal_TenantUnavailable"})
_NEVER_TRUSTED_ON_WRITES = frozenset({408, 500, 502, 503, 504})


def contradicts_metadata(error: ConnectorError) -> bool:
    """Whether an error may mean that the instance publishes something else than it did."""
    return error.code in _SCHEMA_CODES


def interpret(answer: Answer) -> ConnectorError | None:
    """Return what an answer of NAV means: None for success, else the error to raise."""
    payload: Any = None
    if answer.status >= 300 or answer.status < 200:
        try:
            payload = answer.plain_json()
        except UnexpectedAnswer:
            payload = None
    return failure(
        answer.status,
        payload,
        write=answer.write,
        headers=answer.headers,
        request_id=answer.request_id,
    )


def failure(
    status: int,
    payload: Any,
    *,
    write: bool,
    headers: Mapping[str, str] | None = None,
    request_id: str = "",
) -> ConnectorError | None:
    """Return the error of one answer, also of one operation in a $batch; None for success.

    `payload` is the parsed body, None where it is not JSON.
    """
    if 200 <= status < 300:
        return None
    code, message, correlation = _words(payload)
    facts = {
        "status": status,
        "request_id": request_id or correlation,
        "detail": f"HTTP {status} {code}".strip(),
    }
    if status == 429:
        wait = parse_retry_after((headers or {}).get("Retry-After"), default=_DEFAULT_WAIT)
        text = "NAV asks us to wait."
        return RateLimited(text, retry_after=wait or 0.0, **facts)
    is_unclear = status in _NEVER_TRUSTED_ON_WRITES or 300 <= status < 400 or code in _PASSING
    if write and is_unclear:
        return UnknownOutcome(_unclear(status), **facts)
    if code in _PASSING:
        return _of_read(status, code, message, None, facts)
    if not write and code.startswith("Application_"):
        # Rights to read come as errors of the pages' own code (NAV contract 2.3).
        return ConfigurationError(message, code="read_refused", **facts)
    if _is_token_error(payload):
        return AuthenticationError(f"The credentials were refused: {message}", **facts)
    rule = _rule(status, code)
    # Without NAV's own words a 403 to a write may be a gateway's that hides the answer.
    if rule is not None and (code or status == 401 or (status == 403 and not write)):
        return _made(rule, message or _bare(status), code, facts)
    if write:
        return _of_write(status, code, message, facts)
    return _of_read(status, code, message, rule, facts)


def _rule(status: int, code: str) -> tuple[type[ConnectorError], str | None] | None:
    if code in _BY_CODE:
        return _BY_CODE[code]
    for family, rule in _BY_FAMILY.items():
        if code.startswith(family):
            return rule
    return _BY_STATUS.get(status)


def _made(
    rule: tuple[type[ConnectorError], str | None],
    message: str,
    code: str,
    facts: Mapping[str, Any],
) -> ConnectorError:
    cls, ours = rule
    if issubclass(cls, DocumentRefused):
        return cls(message, code=code or None, **facts)
    return cls(message, code=ours, **facts)


def _of_write(status: int, code: str, message: str, facts: Mapping[str, Any]) -> ConnectorError:
    if code and 400 <= status < 500:
        return DocumentRefused(message, code=code, **facts)
    return UnknownOutcome(_unclear(status), **facts)


def _of_read(
    status: int,
    code: str,
    message: str,
    rule: tuple[type[ConnectorError], str | None] | None,
    facts: Mapping[str, Any],
) -> ConnectorError:
    if status >= 500 or status == 408 or code in _PASSING:
        return TemporaryError(f"NAV is out of order (HTTP {status}).", code="server_error", **facts)
    if 300 <= status < 400:
        return ConfigurationError(
            "The address sends us elsewhere, e.g. to a log-in page.", code="redirected", **facts
        )
    if rule is not None:
        return _made(rule, message or _bare(status), code, facts)
    return UnexpectedAnswer(message or _bare(status), **facts)


def _words(payload: Any) -> tuple[str, str, str]:
    """Return code, message and correlation id of an error body, empty where it is none of NAV's."""
    error = payload.get("error") if isinstance(payload, Mapping) else None
    if isinstance(error, str):
        return "", str(payload.get("error_description") or error)[:500], ""
    if not isinstance(error, Mapping):
        return "", "", ""
    message = error.get("message")
    if isinstance(message, Mapping):  # OData V3 servers: {"lang": ..., "value": ...}
        message = message.get("value")
    text = str(message or "")
    found = _CORRELATION.search(text)
    if found:
        text = text[: found.start()]
    code = error.get("code")
    return (code if isinstance(code, str) else ""), text.strip()[:2000], found[1] if found else ""


def _is_token_error(payload: Any) -> bool:
    """Entra's shape: `error` is a word, not an object (NAV contract 2.1)."""
    return isinstance(payload, Mapping) and isinstance(payload.get("error"), str)


def _bare(status: int) -> str:
    return f"NAV answers HTTP {status} without saying why."


def _unclear(status: int) -> str:
    return f"NAV answers HTTP {status}; whether the change was made is being found out."
