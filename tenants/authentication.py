"""How the API learns who asks: a bearer key, or the browser's session with its CSRF token."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from tenants.access import Member, admit, member_by_key


class KeyBearer(AnonymousUser):
    """Stands for a user where an API key acts: let in, but no person."""

    is_authenticated = True  # type: ignore[assignment]

    def __init__(self, member: Member) -> None:
        self.member = member
        self.pk = self.id = str(member.token.pk) if member.token else None

    def __str__(self) -> str:
        return self.member.actor


class KeyAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer <key>`; stands first, since its answer to nobody is the 401."""

    def authenticate(self, request: Request) -> tuple[KeyBearer, Member] | None:
        """Return the bearer, None without such a header; a bad key raises AuthenticationFailed."""
        words = authentication.get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        member = member_by_key(words[1].decode("latin-1")) if len(words) == 2 else None
        if member is None:
            raise exceptions.AuthenticationFailed("This key is unknown, expired or revoked.")
        admit(request._request, member)
        request.member, request.tenant = member, member.tenant
        return KeyBearer(member), member

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class MemberSession(authentication.SessionAuthentication):
    """A browser session, for a user who belongs to a tenant."""

    def authenticate(self, request: Request) -> tuple[Any, Member] | None:
        found = super().authenticate(request)
        member = getattr(request._request, "member", None)
        if found is None or member is None:
            return None
        request.member, request.tenant = member, member.tenant
        return found[0], member

    def enforce_csrf(self, request: Request) -> None:
        """Look for the token without parsing the body, which the view reads afterwards."""
        _ = request._request.body
        super().enforce_csrf(request._request)
