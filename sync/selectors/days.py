"""Documents counted by day: by the sums of days, and anew where a day has changed since.

A change marks its day within its own transaction, and who counts a day anew takes the marks away
before counting. So whatever one statement sees, a day without a mark is as its sums say.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, date
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    Func,
    Q,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Coalesce, TruncDate

from sync.domain.ledger_findings import FindingKind
from sync.models import MAIN_KINDS, ChangedDay, DaySum, Document, Integration, LedgerFinding, Link

_GONE = (FindingKind.MISSING, FindingKind.CANCELLED)
_DAYS = ArrayField(DateField())
_COUNTED_BY = ("resource", "currency", "day", "state", "in_ledger")


class Counted(NamedTuple):
    """So many documents of one kind, currency, day and state; no amount where none has one."""

    resource: str
    currency: str
    day: date
    state: str
    in_ledger: bool
    documents: int
    amount: Decimal | None


def day_of(document: str = "") -> Coalesce:
    """Return the day of a document: its date, else the day on which it was first seen (UTC).

    `document` is how a query gets there, such as "document__".
    """
    seen_on = TruncDate(f"{document}first_seen_at", tzinfo=UTC)
    return Coalesce(f"{document}document_date", seen_on, output_field=DateField())


def in_ledger() -> ExpressionWrapper:
    """Say of a document whether it stands in the ledger: linked, and not found gone since.

    Both lists are read once for the statement and hashed. Looked up for each document, all links of
    the tenant would be read for each of them where the database's statistics do not know it yet.
    """
    linked = Link.objects.filter(kind__in=MAIN_KINDS)
    gone = LedgerFinding.objects.filter(effect__in=MAIN_KINDS, kind__in=_GONE, closed_at=None)
    stands = Q(pk__in=linked.values("document")) & ~Q(pk__in=gone.values("document"))
    return ExpressionWrapper(stands, output_field=BooleanField())


def counted(
    integration: Integration, *, since: date | None = None, until: date | None = None
) -> list[Counted]:
    """Count the documents from `since` to `until`; one query. A key may come more than once."""
    _let_lists_be_hashed()
    changed = _changed(integration)
    sums = DaySum.objects.filter(integration=integration).exclude(day__in=changed).order_by()
    rows = within(sums, since, until).values_list(*_COUNTED_BY, "documents", "amount")
    anew = (_grouped(within(part, since, until)) for part in documents_of(integration, changed))
    return [Counted(*row) for row in rows.union(*anew, all=True)]


def counted_anew(integration: Integration, days: Collection[date]) -> list[Counted]:
    """Count the documents of some days, whatever their sums say; a key may come twice."""
    _let_lists_be_hashed()
    dated, undated = map(_grouped, documents_of(integration, days))
    return [Counted(*row) for row in dated.union(undated, all=True)]


def added_up(several: Iterable[Counted], *, day: date | None = None) -> list[Counted]:
    """Add up what differs in its numbers alone; as if all were of one day where one is given."""
    found: dict[tuple[Any, ...], tuple[int, Decimal]] = {}
    for one in several:
        key = (one.resource, one.currency, day or one.day, one.state, one.in_ledger)
        documents, amount = found.get(key, (0, Decimal(0)))
        found[key] = (documents + one.documents, amount + (one.amount or 0))
    return [Counted(*key, *numbers) for key, numbers in found.items()]


def within(rows: QuerySet[Any], since: date | None, until: date | None) -> QuerySet[Any]:
    """Keep the rows whose `day` lies in a period."""
    if since:
        rows = rows.filter(day__gte=since)
    return rows.filter(day__lte=until) if until else rows


def _let_lists_be_hashed() -> None:
    """Raise what one hash of this transaction may take: enough for millions of links, where the
    planner would else read the whole list for each document. What is not needed is not taken."""
    with connection.cursor() as cursor:
        cursor.execute("set local work_mem = '128MB'")


def _changed(integration: Integration) -> QuerySet[ChangedDay, date]:
    """Return the days to be counted anew; a document that is gone marked its day itself."""
    rows = ChangedDay.objects.filter(integration=integration).order_by()
    rows = rows.annotate(changed_on=Coalesce("day", day_of("document__")))
    return rows.filter(changed_on__isnull=False).values_list("changed_on", flat=True)


def documents_of(integration: Integration, days: Any) -> tuple[QuerySet[Document], ...]:
    """Return the documents of some days with `day` and `in_ledger`, in two disjoint parts: with a
    date and without one. An index holds each of them alone."""
    rows = Document.objects.filter(integration=integration).order_by()
    dated = rows.annotate(day=F("document_date"))
    undated = rows.filter(document_date=None).annotate(day=day_of())
    dated, undated = (part.filter(_is_any_of(days)) for part in (dated, undated))
    return tuple(part.annotate(in_ledger=in_ledger()) for part in (dated, undated))


def _is_any_of(days: Any) -> Func:
    """Say whether `day` is one of these: unlike IN, it lets the planner look each of them up in an
    index instead of reading all documents."""
    array = ArraySubquery(days) if isinstance(days, QuerySet) else Value(list(days), _DAYS)
    written = {"template": "%(expressions)s)", "arg_joiner": " = any("}
    return Func(F("day"), array, **written, output_field=BooleanField())


def _grouped(rows: QuerySet[Document]) -> QuerySet[Any]:
    groups = rows.values_list(*_COUNTED_BY)
    return groups.annotate(documents=Count("pk"), total=Sum("amount"))
