"""What was seen at the source against what stands in the ledger, by resource, currency and day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, DateField, Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, TruncDate

from connectors.documents import Resource
from sync.domain.ledger_findings import FindingKind
from sync.models import Document, DocumentState, Integration, LedgerFinding, Link
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
_MOST_UNEXPLAINED = 100
_COUNTED_AS = {DocumentState.RECEIVED: "waiting", DocumentState.WRITING: "waiting"}
_MAIN_KINDS = ("vendor", "purchase_order", "purchase_invoice", "purchase_credit_memo")
_GONE = (FindingKind.MISSING, FindingKind.CANCELLED)
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


def reconciliation(
    integration: Integration, *, since: date | None = None, until: date | None = None
) -> list[Row]:
    """Return the rows of the days from `since` to `until`, oldest first; three queries.

    The day is that of the document, where it has none the one on which it was first seen (UTC).
    `difference` is what should stand in the ledger and does not: written less in_ledger. What the
    last check of the ledger did not find there any more does not count as in_ledger.
    """
    documents = _documents(integration, since, until)
    rows: dict[tuple[Any, ...], Row] = {}
    groups = (
        documents.order_by()
        .values_list("resource", "currency", "day", "state", "in_ledger")
        .annotate(documents=Count("pk"), total=Sum("amount"))
    )
    for resource, currency, day, state, in_ledger, count, total in groups:
        row = rows.setdefault((resource, currency, day), Row(resource, currency, day))
        _count(row, state, in_ledger, count, total or Decimal(0))
    found = set()
    for document, finding in _findings(integration, documents):
        found.add(document.pk)
        row = rows[document.resource, document.currency, document.day]
        _add(row, {**as_found(finding), "reference": document.reference})
    for document in _unexplained(documents):
        if document.pk not in found:
            row = rows[document.resource, document.currency, document.day]
            _add(row, _as_unexplained(document))
    return sorted(rows.values(), key=lambda row: row.key)


def _add(row: Row, unexplained: dict[str, Any]) -> None:
    if len(row.unexplained) < _MOST_UNEXPLAINED:
        row.unexplained.append(unexplained)


def _documents(
    integration: Integration, since: date | None, until: date | None
) -> QuerySet[Document]:
    links = Link.objects.filter(document=OuterRef("pk"), kind__in=_MAIN_KINDS)
    gone = LedgerFinding.objects.filter(
        document=OuterRef("pk"), effect__in=_MAIN_KINDS, kind__in=_GONE, closed_at__isnull=True
    )
    rows = Document.objects.filter(integration=integration).annotate(
        day=Coalesce("document_date", TruncDate("first_seen_at"), output_field=DateField()),
        in_ledger=Exists(links) & ~Exists(gone),
    )
    if since:
        rows = rows.filter(
            Q(document_date__gte=since)
            | Q(document_date=None, first_seen_at__gte=_noon(since, -2)),
            day__gte=since,
        )
    if until:
        rows = rows.filter(
            Q(document_date__lte=until) | Q(document_date=None, first_seen_at__lt=_noon(until, 2)),
            day__lte=until,
        )
    return rows


def _noon(day: date, more: int) -> datetime:
    """Return an instant surely before or after a day, in whatever zone: bounds for an index."""
    return datetime.combine(day + timedelta(days=more), time(12), UTC)


def _count(row: Row, state: str, in_ledger: bool, count: int, total: Decimal) -> None:
    amount = -total if row.resource == Resource.CREDIT_NOTE else total
    figures = row.figures
    figures["seen"].add(count, amount)
    figures[_COUNTED_AS.get(DocumentState(state), state)].add(count, amount)
    if in_ledger:
        figures["in_ledger"].add(count, amount)
    should = state == DocumentState.WRITTEN
    if should and not in_ledger:
        figures["difference"].add(count, amount)
    elif in_ledger and not should:
        figures["difference"].add(-count, -amount)


def _findings(
    integration: Integration, documents: QuerySet[Document]
) -> Iterable[tuple[Document, LedgerFinding]]:
    """Yield what the ledger shows otherwise, but for what the policy explains."""
    rows = LedgerFinding.objects.filter(integration=integration, closed_at__isnull=True)
    rows = rows.exclude(kind__in=explained(integration)).order_by("document_id", "pk")[:10_000]
    by_document: dict[UUID, list[LedgerFinding]] = {}
    for row in rows:
        by_document.setdefault(row.document_id, []).append(row)
    if by_document:
        for document in documents.filter(pk__in=list(by_document)).order_by("pk"):
            yield from ((document, row) for row in by_document[document.pk])


def _unexplained(documents: QuerySet[Document]) -> Iterable[Any]:
    written = Q(state=DocumentState.WRITTEN)
    strange = (written & Q(in_ledger=False)) | (~written & Q(in_ledger=True))
    rows = documents.filter(strange | Q(state=DocumentState.UNKNOWN))
    return rows.order_by("pk").values_list(
        "pk", "reference", "resource", "currency", "day", "state", "in_ledger", named=True
    )[:10_000]


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
