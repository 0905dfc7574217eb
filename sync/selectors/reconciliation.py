"""What was seen at the source against what stands in the ledger, by resource, currency and day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Count, DateField, Exists, OuterRef, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncDate

from connectors.documents import Resource
from sync.domain.ledger_findings import FindingKind
from sync.models import (
    MAIN_KINDS,
    Document,
    DocumentState,
    Integration,
    LedgerFinding,
    Link,
)
from sync.selectors.findings import as_found, explained

FIGURES = (
    "seen",
    "written",
    "parked",
    "rejected",
    "waiting",
    "unknown",
    "settled",
    "ignored",
    "in_ledger",
    "difference",
)
_MOST_UNEXPLAINED, _MOST_LISTED = 100, 10_000
_FIRST, _LAST = date.min + timedelta(days=2), date.max - timedelta(days=2)
_COUNTED_AS = {DocumentState.RECEIVED: "waiting", DocumentState.WRITING: "waiting"}
_GONE = (FindingKind.MISSING, FindingKind.CANCELLED)
_NOT_WRITTEN = [state for state in DocumentState if state != DocumentState.WRITTEN]
_OUTSIDE = (DocumentState.REJECTED, DocumentState.IGNORED, DocumentState.SETTLED)


@dataclass(slots=True)
class Figure:
    """A number of documents and their sum; credit notes count negative."""

    documents: int = 0
    amount: Decimal = Decimal(0)

    def add(self, documents: int, amount: Decimal) -> None:
        self.documents += documents
        self.amount += amount


@dataclass(slots=True)
class Row:
    """One resource, currency and day; `unexplained` names the documents behind a difference."""

    resource: str
    currency: str
    day: date
    figures: dict[str, Figure] = field(default_factory=lambda: {name: Figure() for name in FIGURES})
    unexplained: list[dict[str, Any]] = field(default_factory=list)

    @property
    def key(self) -> list[str]:
        return [self.day.isoformat(), self.resource, self.currency]


Key = tuple[date, str, str]  # day, resource, currency


def reconciliation(
    integration: Integration, *, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Return the rows of the days from `since` to `until`, oldest first.

    The day is that of the document, where it has none the one on which it was first seen (UTC).
    `difference` is what should stand in the ledger and does not: written less in_ledger. What the
    last check of the ledger did not find there any more does not count as in_ledger.
    """
    period = Period(integration, since=since, until=until)
    return period.rows(period.keys)


class Period:
    """The documents of some days, counted once and shown as sums or day by day.

    Four queries at most, whatever the number of documents. Written and in the ledger is the rule:
    only what is not so is looked up by document, and only where there is any.
    """

    def __init__(
        self, integration: Integration, *, since: date | None = None, until: date | None = None
    ) -> None:
        self._integration, self._documents = integration, _Documents(integration, since, until)
        self._counted: dict[Key, list[tuple[str, int, Decimal]]] = {}
        for resource, currency, day, state, count, total in self._documents.counted():
            counted = self._counted.setdefault((day, resource, currency), [])
            counted.append((state, count, total or Decimal(0)))
        self._differing: dict[Key, list[tuple[int, Decimal]]] = {}
        for resource, currency, day, is_missing, count, total in self._documents.differing():
            sign, total = (1 if is_missing else -1), total or Decimal(0)
            differing = self._differing.setdefault((day, resource, currency), [])
            differing.append((sign * count, sign * total))

    @property
    def keys(self) -> list[Key]:
        return sorted(self._counted)

    def rows(self, keys: Iterable[Key]) -> list[Row]:
        """Return these rows, each with the documents behind its difference."""
        found = {key: self._row(key) for key in keys}
        for key, one in self.unexplained:
            if key in found and len(found[key].unexplained) < _MOST_UNEXPLAINED:
                found[key].unexplained.append(one)
        return list(found.values())

    def sums(self) -> list[Row]:
        """Add the days up, per kind of document and currency."""
        found: dict[tuple[str, str], Row] = {}
        for day, resource, currency in self._counted:
            row = found.setdefault((resource, currency), Row(resource, currency, day))
            self._fill(row, (day, resource, currency))
        return [found[key] for key in sorted(found)]

    def _row(self, key: Key) -> Row:
        day, resource, currency = key
        row = Row(resource, currency, day)
        self._fill(row, key)
        return row

    def _fill(self, row: Row, key: Key) -> None:
        sign = -1 if row.resource == Resource.CREDIT_NOTE else 1
        figures = row.figures
        for state, count, total in self._counted[key]:
            figures["seen"].add(count, sign * total)
            figures[_COUNTED_AS.get(DocumentState(state), state)].add(count, sign * total)
            if state == DocumentState.WRITTEN:
                figures["in_ledger"].add(count, sign * total)
        for count, total in self._differing.get(key, ()):
            figures["in_ledger"].add(-count, -sign * total)
            figures["difference"].add(count, sign * total)

    @cached_property
    def unexplained(self) -> list[tuple[Key, dict[str, Any]]]:
        """Return what the ledger shows otherwise, then what should stand there and does not."""
        told = []
        for document, finding in self._findings():
            one = {**as_found(finding), "reference": document.reference}
            told.append((document.pk, _key(document), one))
        known = {pk for pk, _, _ in told}
        for document in self._strange():
            if document.pk not in known:
                told.append((document.pk, _key(document), _as_unexplained(document)))
        return [(key, one) for _, key, one in told]

    def _findings(self) -> Iterable[tuple[Document, LedgerFinding]]:
        """Yield what the ledger shows otherwise, but for what the policy explains."""
        rows = LedgerFinding.objects.filter(integration=self._integration, closed_at__isnull=True)
        rows = rows.exclude(kind__in=explained(self._integration)).order_by("document_id", "pk")
        by_document: dict[UUID, list[LedgerFinding]] = {}
        for row in rows[:_MOST_LISTED]:
            by_document.setdefault(row.document_id, []).append(row)
        if by_document:
            documents = self._documents.all().filter(pk__in=list(by_document))
            for document in documents.order_by("pk"):
                yield from ((document, row) for row in by_document[document.pk])

    def _strange(self) -> Iterable[Any]:
        states = {state for rows in self._counted.values() for state, _, _ in rows}
        if self._differing or DocumentState.UNKNOWN in states:
            return self._documents.strange()
        return ()


class _Documents:
    """The queries of a period."""

    def __init__(self, integration: Integration, since: date | None, until: date | None) -> None:
        self._since, self._until = since, until
        self._rows = Document.objects.filter(integration=integration).order_by()

    def all(self) -> QuerySet[Document]:
        """Return the documents of the period, each with its day."""
        day = Coalesce("document_date", TruncDate("first_seen_at"), output_field=DateField())
        rows = self._rows.annotate(day=day)
        if self._since:
            arrived = Q(document_date=None, first_seen_at__gte=_noon(self._since, -2))
            rows = rows.filter(Q(document_date__gte=self._since) | arrived, day__gte=self._since)
        if self._until:
            arrived = Q(document_date=None, first_seen_at__lt=_noon(self._until, 2))
            rows = rows.filter(Q(document_date__lte=self._until) | arrived, day__lte=self._until)
        return rows

    def counted(self) -> QuerySet[Document]:
        """Count by resource, currency, day and state; what has a date and what has none, each over
        the columns of one index alone."""
        undated = self.all().filter(document_date=None)
        dated = self._rows.filter(document_date__isnull=False)
        if self._since:
            dated = dated.filter(document_date__gte=self._since)
        if self._until:
            dated = dated.filter(document_date__lte=self._until)
        return _grouped(dated, "document_date", "state").union(
            _grouped(undated, "day", "state"), all=True
        )

    def differing(self) -> QuerySet[Document]:
        """Count what is written and not in the ledger (`is_missing`), and what is there though it
        does not count as written."""
        missing, gone, extra = (
            _grouped(rows, "day", "is_missing") for rows in self._differing_rows()
        )
        return missing.union(gone, extra, all=True)

    def _differing_rows(self) -> Iterator[QuerySet[Document]]:
        """Yield them in disjoint parts, each a plain join: any of them alone is quick."""
        links = Exists(Link.objects.filter(document=OuterRef("pk"), kind__in=MAIN_KINDS))
        gone = Exists(
            LedgerFinding.objects.filter(
                document=OuterRef("pk"), effect__in=MAIN_KINDS, kind__in=_GONE, closed_at=None
            )
        )
        written = self.all().filter(state=DocumentState.WRITTEN).annotate(is_missing=Value(True))
        others = self.all().filter(state__in=_NOT_WRITTEN).annotate(is_missing=Value(False))
        yield written.filter(~links)
        yield written.filter(links, gone)
        yield others.filter(links, ~gone)

    def strange(self) -> QuerySet[Document]:
        """Return what makes the difference, and what is being found out."""
        named = ("pk", "reference", "resource", "currency", "day", "state")
        unknown = self.all().filter(state=DocumentState.UNKNOWN)
        first, *rest = (
            rows.exclude(state=DocumentState.UNKNOWN).values_list(*named, named=True)
            for rows in self._differing_rows()
        )
        found = first.union(*rest, unknown.values_list(*named, named=True), all=True)
        return found.order_by("pk")[:_MOST_LISTED]


def _grouped(rows: QuerySet[Document], *by: str) -> QuerySet[Document]:
    return rows.values_list("resource", "currency", *by).annotate(
        documents=Count("pk"), total=Sum("amount")
    )


def _noon(day: date, more: int) -> datetime:
    """Return an instant surely before or after a day, in whatever zone: bounds for an index."""
    within = min(max(day, _FIRST), _LAST)  # the calendar ends two days beyond
    return datetime.combine(within + timedelta(days=more), time(12), UTC)


def _key(document: Any) -> Key:
    return document.day, document.resource, document.currency


def _as_unexplained(document: Any) -> dict[str, Any]:
    if document.state == DocumentState.UNKNOWN:
        why = "It is being found out whether it was written."
    elif document.state == DocumentState.WRITTEN:
        why = "It counts as written, and nothing in the ledger is linked to it."
    elif document.state in _OUTSIDE:
        why = f"It is {document.state}, and stands in the ledger."
    else:
        why = "It stands in the ledger, and not every effect of it is written yet."
    return {"document": _id(document.pk), "reference": document.reference, "why": why}


def _id(pk: UUID) -> str:
    return str(pk)
