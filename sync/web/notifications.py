"""The public address that NAV calls: `/webhooks/nav/{token}` (contract api.md, "Webhooks").

Whatever comes is answered 202, since NAV drops a subscription after a refusal; only the handshake
of a known token is answered 200 with its echo. The answer tells nothing about anybody.
"""

from __future__ import annotations

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt

from sync.domain.notices import MOST_BYTES
from sync.services.webhooks import notice_arrived, subscription_by_token

MOST_TOKEN = 128
MOST_VALIDATION = 2_048
log = structlog.get_logger(__name__)


@csrf_exempt
def nav(request: HttpRequest, token: str) -> HttpResponse:
    """Echo a handshake, take up a notification, ignore all else."""
    try:
        return _answer(request, token)
    except DatabaseError:
        # NAV sends it again after 408, 429 and 5xx, and drops nothing.
        return HttpResponse(status=503, headers={"Retry-After": "60"})


def _answer(request: HttpRequest, token: str) -> HttpResponse:
    known = subscription_by_token(token) if len(token) <= MOST_TOKEN else None
    validation = request.GET.get("validationToken")
    if known is not None and validation is not None:
        if 0 < len(validation) <= MOST_VALIDATION and request.method in ("GET", "POST"):
            return _echo(validation)
    elif known is not None and request.method == "POST":
        body = _body(request)
        new = bool(body) and notice_arrived(known, body)
        log.info("notification", subscription=str(known.pk), new=new)
    return HttpResponse(status=202)


def _echo(validation: str) -> HttpResponse:
    return HttpResponse(
        validation,
        content_type="text/plain; charset=utf-8",
        headers={"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"},
    )


def _body(request: HttpRequest) -> bytes:
    """Return the body; nothing of one that is too large, which the safety poll makes good."""
    try:
        announced = int(request.headers.get("Content-Length") or 0)
        if announced > MOST_BYTES:
            return b""
        found = request.read(MOST_BYTES + 1)
    except (ValueError, OSError, RawPostDataException):
        return b""
    return found if len(found) <= MOST_BYTES else b""
