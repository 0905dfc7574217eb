"""Telling of invoices that wait for their receipt for too long: each wait once, the trail first.

A wait is a review item of an invoice of which more is billed than was received; it ends with its
item when the receipt arrives, and what waits again later is a wait of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from audit import record
from sync.domain.policy import parse
from sync.models import Integration, ReviewItem, ReviewState
from tenants.days import midnight

AWAITS_RECEIPT = "quantity_over_received"
_NEEDED = ("integration", "opened_at", "document__reference", "document__source_id", "document")


def receipts_warn(integrations: Iterable[Integration], now: datetime) -> list[ReviewItem]:
    """Mark and record every wait that has newly become longer than its policy says, in days of the
    tenant, in whose scope and time zone this runs; returns the waits, to be told by mail.

    Two queries and those of the integrations, however many wait. The rows are locked and marked in
    the transaction of their events, so two callers at the same time tell nothing twice, and one
    that dies has told nothing. What somebody is at work on just then is told the next time.
    """
    longest = _longest_waits(integrations)
    if not longest:
        return []
    overdue = Q(pk__in=())
    for integration, days in longest.items():
        overdue |= Q(integration=integration, opened_at__lt=_days_ago(days, now))
    waiting = ReviewItem.objects.filter(
        overdue, state=ReviewState.OPEN, code=AWAITS_RECEIPT, alarmed_at=None
    )
    locked = waiting.select_for_update(skip_locked=True, of=("self",))
    found = list(locked.select_related("document").only(*_NEEDED).order_by("pk"))
    for item in found:
        facts = {"days": days_since(item.opened_at, now), "limit": longest[item.integration_id]}
        record(
            "document.receipt_overdue",
            target=item.document,
            facts=facts,
            document=item.document_id,
        )
    if found:
        told = ReviewItem.objects.filter(pk__in=[item.pk for item in found])
        told.update(alarmed_at=now)
    return found


def days_since(moment: datetime, now: datetime) -> int:
    """Count the days between two moments, as the calendar of the tenant does."""
    return (timezone.localdate(now) - timezone.localdate(moment)).days


def _longest_waits(integrations: Iterable[Integration]) -> Mapping[UUID, int]:
    """Return the days after which each integration's policy wants an alarm, where it wants one."""
    asked = {row.pk: parse(row.policy).match.receipt_alarm_days for row in integrations}
    return {pk: days for pk, days in asked.items() if days is not None}


def _days_ago(days: int, now: datetime) -> datetime:
    """The beginning of the day so many days ago: what is older waits for more days than that."""
    return midnight(timezone.localdate(now) - timedelta(days=days))
