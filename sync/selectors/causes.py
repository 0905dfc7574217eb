"""The open causes, those that hold most money first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F, OuterRef, QuerySet, Subquery, Sum

from sync.models import ReviewItem, ReviewState, Wait
from sync.selectors.reviews import Waiting, waiting_for_each


@dataclass(frozen=True, slots=True)
class Cause:
    """A review item with what waits for it."""

    review: ReviewItem
    waiting: Waiting


def by_money(rows: QuerySet[ReviewItem]) -> QuerySet[ReviewItem]:
    """Put the causes with the largest sums first, whatever the currency; then the oldest."""
    waits = Wait.objects.filter(integration=OuterRef("integration"), cause=OuterRef("cause"))
    sums = waits.order_by().values("cause").annotate(total=Sum("document__amount"))
    held = rows.annotate(money=Subquery(sums.values("total")[:1]))
    return held.order_by(F("money").desc(nulls_last=True), "opened_at", "pk")


def with_waiting(rows: Sequence[ReviewItem]) -> list[Cause]:
    """Add to each item what waits for it; one query."""
    waiting = waiting_for_each(rows)
    return [Cause(row, waiting[row.pk]) for row in rows]


def top_causes(number: int) -> list[Cause]:
    """Return the open causes that hold most money; two queries."""
    rows = ReviewItem.objects.filter(state=ReviewState.OPEN).select_related("integration")
    return with_waiting(list(by_money(rows)[:number]))


def open_causes() -> int:
    return ReviewItem.objects.filter(state=ReviewState.OPEN).count()
