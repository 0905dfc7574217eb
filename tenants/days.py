"""Days as the calendar of the tenant has them, in whose time zone the caller runs."""

from __future__ import annotations

from datetime import date, datetime, time

from django.utils import timezone


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return timezone.make_aware(datetime.combine(day, time.min))
