"""Where a person is logged in: their browsers, each of which they can log out."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase

from tenants.access import find
from tenants.browsers import browser_words
from tenants.models import BrowserSession, Role
from tenants.pages import Button, Page
from tenants.services.sessions import (
    live_sessions,
    session_digest,
    session_end,
    sessions_end_others,
)


class Sessions(Page):
    """The person's browsers, this one marked."""

    template = "tenants/sessions.html"

    def get(self, request: HttpRequest) -> HttpResponseBase:
        here = session_digest(request.session.session_key)
        rows = [
            (row, browser_words(row.browser), bytes(row.key_digest) == here)
            for row in live_sessions(request.user)
        ]
        return self.show({"rows": rows, "others": sum(not is_here for _, _, is_here in rows)})


class End(Button):
    """Log one browser out; outside of any scope, since a session belongs to no tenant."""

    write_role = Role.VIEWER
    back = "sessions"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        row = find(BrowserSession.objects.filter(user=request.user), kwargs["id"])
        session_end(request.user, row)
        return self.done(f"{browser_words(row.browser)} was logged out.", "sessions")


class EndOthers(Button):
    """Log every browser out but this one."""

    write_role = Role.VIEWER
    back = "sessions"

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponseBase:
        count = sessions_end_others(request.user, request.session.session_key)
        words = "1 other browser was" if count == 1 else f"{count} other browsers were"
        return self.done(f"{words} logged out.", "sessions")
