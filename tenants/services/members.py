"""People of a tenant: invited by mail, joined, given another role, removed."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from audit import record
from audit.context import acting
from tenants import mail
from tenants.access import invitation_by_token, token_digest
from tenants.models import Invitation, Membership, Role, Tenant, User
from tenants.refusal import Clash, Invalid, Refusal
from tenants.scoping import require_tenant_id, tenant_scope
from tenants.services.checked import checked, email, password_for, role
from tenants.services.signup import confirm_address

INVITATION_HOLDS = timedelta(days=7)


def member_invite(
    email_address: Any, member_role: Any, *, invited_by: User | None = None
) -> Invitation:
    """Offer a role by mail; asked again for the same address, the newest link alone holds."""
    values = checked({"email": (email_address, email), "role": (member_role, role)})
    if Membership.objects.filter(user__email=values["email"]).exists():
        raise Invalid({"email": ["This person is a member already."]})
    token = secrets.token_urlsafe(32)
    invitation, _ = Invitation.objects.update_or_create(
        tenant_id=require_tenant_id(),
        email=values["email"],
        defaults={
            "role": values["role"],
            "token_hash": token_digest(token),
            "invited_by": invited_by,
            "created_at": timezone.now(),
            "expires_at": timezone.now() + INVITATION_HOLDS,
        },
    )
    record("member.invited", target=invitation, facts={"role": values["role"].value})
    mail.invite(values["email"], Tenant.objects.get(pk=invitation.tenant_id).name, token)
    return invitation


def invitation_role_change(invitation: Invitation, new_role: Any) -> Invitation:
    """Offer another role; the link that was sent holds on. Raises Invalid for an unknown role."""
    wanted = checked({"role": (new_role, role)})["role"]
    before = invitation.role
    if wanted != before:
        invitation.role = wanted
        invitation.save(update_fields=["role"])
        record(
            "member.invitation_changed",
            target=invitation,
            changes={"role": [before, wanted.value]},
            facts={"role": wanted.value},
        )
    return invitation


def invitation_withdraw(invitation: Invitation) -> None:
    """Let a link that was sent hold no longer."""
    record("member.invitation_withdrawn", target=invitation)
    invitation.delete()


def member_join(token: str, *, user: User | None = None, password: Any = None) -> Membership:
    """Accept the invitation of a mailed link, outside of any scope.

    Who has an account joins logged in with it (`user`), anybody else chooses a password. Raises
    Http404 for a link that does not hold, and Refusal `log_in_first` or `other_account`.
    """
    offered = invitation_by_token(token)
    with transaction.atomic():
        person = _person(offered.email, user, password)
        with acting(f"user:{person.pk}"), tenant_scope(offered.tenant_id):
            invitation = Invitation.objects.select_for_update().filter(pk=offered.pk).first()
            if invitation is None or bytes(invitation.token_hash) != token_digest(token):
                raise Refusal("link_expired", "This invitation was used or replaced.")
            membership, _ = Membership.objects.update_or_create(
                tenant_id=offered.tenant_id, user=person, defaults={"role": invitation.role}
            )
            record("member.joined", target=membership, facts={"role": invitation.role})
            invitation.delete()
    return membership


def _person(address: str, user: User | None, password: Any) -> User:
    if user is not None:
        if user.email != address:
            raise Refusal("other_account", "This invitation was sent to another address.")
        return user
    if User.objects.filter(email=address).exists():
        raise Refusal("log_in_first", "This address has an account. Log in, then open the link.")
    values = checked({"password": (password, password_for(address))})
    try:
        with transaction.atomic():
            person = User.objects.create(email=address, password=make_password(values["password"]))
    except IntegrityError:
        raise Refusal("log_in_first", "This address has an account. Log in first.") from None
    confirm_address(person)
    return person


def member_role_change(membership: Membership, new_role: Any) -> Membership:
    """Give a member another role; the last administrator stays one (Clash `last_admin`)."""
    wanted = checked({"role": (new_role, role)})["role"]
    before = membership.role
    if wanted != Role.ADMIN:
        _keep_an_admin(membership)
    if wanted != before:
        membership.role = wanted
        membership.save(update_fields=["role"])
        record(
            "member.role_changed",
            target=membership,
            changes={"role": [before, wanted.value]},
            facts={"role": wanted.value},
        )
    return membership


def member_remove(membership: Membership) -> None:
    """Take a person's access away at once; keys of the API belong to the tenant and stay."""
    _keep_an_admin(membership)
    record("member.removed", target=membership, facts={"role": membership.role})
    membership.delete()


def _keep_an_admin(membership: Membership) -> None:
    """Refuse to go on when this is the last administrator; two at once wait for each other."""
    admins = Membership.objects.select_for_update().filter(role=Role.ADMIN).order_by("pk")
    if {row.pk for row in admins} == {membership.pk}:
        raise Clash("last_admin", "A tenant needs an administrator. Make somebody else one first.")
