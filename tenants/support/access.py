"""Who of the staff may read, who may act, and whether the second factor was shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest

from tenants.models import User

READ, ACT = "tenants.support_read", "tenants.support_act"
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Support readers": (READ,),
    "Support operators": (READ, ACT),
}
_PROVED = "support_second_factor"


def may_read(request: HttpRequest) -> bool:
    return request.user.has_perm(READ)


def may_act(request: HttpRequest) -> bool:
    return request.user.has_perm(ACT)


def may_enter(request: HttpRequest) -> bool:
    """Say whether this is staff with a role here, who has shown the second factor."""
    user = request.user
    return bool(user.is_active and user.is_staff and may_read(request) and has_proved(request))


def has_proved(request: HttpRequest) -> bool:
    """Say whether this session was opened with a second factor, where one is asked for."""
    return not is_code_needed(request.user) or request.session.get(_PROVED) == str(request.user.pk)


def must_enroll(request: HttpRequest) -> bool:
    """Say whether this is staff who has no second factor to show yet and needs one."""
    user = request.user
    return bool(
        user.is_active
        and user.is_staff
        and may_read(request)
        and not has_proved(request)
        and not has_authenticator(user)
    )


def note_proof(request: HttpRequest) -> None:
    """Remember that whoever is logged in has shown the second factor."""
    request.session[_PROVED] = str(request.user.pk)


def is_code_needed(user: Any) -> bool:
    """Say whether a code is asked for: always, but on a demo for those who have set none up."""
    return settings.STAFF_TOTP or has_authenticator(user)


def has_authenticator(user: Any) -> bool:
    return Authenticator.objects.filter(user=user.pk, type=Authenticator.Type.TOTP).exists()


def is_code_right(user: User, code: str) -> bool:
    """Compare a code of the app, which holds once, or use up a recovery code."""
    return any(authenticator.validate_code(code) for authenticator in _authenticators(user))


def _authenticators(user: User) -> Iterator[TOTP | RecoveryCodes]:
    kinds = {
        Authenticator.Type.TOTP: TOTP,
        Authenticator.Type.RECOVERY_CODES: RecoveryCodes,
    }
    for row in Authenticator.objects.filter(user=user, type__in=kinds):
        yield kinds[row.type](row)


def make_groups() -> None:
    """Create the roles of staff with their permissions; one that somebody changed is set right."""
    for name, labels in GROUPS.items():
        group, _ = Group.objects.get_or_create(name=name)
        codes = [label.partition(".")[2] for label in labels]
        group.permissions.set(
            Permission.objects.filter(content_type__app_label="tenants", codename__in=codes)
        )
