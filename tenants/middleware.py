"""What every request carries: its id, its member and tenant, and its actor for the audit trail."""

from __future__ import annotations

import re
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from audit.context import acting
from tenants.access import SESSION_TENANT, Member, admit, chosen_among, members_of
from tenants.ids import new_id
from tenants.services.sessions import session_note
from tenants.session_ends import administers, session_close, session_is_over

_ACCEPTED_ID = re.compile(r"[A-Za-z0-9_.-]{8,64}")


class TenantMiddleware:
    """Sets `request.request_id`, `request.member` and `request.tenant` (None where nobody is in).

    Stands behind AuthenticationMiddleware. Requests with an API key get their member later, from
    `tenants.authentication`.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = _request_id(request)
        request.member = request.tenant = None
        with acting("system:anonymous", request_id=request.request_id):
            if settings.SESSION_COOKIE_NAME in request.COOKIES:
                admit(request, _from_session(request))
            response = self.get_response(request)
        response.headers.setdefault("X-Request-ID", request.request_id)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        return response


def _from_session(request: HttpRequest) -> Member | None:
    if not request.user.is_authenticated:
        return None
    memberships = members_of(request.user)
    member = chosen_among(memberships, request.session.get(SESSION_TENANT))
    is_admin = administers(request, member.role if member else None)
    if session_is_over(request, administers=is_admin):
        session_close(request)
        return None
    session_note(request)
    request.memberships = memberships  # the pages offer the others
    if member is None:
        request.session.pop(SESSION_TENANT, None)
    return member


def _request_id(request: HttpRequest) -> str:
    """Take the id that the log lines carry, or the caller's; a strange one is replaced."""
    bound = structlog.contextvars.get_contextvars().get("request_id", "")
    for wanted in (str(bound), request.headers.get("X-Request-ID", "")):
        if _ACCEPTED_ID.fullmatch(wanted):
            return wanted
    return new_id().hex
