"""Where browsers report what the content security policy refused: a fault of ours, or an attack.

    POST /csp-report   {"csp-report": {...}}  -> 204, always

A stranger may send anything here, so little is kept: which rule, whose origin, on which page; never
an address whole, since a path may hold a secret link.
"""

import json
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

MOST_BYTES = 16_384
_LONGEST = 100
log = structlog.get_logger(__name__)


@csrf_exempt
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """Log a report (CSP 3, "report-uri"); what is too long, too often or no report is dropped."""
    found = _read(request)
    if found and ratelimit.consume(request, action="csp_report", key="all"):
        log.warning(
            "csp_violation",
            directive=_text(found, "effective-directive") or _text(found, "violated-directive"),
            blocked=_origin(_text(found, "blocked-uri")),
            page=_page(_text(found, "document-uri")),
        )
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        if int(request.headers.get("Content-Length") or MOST_BYTES + 1) > MOST_BYTES:
            return {}
        found = json.loads(request.body)["csp-report"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}
    return found if isinstance(found, dict) else {}


def _text(found: dict[str, Any], name: str) -> str:
    value = found.get(name)
    return value if isinstance(value, str) else ""


def _origin(address: str) -> str:
    """Return scheme and host of what was blocked, or the word for it, as `inline` or `eval`."""
    try:
        parts = urlsplit(address)
        whose = f"{parts.scheme}://{parts.hostname}" if parts.hostname else parts.scheme or address
    except ValueError:
        whose = "unreadable"
    return whose[:_LONGEST]


def _page(address: str) -> str:
    """Return the pattern of the page: its path may hold ids and secret links."""
    try:
        return resolve(urlsplit(address).path).route
    except (Resolver404, ValueError):
        return "none of ours"
