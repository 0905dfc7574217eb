"""The open causes, those that hold most money first, and those that need nobody any more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from sync.models import (
    Document,
    ReviewItem,
    ReviewState,
    Run,
    RunMode,
    Wait,
)
from sync.models.review import GOES_ON_WITHIN
from sync.models.run import ACTIVE_STATES
from sync.selectors.reviews import Waiting, summed, waiting_for_each


@dataclass(frozen=True, slots=True)
class Cause:
    """A review item with what waits for it."""

    review: ReviewItem
    waiting: Waiting

    @property
    def is_on_its_way(self) -> bool:
        return self.review.is_on_its_way


@dataclass(frozen=True, slots=True)
class Held:
    """What waits for a cause whose review item is not loaded yet."""

    pk: UUID
    waiting: Waiting
    is_on_its_way: bool


def on_their_way(now: datetime | None = None) -> QuerySet[ReviewItem]:
    """Return open causes of which every document was let go on and is being decided anew.

    The cause was mended, or somebody asked for another try. Until the run has decided them nobody
    needs to do anything; what still stands in the way then makes it a cause for people again.
    """
    return ReviewItem.objects.filter(
        state=ReviewState.OPEN, released_at__gt=(now or timezone.now()) - GOES_ON_WITHIN
    )


def by_money(rows: QuerySet[ReviewItem]) -> list[Held]:
    """Return open causes, the largest sums first, whatever the currency; then the oldest.

    What is on its way stands behind what people have to do. Three queries: the causes by their
    names, one sum over all that waits, and which of them are on their way.
    """
    names = list(rows.order_by("opened_at", "pk").values_list("pk", "integration", "cause"))
    waiting = summed(Wait.objects.all())
    going = set(on_their_way().values_list("pk", flat=True))
    held = [Held(pk, waiting[integration, cause], pk in going) for pk, integration, cause in names]
    return sorted(held, key=lambda one: (one.is_on_its_way, -_money(one.waiting)))


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
    """Return the causes for people that hold most money; three queries."""
    waiting = summed(Wait.objects.all())
    going = set(on_their_way().values_list("integration", "cause"))
    held = [key for key in waiting if key not in going]
    heaviest = sorted(held, key=lambda key: -_money(waiting[key]))[:number]
    rows = ReviewItem.objects.filter(
        state=ReviewState.OPEN,
        integration__in={integration for integration, _ in heaviest},
        cause__in={cause for _, cause in heaviest},
    )
    found = {(row.integration_id, row.cause): row for row in rows.select_related("integration")}
    return [Cause(found[key], waiting[key]) for key in heaviest if key in found]


def open_causes() -> int:
    """Count the causes that need a person."""
    rows = ReviewItem.objects.filter(state=ReviewState.OPEN)
    return rows.exclude(pk__in=on_their_way().values("pk")).count()


def runs_under_way(review: ReviewItem) -> QuerySet[Run]:
    """Return the runs that decide what waits for a cause anew, the first to end first."""
    flows = Document.objects.filter(
        waits__integration=review.integration_id, waits__cause=review.cause
    )
    return (
        Run.objects.filter(
            integration=review.integration_id,
            flow__resource__in=flows.values("flow_name"),
            state__in=ACTIVE_STATES,
            mode=RunMode.LIVE,
        )
        .select_related("flow")
        .order_by("queued_at")
    )
