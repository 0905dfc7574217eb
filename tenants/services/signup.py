"""Signing up: a tenant, its first administrator, its data key and its first API key."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify

from audit import record
from audit.context import acting
from tenants import mail
from tenants.access import token_digest
from tenants.keyring import key_create
from tenants.models import Membership, Role, SignUp, Tenant, User
from tenants.refusal import Invalid, Refusal
from tenants.scoping import tenant_scope
from tenants.services.api_keys import api_key_create
from tenants.services.checked import checked, email, password_for, text, time_zone

LINK_HOLDS = timedelta(days=2)
_TAKEN = {"email": ["This address already has an account. Log in instead."]}


@dataclass(frozen=True, slots=True)
class SignedUp:
    """A finished sign-up; `api_key` is shown this once."""

    tenant: Tenant
    user: User
    api_key: str


def signup(
    organization: Any, email_address: Any, password: Any, zone: Any = "UTC"
) -> SignedUp | None:
    """Sign a customer up, outside of any scope.

    With mail verification on it returns None for known and unknown addresses alike, and takes the
    same time for both: the mailed link finishes it. Otherwise a known address raises Invalid.
    """
    values = checked(
        {
            "organization": (organization, text(120)),
            "email": (email_address, email),
            "password": (password, password_for(email_address)),
            "time_zone": (zone, time_zone),
        }
    )
    hashed = make_password(values.pop("password"))
    if settings.MAIL_VERIFICATION:
        _ask_by_mail(values, hashed)
        return None
    return _found(values["organization"], values["email"], hashed, values["time_zone"])


def signup_finish(token: str) -> SignedUp:
    """Finish the sign-up that a mailed link stands for; raises Refusal when it no longer holds."""
    gone = Refusal("link_expired", "This link has expired or was used. Please sign up again.")
    with transaction.atomic():
        pending = (
            SignUp.objects.select_for_update()
            .filter(token_hash=token_digest(token), expires_at__gt=timezone.now())
            .first()
        )
        if pending is None:
            raise gone
        done = _found(pending.organization, pending.email, pending.password, pending.time_zone)
        confirm_address(done.user)
        SignUp.objects.filter(email=pending.email).delete()
    return done


def confirm_address(user: User) -> None:
    """Note that this person has read a mail sent to the address."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def _ask_by_mail(values: dict[str, Any], hashed: str) -> None:
    if User.objects.filter(email=values["email"]).exists():
        mail.already_known(values["email"])
        return
    token = secrets.token_urlsafe(32)
    SignUp.objects.filter(expires_at__lt=timezone.now()).delete()
    SignUp.objects.create(
        token_hash=token_digest(token),
        email=values["email"],
        organization=values["organization"],
        time_zone=values["time_zone"],
        password=hashed,
        expires_at=timezone.now() + LINK_HOLDS,
    )
    mail.finish_signup(values["email"], values["organization"], token)


def _found(organization: str, address: str, hashed: str, zone: str) -> SignedUp:
    with transaction.atomic():
        user = _user(address, hashed)
        tenant = _tenant(organization, zone)
        with acting(f"user:{user.pk}"), tenant_scope(tenant.pk):
            key_create(tenant.pk)
            Membership.objects.create(user=user, role=Role.ADMIN)
            record("tenant.created", target=tenant)
            _, key = api_key_create("First key", Role.ADMIN, created_by=user)
    return SignedUp(tenant, user, key)


def _user(address: str, hashed: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create(email=address, password=hashed)
    except IntegrityError:
        raise Invalid(_TAKEN) from None


def _tenant(organization: str, zone: str) -> Tenant:
    slug = slugify(organization)[:50] or "tenant"
    if Tenant.objects.filter(slug=slug).exists():
        slug = f"{slug}-{secrets.token_hex(4)}"
    try:
        with transaction.atomic():
            return Tenant.objects.create(name=organization, slug=slug, time_zone=zone)
    except IntegrityError:  # the same name signed up at the same moment
        slug = f"{slug[:50]}-{secrets.token_hex(4)}"
        return Tenant.objects.create(name=organization, slug=slug, time_zone=zone)
