"""The root of /api/v1/: each app's routes, one shape for errors, one for lists."""

import math
import uuid
from collections.abc import Iterable
from importlib import util
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import DisallowedHost, PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, JsonResponse
from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.utils import extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from connectors.catalogue import explain
from connectors.errors import ConnectorError, TemporaryError
from tenants.refusal import Refusal

API_APPS = ("tenants", "connectors", "sync", "audit")

CODES = {
    400: "invalid",
    401: "not_authenticated",
    403: "permission_denied",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    412: "stale",
    413: "too_large",
    415: "unsupported_media_type",
    422: "unprocessable",
    429: "throttled",
    503: "unavailable",
}


def request_id() -> str:
    """Return the id that the log lines of this request carry."""
    return str(structlog.contextvars.get_contextvars().get("request_id") or uuid.uuid4())


def error_body(code: str, message: str, **more: Any) -> dict[str, Any]:
    """Return the one shape of an error; `fields` and `details` only where they say something."""
    extra = {name: value for name, value in more.items() if value}
    return {"code": code, "message": message, **extra, "request_id": request_id()}


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: known exceptions in our shape, None for faults of ours."""
    if isinstance(error, Refusal):
        return Response(_refused(error), status=error.status)
    if isinstance(error, ConnectorError):
        return _other_system(error)
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    elif isinstance(error, OperationalError):
        return Response(error_body("unavailable", "Try again in a moment."), status=503)
    if not isinstance(error, exceptions.APIException):
        return None
    headers = {}
    if getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = error.auth_header
    if getattr(error, "wait", None):
        headers["Retry-After"] = str(math.ceil(error.wait))
    return Response(_body(error), status=error.status_code, headers=headers)


def _other_system(error: ConnectorError) -> Response:
    """Say what is wrong at another system: away for a while (503), or to be put right (409)."""
    away = isinstance(error, TemporaryError)
    details = {**explain(error.code), **error.shown}
    body = error_body(error.code, error.message, details=details)
    wait = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
    return Response(body, status=503 if away else 409, headers=headers)


def _refused(refusal: Refusal) -> dict[str, Any]:
    """Put into our shape what a service said no to."""
    more = {"fields": refusal.fields, "details": refusal.details}
    return error_body(refusal.code, refusal.message, **more)


def _body(error: exceptions.APIException) -> dict[str, Any]:
    details = getattr(error, "details", None)
    if isinstance(error, exceptions.ValidationError):
        fields = _fields(error.detail)
        message = "; ".join(fields.pop("", [])) or "The request is not valid."
        return error_body(_code(error), message, fields=fields, details=details)
    return error_body(_code(error), str(error.detail), details=details)


def _code(error: exceptions.APIException) -> str:
    """Prefer the exception's own code where it says more than the status does."""
    own = error.get_codes() if not isinstance(error.detail, dict | list) else None
    if isinstance(own, str) and own not in ("error", "parse_error"):
        return own
    return CODES.get(error.status_code, "error")


def _fields(detail: Any, prefix: str = "") -> dict[str, list[str]]:
    """Flatten DRF's nested complaints to `lines[2].amount` paths; "" holds what blames no field."""
    if isinstance(detail, dict):
        pairs = [(_join(prefix, key), value) for key, value in detail.items()]
    elif isinstance(detail, list) and any(isinstance(one, dict | list) for one in detail):
        pairs = [(f"{prefix}[{n}]", value) for n, value in enumerate(detail) if value]
    else:
        lines = detail if isinstance(detail, list) else [detail]
        return {prefix: [str(line) for line in lines]}
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        for path_, lines in _fields(value, name).items():
            found.setdefault(path_, []).extend(lines)
    return found


def _join(prefix: str, key: Any) -> str:
    if key == "non_field_errors":
        return prefix
    if isinstance(key, int):
        return f"{prefix}[{key}]"
    return f"{prefix}.{key}" if prefix else str(key)


@extend_schema(exclude=True)
class UnknownPath(APIView):
    """Answers every other path below the root in the API's own shape."""

    authentication_classes = ()
    permission_classes = ()

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse whatever the method is."""
        raise exceptions.NotFound


def server_error(request: HttpRequest) -> JsonResponse:
    """Answer a fault of ours: a reference for support, never a traceback."""
    body = error_body("server_error", "Something went wrong on our side. Quote the request id.")
    return JsonResponse(body, status=status.HTTP_500_INTERNAL_SERVER_ERROR)


def bad_request(error: Exception) -> JsonResponse:
    """Answer a request that Django itself refuses, such as one for a host that is not ours."""
    message = "The request is not valid."
    if isinstance(error, DisallowedHost):
        message = "This host name is not one of ours. Add it to ALLOWED_HOSTS."
    return JsonResponse(error_body("invalid", message), status=status.HTTP_400_BAD_REQUEST)


def _app_routes() -> list[URLPattern | URLResolver]:
    """Return each app's api/urls.py, where it has one, in the order of the import direction."""
    return [path("", include(module)) for module in existing(API_APPS, "api.urls")]


def existing(apps: Iterable[str], name: str) -> list[str]:
    """Return the modules of this name that the apps have, in the order of the apps."""
    folders = [(app, Path(util.find_spec(app).origin).parent) for app in apps]
    tail = name.replace(".", "/")
    return [f"{app}.{name}" for app, folder in folders if (folder / f"{tail}.py").is_file()]


urlpatterns = [*_app_routes(), re_path(r"^[\s\S]*$", UnknownPath.as_view())]
