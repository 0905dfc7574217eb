"""When a session ends by itself: twelve hours after the log-in, whatever is done in it, and for who
administers after half an hour in which nobody did anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from tenants.models import Role

LONGEST = timedelta(hours=12)
IDLE = timedelta(minutes=30)
_NOTED_EVERY = timedelta(minutes=1)
_BEGAN, _SEEN = "began_at", "seen_at"


@receiver(user_logged_in, dispatch_uid="session_began")
def session_began(sender: Any, request: HttpRequest, **_: Any) -> None:
    """Start both clocks with the log-in."""
    request.session[_BEGAN] = request.session[_SEEN] = _now()


def session_is_over(request: HttpRequest, *, administers: bool) -> bool:
    """Say whether the session has reached its end, and note that it is used if it has not.

    What a page asks for again by itself is no use of it.
    """
    now, session = _now(), request.session
    began, seen = session.get(_BEGAN), session.get(_SEEN)
    if began is None or seen is None:  # from before there were clocks
        session[_BEGAN] = session[_SEEN] = now
        return False
    if now - began >= LONGEST.total_seconds():
        return True
    if administers and now - seen >= IDLE.total_seconds():
        return True
    by_itself = request.method == "GET" and "HX-Request" in request.headers
    if now - seen >= _NOTED_EVERY.total_seconds() and not by_itself:
        session[_SEEN] = now
    return False


def session_close(request: HttpRequest) -> None:
    """Log out where the session is over; the next page asks to log in and says why."""
    logout(request)
    messages.info(request, "You were logged out: nothing was done for a while. Log in again.")


def administers(request: HttpRequest, role: Role | None) -> bool:
    """Say whether whoever is logged in has the rights that an unattended screen must not have."""
    return bool(request.user.is_staff or role == Role.ADMIN)


def _now() -> float:
    return timezone.now().timestamp()
