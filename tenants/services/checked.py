"""Input of these services, checked field by field."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tenants.models import Role, User, email_key
from tenants.refusal import Invalid

Check = Callable[[Any], Any]


def checked(values: dict[str, tuple[Any, Check]]) -> dict[str, Any]:
    """Return field -> checked value; raises Invalid naming every field that does not hold."""
    good: dict[str, Any] = {}
    bad: dict[str, list[str]] = {}
    for field, (value, check) in values.items():
        try:
            good[field] = check(value)
        except ValidationError as error:
            bad[field] = error.messages
    if bad:
        raise Invalid(bad)
    return good


def text(limit: int) -> Check:
    """Return a check for a name of 1 to `limit` characters, trimmed."""

    def check(value: Any) -> str:
        trimmed = value.strip() if isinstance(value, str) else ""
        if not trimmed or len(trimmed) > limit or "\x00" in trimmed:
            raise ValidationError(f"Between 1 and {limit} characters.")
        return trimmed

    return check


def email(value: Any) -> str:
    """Return a mail address as it is compared; raises ValidationError."""
    if not isinstance(value, str):
        raise ValidationError("A mail address.")
    key = email_key(value)
    validate_email(key)
    return key


def password_for(address: Any) -> Check:
    """Return a check for a new password of the person with this mail address."""

    def check(value: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError("A password.")
        validate_password(value, User(email=str(address)))
        return value

    return check


def time_zone(value: Any) -> str:
    if not isinstance(value, str) or value not in available_timezones():
        raise ValidationError("A name of the IANA time zone list, such as Europe/Berlin.")
    return value


def number_format(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z]{2}(-[a-z]{2})?", value):
        raise ValidationError("A language code such as en or de-ch.")
    return value


def role(value: Any) -> Role:
    if value not in Role.values:
        raise ValidationError(f"One of {', '.join(Role.values)}.")
    return Role(value)
