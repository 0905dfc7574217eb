"""People of support: made by whoever runs the installation, never by a customer."""

from __future__ import annotations

from enum import StrEnum

import structlog
from django.contrib.auth.models import Group
from django.db import transaction

from tenants.models import User
from tenants.services.checked import checked, email, password_for

log = structlog.get_logger(__name__)


class StaffRole(StrEnum):
    """What somebody of the staff may do in the admin."""

    READER = "reader"
    OPERATOR = "operator"
    SUPERUSER = "superuser"


_GROUPS = {StaffRole.READER: "Support readers", StaffRole.OPERATOR: "Support operators"}


def staff_set(address: str, role: StaffRole, *, password: str | None = None) -> User:
    """Give a person this role in the admin, and an account where there is none yet.

    The password of an account that exists stays, unless one is given. Raises Invalid.
    """
    key = checked({"email": (address, email)})["email"]
    with transaction.atomic():
        user = User.objects.filter(email=key).first() or User(email=key)
        if password is not None or user._state.adding:
            user.set_password(checked({"password": (password, password_for(key))})["password"])
        user.is_active = user.is_staff = True
        user.is_superuser = role is StaffRole.SUPERUSER
        user.save()
        user.groups.remove(*Group.objects.filter(name__in=_GROUPS.values()))
        if role in _GROUPS:
            user.groups.add(Group.objects.get(name=_GROUPS[role]))
    log.info("staff_set", user=str(user.pk), role=role.value)
    return user


def staff_end(address: str) -> bool:
    """Take the admin away from a person at once; False when nobody has this address."""
    user = User.objects.filter(email=checked({"email": (address, email)})["email"]).first()
    if user is None:
        return False
    with transaction.atomic():
        user.groups.remove(*Group.objects.filter(name__in=_GROUPS.values()))
        user.is_staff = user.is_superuser = False
        user.save(update_fields=["is_staff", "is_superuser"])
    log.info("staff_ended", user=str(user.pk))
    return True
