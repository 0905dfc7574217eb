"""Sessions of a person in browsers."""

from __future__ import annotations

from django.db.models import F

from audit import record
from tenants.access import members_of
from tenants.models import User
from tenants.scoping import tenant_scope


def sessions_end(user: User) -> None:
    """Log a person out everywhere, outside of any scope; told to every tenant they work for.

    Every session carries a digest of what the user's row says of it; raising the number there makes
    all of them worthless, wherever they are stored.
    """
    User.objects.filter(pk=user.pk).update(session_generation=F("session_generation") + 1)
    for member in members_of(user):
        with tenant_scope(member.tenant.pk):
            record("member.sessions_ended", target=user)
