"""What the first page shows: what was posted, what waits, what comes, and where it is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Min, OuterRef, Q, Subquery, Sum
from django.db.models.functions import JSONObject, TruncDate
from django.utils import timezone

from connectors.documents import Resource
from sync.models import (
    INVOICE_KINDS,
    UNFINISHED,
    Document,
    DocumentState,
    FlowName,
    Integration,
    Link,
    ReviewItem,
    ReviewState,
    Write,
    WriteState,
)
from sync.selectors.drift import Drifted, drift_column, drifted
from sync.selectors.integrations import FlowView, Missing, flows_of, integrations, setup_of
from tenants.days import midnight

CHART_DAYS = 14
OVERDUE_AFTER = timedelta(minutes=10)
# Outcome of a document -> what the chart calls it, from the bottom up.
BUCKETS = {
    DocumentState.WRITTEN: "written",
    DocumentState.PARKED: "parked",
    DocumentState.UNKNOWN: "parked",
    DocumentState.REJECTED: "rejected",
}


@dataclass(slots=True)
class Posted:
    """Documents that reached the ledger, with their sums per currency."""

    documents: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)


@dataclass(slots=True)
class Standing:
    """Where one integration stands."""

    integration: Integration
    flows: Sequence[FlowView]
    missing: Sequence[Missing]
    today: Posted = field(default_factory=Posted)
    week: Posted = field(default_factory=Posted)
    states: dict[str, int] = field(default_factory=dict)
    newest_at: datetime | None = None
    unresolved: int = 0
    drifted: Sequence[Drifted] = ()
    overdue: int = 0  # invoices that wait for their receipt for too long ...
    overdue_since: datetime | None = None  # ... the oldest since then

    @property
    def next_run_at(self) -> datetime | None:
        times = [view.flow.next_run_at for view in self.flows if view.flow.enabled]
        return min((at for at in times if at), default=None)

    @property
    def last_run(self) -> Any:
        runs = [view.last_run for view in self.flows if view.last_run]
        return max(runs, key=lambda run: run.queued_at, default=None)

    @property
    def is_overdue(self) -> bool:
        """A run was due and did not begin: the workers are away."""
        due = self.next_run_at
        return due is not None and timezone.now() - due > OVERDUE_AFTER

    @property
    def waiting(self) -> int:
        return sum(self.states.get(name, 0) for name in ("received", "waiting", "writing"))

    @property
    def parked(self) -> int:
        return self.states.get("parked", 0)


def standings() -> list[Standing]:
    """Return every integration with all that its part of the page shows; six queries."""
    newest = Document.objects.filter(integration=OuterRef("pk")).order_by("-first_seen_at")
    first_seen = Subquery(newest.values("first_seen_at")[:1])
    beside = {
        "newest_at": first_seen,
        "drift": drift_column(),
        "unresolved": _unresolved(),
        "open": _open(),
        "overdue": _overdue(Count("pk")),
        "overdue_since": _overdue(Min("opened_at")),
    }
    rows = list(integrations().annotate(**beside).order_by("name"))
    flows = flows_of(rows)
    missing = setup_of(rows, flows)
    found = {
        row.pk: Standing(
            row,
            flows[row.pk],
            missing[row.pk],
            states={each["state"]: each["documents"] for each in row.open},
            newest_at=row.newest_at,
            unresolved=row.unresolved or 0,
            drifted=drifted(row.drift),
            overdue=row.overdue or 0,
            overdue_since=row.overdue_since,
        )
        for row in rows
    }
    _count_posted(found)
    return list(found.values())


def chart(days: int = CHART_DAYS) -> list[tuple[date, dict[str, int]]]:
    """Return the last days, each with its invoices and credit notes by outcome; one query."""
    today = timezone.localdate()
    first = today - timedelta(days=days - 1)
    groups = (
        Document.objects.filter(flow_name=FlowName.INVOICES, changed_at__gte=midnight(first))
        .order_by()
        .annotate(day=TruncDate("changed_at"))
        .values_list("day", "state")
        .annotate(documents=Count("pk"))
    )
    counted: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for day, state, number in groups:
        counted[day][BUCKETS.get(DocumentState(state), "other")] += number
    line = [first + timedelta(days=place) for place in range(days)]
    return [(day, dict(counted.get(day, {}))) for day in line]


def _count_posted(found: dict[UUID, Standing]) -> None:
    today = midnight(timezone.localdate())
    week = today - timedelta(days=6)
    groups = (
        Link.objects.filter(
            document__integration__in=list(found), kind__in=INVOICE_KINDS, created_at__gte=week
        )
        .order_by()
        .values_list("document__integration", "document__currency", "document__resource")
        .annotate(
            week=Count("pk"),
            week_sum=Sum("document__amount"),
            today=Count("pk", filter=Q(created_at__gte=today)),
            today_sum=Sum("document__amount", filter=Q(created_at__gte=today)),
        )
    )
    for pk, currency, resource, week_count, week_sum, today_count, today_sum in groups:
        sign = -1 if resource == Resource.CREDIT_NOTE else 1
        _add(found[pk].week, week_count, currency, week_sum, sign)
        _add(found[pk].today, today_count, currency, today_sum, sign)


def _add(posted: Posted, number: int, currency: str, amount: Decimal | None, sign: int) -> None:
    posted.documents += number
    if amount is not None and currency and number:
        posted.amounts[currency] = posted.amounts.get(currency, Decimal(0)) + sign * amount


def _open() -> ArraySubquery:
    """Return a column for a query of integrations: how many documents are in each state that is
    not finished. What is finished is most of it, and never counted."""
    rows = Document.objects.filter(integration=OuterRef("pk"), state__in=UNFINISHED).order_by()
    counted = rows.values("state").annotate(documents=Count("*"))
    return ArraySubquery(counted.values(row=JSONObject(state="state", documents="documents")))


def _unresolved() -> Subquery:
    """Return a column for a query of integrations: how many writes are being looked up."""
    unknown = Write.objects.filter(integration=OuterRef("pk"), state=WriteState.UNKNOWN)
    counted = unknown.order_by().values("integration").annotate(writes=Count("pk"))
    return Subquery(counted.values("writes"))


def _overdue(figure: Count | Min) -> Subquery:
    """Return a column for a query of integrations: a figure of the waits for a receipt that were
    alarmed of and go on."""
    rows = ReviewItem.objects.filter(
        integration=OuterRef("pk"), state=ReviewState.OPEN, alarmed_at__isnull=False
    )
    summed = rows.order_by().values("integration").annotate(figure=figure)
    return Subquery(summed.values("figure"))
