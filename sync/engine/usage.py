"""What was invoiced against order lines, as each invoice of a block may see it.

An invoice counts what stands in the ledger or is on its way there, and parked or waiting invoices
that arrived before it. So two that wait for each other's quantity never hold each other up. A
credit note gives back once it stands, or is on its way. What was cancelled in the ledger takes
nothing any more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Collate, Length

from connectors.payments import Paying
from sync.matching.context import NOTHING, Arrival, OrderLineKey, Usage
from sync.models import Allocation, Document, DocumentState, Link

STANDING = (DocumentState.WRITING, DocumentState.UNKNOWN, DocumentState.WRITTEN)
# The order in which documents are decided, as `arrival_of` has it in memory, whatever the
# database's own collation: by change time, then by id, of which those of numbers count as numbers.
ARRIVAL = ("modified_at", Length("source_id"), Collate("source_id", "C"))
_NEVER = "~"  # sorts behind every time, as the database has it
_NOT_COUNTED = (DocumentState.REJECTED, DocumentState.IGNORED)


@dataclass(frozen=True, slots=True)
class Taking:
    """What one document takes from one order line."""

    document_id: str
    usage: Usage
    stands: bool
    arrival: Arrival

    @property
    def takes(self) -> bool:
        """Whether it takes something: what a credit note gives back is free once it stands."""
        return self.usage.quantity >= 0 and self.usage.amount >= 0


class UsageBook:
    """Everything that other invoices take from a set of orders."""

    def __init__(self) -> None:
        self._takings: dict[OrderLineKey, dict[str, Taking]] = defaultdict(dict)

    def add(self, key: OrderLineKey, taking: Taking) -> None:
        """Note what a document takes, in the place of what it took before."""
        self._takings[key][taking.document_id] = taking

    def before(self, document_id: str, arrival: Arrival) -> Mapping[OrderLineKey, Usage]:
        """Return the usage as a document of this arrival sees it, summed when asked for."""
        return _Seen(self._takings, document_id, arrival)


class _Seen(Mapping[OrderLineKey, Usage]):
    def __init__(
        self,
        takings: Mapping[OrderLineKey, Mapping[str, Taking]],
        document_id: str,
        arrival: Arrival,
    ) -> None:
        self._takings, self._document_id, self._arrival = takings, document_id, arrival

    def __getitem__(self, key: OrderLineKey) -> Usage:
        takings = self._takings.get(key, {}).values()
        counted = [item.usage for item in takings if self._counts(item)]
        if not counted:
            raise KeyError(key)
        return sum(counted, NOTHING)

    def __iter__(self) -> Iterator[OrderLineKey]:
        return iter(self._takings)

    def __len__(self) -> int:
        return len(self._takings)

    def _counts(self, item: Taking) -> bool:
        if item.document_id == self._document_id:
            return False
        return item.stands or (item.takes and item.arrival < self._arrival)


def stands(document: Document) -> bool:
    """Whether something of a document is in the ledger, or on its way there: also while it waits
    for a person because the source changed it since."""
    return document.state in STANDING or bool(document.booked_fingerprint)


def arrival_of(modified_at: datetime | None, source_id: str) -> Arrival:
    """Return where a document stands in the order of `ARRIVAL`, as sortable texts."""
    stamp = (
        modified_at.astimezone(UTC).isoformat(timespec="microseconds") if modified_at else _NEVER
    )
    return stamp, f"{len(source_id):04d} {source_id}"


def counted(orders: Iterable[UUID]) -> QuerySet[Allocation]:
    """Return what documents take from the lines of these orders, without cancelled ones."""
    cancelled = Link.objects.filter(document=OuterRef("document"), payment=Paying.CANCELLED)
    return Allocation.objects.filter(~Exists(cancelled), order__in=list(orders))


def usage_of(orders: Iterable[UUID], *, deciding: Iterable[UUID]) -> UsageBook:
    """Load what documents take from the lines of these orders: one query.

    Those that are being decided now count as far as something of them stands in the ledger; what
    else they take is added when they are decided.
    """
    book = UsageBook()
    rows = (
        counted(orders)
        .exclude(document__in=list(deciding), document__booked_fingerprint="")
        .exclude(document__state__in=_NOT_COUNTED)
        .values_list(
            "order",
            "order_line",
            "quantity",
            "amount",
            "document",
            "document__state",
            "document__booked_fingerprint",
            "document__modified_at",
            "document__source_id",
        )
    )
    for order, line, quantity, amount, document, state, booked, modified_at, source_id in rows:
        arrival = arrival_of(modified_at, source_id)
        is_there = state in STANDING or bool(booked)
        taking = Taking(str(document), Usage(quantity, amount), is_there, arrival)
        book.add((str(order), line), taking)
    return book
