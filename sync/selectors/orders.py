"""What was invoiced against an order, by document and by line."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from uuid import UUID

from connectors.documents import Resource
from sync.models import Allocation, Document

_MOST = 1000


@dataclass(slots=True)
class Billed:
    """An invoice or credit note with what it takes from the order; credit notes give back."""

    document: Document
    amount: Decimal = Decimal(0)


@dataclass(slots=True)
class Usage:
    """How far an order is used up."""

    bills: list[Billed] = field(default_factory=list)
    quantities: dict[int, Decimal] = field(default_factory=lambda: defaultdict(Decimal))

    @property
    def amount(self) -> Decimal:
        return sum((bill.amount for bill in self.bills), Decimal(0))


def usage_of(order: Document) -> Usage:
    """Return what stands against an order, the oldest first; two queries, none for others."""
    usage = Usage()
    if order.resource != Resource.PURCHASE_ORDER:
        return usage
    rows = Allocation.objects.filter(order=order, order_line__gte=0).select_related("document")
    bills: dict[UUID, Billed] = {}
    for row in rows.prefetch_related("document__links").order_by("document_id", "pk")[:_MOST]:
        bill = bills.setdefault(row.document_id, Billed(row.document))
        bill.amount += row.amount
        usage.quantities[row.order_line] += row.quantity
    usage.bills = list(bills.values())
    return usage
