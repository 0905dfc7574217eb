"""One shape for every error, one for every list."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from connectors.errors import ConfigurationError, RateLimited
from integration_platform.api import answer_error
from integration_platform.paging import Pages
from tenants.refusal import Clash


@pytest.mark.parametrize("method", ["get", "post", "patch", "delete"])
def test_an_unknown_path_answers_in_the_shape_of_errors(client: Client, method: str) -> None:
    answer = getattr(client, method)("/api/v1/nothing/here")

    assert answer.status_code == 404
    assert answer.json().keys() == {"code", "message", "request_id"}
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("x"), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (exceptions.NotAuthenticated(), 401, "not_authenticated"),
        (exceptions.MethodNotAllowed("PUT"), 405, "method_not_allowed"),
        (exceptions.UnsupportedMediaType("text/x"), 415, "unsupported_media_type"),
        (exceptions.ParseError(), 400, "invalid"),
        (exceptions.Throttled(wait=3), 429, "throttled"),
        (OperationalError(), 503, "unavailable"),
        (Clash("run_active", "A run is active.", details={"run": "7"}), 409, "run_active"),
        (RateLimited("Wait.", retry_after=2.5), 503, "rate_limited"),
        (ConfigurationError("No.", code="reference_missing"), 409, "reference_missing"),
    ],
)
def test_errors_have_one_shape(error: Exception, status: int, code: str) -> None:
    answer = answer_error(error, {})

    assert answer.status_code == status
    assert answer.data["code"] == code
    assert answer.data["message"]
    assert answer.data["request_id"]


def test_a_fault_of_ours_is_nobody_elses_error() -> None:
    assert answer_error(RuntimeError("password=x"), {}) is None


def test_a_throttled_client_learns_when_to_come_back() -> None:
    assert answer_error(exceptions.Throttled(wait=3.2), {})["Retry-After"] == "4"


def test_the_fields_to_blame_are_named_by_their_path() -> None:
    error = exceptions.ValidationError(
        {
            "name": ["Too long."],
            "lines": [{}, {"amount": ["Not a number."]}],
            "non_field_errors": ["No."],
        }
    )

    body = answer_error(error, {}).data

    assert body["fields"] == {"name": ["Too long."], "lines[1].amount": ["Not a number."]}
    assert body["message"] == "No."


def _limit(text: str) -> int:
    return Pages().get_page_size(Request(APIRequestFactory().get("/", {"limit": text})))


@pytest.mark.parametrize("text", ["1", "50", "500"])
def test_a_limit_from_1_to_500_is_taken(text: str) -> None:
    assert _limit(text) == int(text)


OTHERS = ["0", "501", "-1", "ten", "", "1.5", "٣", " 5", "9" * 5000]


@pytest.mark.parametrize("text", OTHERS, ids=lambda text: text[:9])
def test_any_other_limit_is_an_error(text: str) -> None:
    with pytest.raises(exceptions.ValidationError):
        _limit(text)


def test_the_documentation_page_keeps_its_scripts_to_files(client: Client) -> None:
    answer = client.get("/api/docs/")

    assert answer.status_code == 200
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "<script>" not in answer.content.decode()
