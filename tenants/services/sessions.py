"""Sessions of a person in browsers: noted where they are used, listed, ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256

from allauth.account.adapter import get_adapter
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import BinaryField, F, Func
from django.http import HttpRequest
from django.utils import timezone

from audit import record
from tenants.access import members_of
from tenants.models import BrowserSession, User
from tenants.scoping import tenant_scope

_NOTED_EVERY = timedelta(minutes=5)
_KEPT = timedelta(days=2)  # a session ends half a day after its last change
_LONGEST = 300


class _DigestOf(Func):
    """What `session_digest` makes of a key, in the database."""

    template = "sha256(convert_to(%(expressions)s, 'UTF8'))"
    output_field = BinaryField()


def session_digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def session_note(request: HttpRequest) -> None:
    """Remember where a person's session is used; one statement every five minutes."""
    digest = session_digest(request.session.session_key or "")
    if not cache.add(f"session-{digest.hex()}", True, _NOTED_EVERY.total_seconds()):
        return
    now = timezone.now()
    row = BrowserSession(
        user=request.user,
        key_digest=digest,
        proof_digest=proof_of(request.user),
        address=_address(request),
        browser=request.headers.get("User-Agent", "")[:_LONGEST],
        began_at=now,
        seen_at=now,
    )
    changing = ["user", "proof_digest", "address", "browser", "seen_at"]
    BrowserSession.objects.bulk_create(
        [row], update_conflicts=True, unique_fields=["key_digest"], update_fields=changing
    )


def _address(request: HttpRequest) -> str | None:
    try:
        return get_adapter().get_client_ip(request)
    except PermissionDenied:
        return None


def proof_of(user: User) -> bytes:
    """Digest what ties a session to the password and to the generation of sessions."""
    return session_digest(user.get_session_auth_hash())


def live_sessions(user: User) -> list[BrowserSession]:
    """Return where the person is logged in now, the latest used first."""
    stored = Session.objects.filter(expire_date__gt=timezone.now())
    keys = stored.annotate(digest=_DigestOf("session_key")).values("digest")
    rows = BrowserSession.objects.filter(user=user, proof_digest=proof_of(user))
    return list(rows.filter(key_digest__in=keys).order_by("-seen_at", "pk"))


def session_end(user: User, row: BrowserSession) -> None:
    """Log a person out in one browser, outside of any scope; told to every tenant of theirs."""
    _end([row])
    _tell(user, "member.session_ended")


def sessions_end_others(user: User, session_key: str) -> int:
    """Log a person out everywhere but here, outside of any scope; returns in how many browsers."""
    here = session_digest(session_key)
    others = [row for row in live_sessions(user) if bytes(row.key_digest) != here]
    if others:
        _end(others)
        _tell(user, "member.other_sessions_ended")
    return len(others)


def sessions_end(user: User) -> None:
    """Log a person out everywhere, outside of any scope; told to every tenant they work for.

    Every session carries a digest of what the user's row says of it; raising the number there makes
    all of them worthless, wherever they are stored.
    """
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    _tell(user, "member.sessions_ended")


def sessions_forget() -> None:
    """Drop what is kept of sessions that ended long ago."""
    BrowserSession.objects.filter(seen_at__lt=timezone.now() - _KEPT).delete()


def _end(rows: Iterable[BrowserSession]) -> None:
    digests = [bytes(row.key_digest) for row in rows]
    stored = Session.objects.annotate(digest=_DigestOf("session_key"))
    with transaction.atomic():
        stored.filter(digest__in=digests).delete()
        BrowserSession.objects.filter(key_digest__in=digests).delete()


def _tell(user: User, action: str) -> None:
    for member in members_of(user):
        with tenant_scope(member.tenant.pk):
            record(action, target=user)
