"""Whose failed log-ins are counted together, wherever the log-in is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from tenants.models import email_key

_FIELDS = ("username", "email", "login")


def account_of(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> str | None:
    """Return the mail address that a log-in is for.

    django-axes looks for it under the user model's field; Django's forms say `username`, allauth's
    `email`. One that it does not find it would count for nobody, and lock nobody.
    """
    given = credentials or getattr(request, "data", request.POST)
    found = next((given[field] for field in _FIELDS if given.get(field)), None)
    return email_key(str(found)) if found else None
