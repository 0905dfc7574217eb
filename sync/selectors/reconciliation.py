"""What was seen at the source against what stands in the ledger, by resource, currency and day."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from connectors.documents import Resource
from sync.models import Document, DocumentState, Integration, LedgerFinding
from sync.selectors.days import Counted, added_up, counted, day_of, documents_of, within
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
_COUNTED_AS = {DocumentState.RECEIVED: "waiting", DocumentState.WRITING: "waiting"}
# Where a document in the ledger is a difference; an unknown one is told whether it is or not.
_UNEXPECTED = [
    state for state in DocumentState if state not in (DocumentState.WRITTEN, DocumentState.UNKNOWN)
]
_OUTSIDE = (DocumentState.REJECTED, DocumentState.IGNORED, DocumentState.SETTLED)


@dataclass(slots=True)
class Figure:
    """A number of documents and their sum; credit notes count as negative."""

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

    One query counts, whatever the number of documents. Written and in the ledger is the rule: only
    what is not so is looked up by document, and only on the days that have any of it.
    """

    def __init__(
        self, integration: Integration, *, since: date | None = None, until: date | None = None
    ) -> None:
        self._integration, self._since, self._until = integration, since, until
        self._counted: dict[Key, list[Counted]] = {}
        for one in counted(integration, since=since, until=until):
            self._counted.setdefault((one.day, one.resource, one.currency), []).append(one)

    @property
    def keys(self) -> list[Key]:
        return sorted(self._counted)

    def rows(self, keys: Iterable[Key]) -> list[Row]:
        """Return these rows, each with the documents behind its difference."""
        found = {key: _row(key, self._counted[key]) for key in keys}
        for key, one in self.unexplained:
            if key in found and len(found[key].unexplained) < _MOST_UNEXPLAINED:
                found[key].unexplained.append(one)
        return list(found.values())

    def sums(self) -> list[Row]:
        """Add the days up, per kind of document and currency, as of the first of them."""
        first = min(day for day, _, _ in self._counted) if self._counted else None
        found: dict[Key, list[Counted]] = {}
        for one in added_up(chain.from_iterable(self._counted.values()), day=first):
            found.setdefault((one.day, one.resource, one.currency), []).append(one)
        return [_row(key, found[key]) for key in sorted(found)]

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
            documents = Document.objects.filter(pk__in=list(by_document)).order_by("pk")
            for document in self._within(documents.annotate(day=day_of())):
                yield from ((document, row) for row in by_document[document.pk])

    def _strange(self) -> Iterable[Any]:
        """Return what makes the difference, and what is being found out."""
        named = ("pk", "reference", "resource", "currency", "day", "state")
        parts = [rows.values_list(*named, named=True) for rows in self._strange_parts()]
        if not parts:
            return ()
        return parts[0].union(*parts[1:], all=True).order_by("pk")[:_MOST_LISTED]

    def _strange_parts(self) -> Iterator[QuerySet[Document]]:
        every = [one for several in self._counted.values() for one in several]
        if any(one.state == DocumentState.UNKNOWN for one in every):
            unknown = Document.objects.filter(
                integration=self._integration, state=DocumentState.UNKNOWN
            )
            yield self._within(unknown.order_by().annotate(day=day_of()))
        if days := {one.day for one in every if _differs(one)}:
            missing = Q(state=DocumentState.WRITTEN, in_ledger=False)
            extra = Q(state__in=_UNEXPECTED, in_ledger=True)
            for rows in documents_of(self._integration, days):
                yield rows.filter(missing | extra)

    def _within(self, rows: QuerySet[Document]) -> QuerySet[Document]:
        return within(rows, self._since, self._until)


def _row(key: Key, several: Iterable[Counted]) -> Row:
    day, resource, currency = key
    row = Row(resource, currency, day)
    for one in several:
        _add(row.figures, one, -1 if resource == Resource.CREDIT_NOTE else 1)
    return row


def _add(figures: dict[str, Figure], one: Counted, sign: int) -> None:
    documents, amount = one.documents, sign * (one.amount or 0)
    figures["seen"].add(documents, amount)
    figures[_COUNTED_AS.get(DocumentState(one.state), one.state)].add(documents, amount)
    if one.in_ledger:
        figures["in_ledger"].add(documents, amount)
    if _differs(one):
        missing = 1 if one.state == DocumentState.WRITTEN else -1
        figures["difference"].add(missing * documents, missing * amount)


def _differs(one: Counted) -> bool:
    """Written and in the ledger belong together."""
    return one.in_ledger != (one.state == DocumentState.WRITTEN)


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
