"""The open causes, those that hold most money first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet

from sync.models import ReviewItem, ReviewState, Wait
from sync.selectors.reviews import Waiting, summed, waiting_for_each


@dataclass(frozen=True, slots=True)
class Cause:
    """A review item with what waits for it."""

    review: ReviewItem
    waiting: Waiting


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for a cause whose review item is not loaded yet."""

    pk: UUID
    waiting: Waiting


def by_money(rows: QuerySet[ReviewItem]) -> list[Held]:
    """Return open causes, the largest sums first, whatever the currency; then the oldest.

    Two queries: the causes by their names, and one sum over all that waits.
    """
    names = list(rows.order_by("opened_at", "pk").values_list("pk", "integration", "cause"))
    waiting = summed(Wait.objects.all())
    held = [Held(pk, waiting[integration, cause]) for pk, integration, cause in names]
    return sorted(held, key=lambda one: -_money(one.waiting))


def _money(waiting: Waiting) -> Decimal:
    return sum((abs(amount) for amount in waiting.amounts.values()), Decimal(0))


def loaded(held: Sequence[Held]) -> list[Cause]:
    """Load the review items of a few causes; one query."""
    rows = ReviewItem.objects.select_related("integration", "assignee")
    found = rows.in_bulk([one.pk for one in held])
    return [Cause(found[one.pk], one.waiting) for one in held]


def with_waiting(rows: Sequence[ReviewItem]) -> list[Cause]:
    """Add to each item what waits for it; one query."""
    waiting = waiting_for_each(rows)
    return [Cause(row, waiting[row.pk]) for row in rows]


def top_causes(number: int) -> list[Cause]:
    """Return the open causes that hold most money; two queries."""
    waiting = summed(Wait.objects.all())
    heaviest = sorted(waiting, key=lambda key: -_money(waiting[key]))[:number]
    rows = ReviewItem.objects.filter(
        state=ReviewState.OPEN,
        integration__in={integration for integration, _ in heaviest},
        cause__in={cause for _, cause in heaviest},
    )
    found = {(row.integration_id, row.cause): row for row in rows.select_related("integration")}
    return [Cause(found[key], waiting[key]) for key in heaviest if key in found]


def open_causes() -> int:
    return ReviewItem.objects.filter(state=ReviewState.OPEN).count()
