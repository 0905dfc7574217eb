"""Who is at the door and what may be found: members, and find-or-404 for each kind of thing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.http import Http404, HttpRequest
from django.utils import timezone

from audit.context import become
from tenants.models import ApiToken, Invitation, Membership, Role, Tenant, TenantStatus, User
from tenants.refusal import TooLow
from tenants.scoping import presenting, tenant_scope

KEY_PREFIX = "mlc_"
SESSION_TENANT = "tenant_id"
_USE_NOTED_EVERY = timedelta(minutes=1)

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Member:
    """Who acts in which tenant with which role: a person, or the bearer of an API key."""

    tenant: Tenant
    role: Role
    user: User | None = None
    token: ApiToken | None = None

    @property
    def actor(self) -> str:
        """The name of the actor in the audit trail."""
        return f"user:{self.user.pk}" if self.user else f"key:{self.token.pk}"  # type: ignore[union-attr]

    def can(self, role: Role | str) -> bool:
        return self.role.covers(role)

    def require(self, role: Role | str) -> None:
        """Raise TooLow unless the role is enough."""
        if not self.can(role):
            raise TooLow(Role(role).value)


def admit(request: HttpRequest, member: Member | None) -> None:
    """Let the rest of the request act as this member: `request.member`, `request.tenant`."""
    request.member = member
    request.tenant = member.tenant if member else None
    if member:
        become(member.actor)


def token_digest(token: str) -> bytes:
    """Return what is stored of a key or a link: both carry 256 random bits and need no salt."""
    return sha256(token.encode("utf-8", "replace")).digest()


def member_by_key(key: str) -> Member | None:
    """Return who bears this API key, None for an unknown, expired or suspended one."""
    digest = token_digest(key)
    with presenting(token_hash=digest):
        token = ApiToken.unscoped.select_related("tenant").filter(token_hash=digest).first()
    if token is None or not token.is_valid(timezone.now()) or not token.tenant.is_active:
        return None
    _note_use(token)
    return Member(token.tenant, Role(token.role), token=token)


def _note_use(token: ApiToken) -> None:
    now = timezone.now()
    if token.last_used_at and now - token.last_used_at < _USE_NOTED_EVERY:
        return
    with tenant_scope(token.tenant_id):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)


def members_of(user: User) -> list[Member]:
    """Return the user's place in each active tenant, oldest first."""
    with presenting(user_id=user.pk):
        rows = list(
            Membership.unscoped.select_related("tenant")
            .filter(user=user, tenant__status="active")
            .order_by("created_at", "pk")
        )
    return [Member(row.tenant, Role(row.role), user=user) for row in rows]


def customers_of(user: User) -> list[UUID]:
    """Return every tenant that a person works for and that was not closed, active or not."""
    with presenting(user_id=user.pk):
        rows = Membership.unscoped.filter(user=user).exclude(tenant__status=TenantStatus.CLOSED)
        return list(rows.order_by("tenant").values_list("tenant", flat=True))


def member_in_session(user: User, tenant_id: str | UUID | None) -> Member | None:
    """Return the user as a member of the tenant the session chose, of the first if it chose none.

    None when the chosen one is gone: an action meant for one tenant must not land in another.
    """
    return chosen_among(members_of(user), tenant_id)


def chosen_among(members: list[Member], tenant_id: str | UUID | None) -> Member | None:
    """Return the member of this tenant, the first where none is named."""
    wanted = (m for m in members if not tenant_id or str(m.tenant.pk) == str(tenant_id))
    return next(wanted, None)


def invitation_by_token(token: str) -> Invitation:
    """Return the open invitation that a mailed link stands for, or raise Http404."""
    digest = token_digest(token)
    with presenting(token_hash=digest):
        invitation = Invitation.unscoped.select_related("tenant").filter(token_hash=digest).first()
    if invitation is None or not invitation.is_open(timezone.now()):
        raise Http404
    return invitation


def find(rows: models.QuerySet[Row] | models.Manager[Row], id: Any) -> Row:
    """Return the one row with this id among `rows`, or raise Http404, also for what is no id.

    Another tenant's row is not found, exactly like one that never was.
    """
    try:
        key = id if isinstance(id, UUID) else UUID(str(id))
    except ValueError:
        raise Http404 from None
    row = rows.filter(pk=key).first()
    if row is None:
        raise Http404
    return row


def api_token(id: Any) -> ApiToken:
    return find(ApiToken.objects, id)


def membership(id: Any) -> Membership:
    return find(Membership.objects.select_related("user"), id)


def invitation(id: Any) -> Invitation:
    return find(Invitation.objects, id)
