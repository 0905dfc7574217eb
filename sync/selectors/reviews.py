"""Review items, with how many documents and how much money wait for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from connectors.documents import Resource
from sync.models import Allocation, ReviewItem, Wait
from sync.selectors.supplier_codes import named_by_number


@dataclass(slots=True)
class Waiting:
    """What waits for a cause; credit notes count as negative."""

    documents: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    billed: int = 0  # orders that add no money, since an invoice on them waits too

    def add(self, documents: int, currency: str, resource: str, amount: Decimal | None) -> None:
        self.documents += documents
        if amount is not None and currency:
            signed = -amount if resource == Resource.CREDIT_NOTE else amount
            self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + signed

    def include(self, other: Waiting) -> None:
        """Add what waits for the same under another cause."""
        self.documents += other.documents
        self.billed += other.billed
        for currency, amount in other.amounts.items():
            self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + amount


def reviews(
    *,
    state: str | None = None,
    reason: str | None = None,
    integration: UUID | None = None,
    owner: str | None = None,
    supplier: str | None = None,
) -> QuerySet[ReviewItem]:
    """Return the review items that fit; `supplier` by its id, vendor number or name."""
    exact: dict[str, Any] = {
        "state": state,
        "code": reason,
        "integration": integration,
        "owner": owner,
    }
    rows = ReviewItem.objects.filter(
        **{name: value for name, value in exact.items() if value is not None}
    )
    if supplier is not None:
        rows = rows.filter(_concerns(supplier))
    return rows


def _concerns(supplier: str) -> Q:
    """A review concerns a supplier when a document of it waits, or was the first to meet it."""
    waits = Wait.objects.filter(_named("document__", supplier)).order_by()
    causes: dict[UUID, list[str]] = defaultdict(list)
    for integration, cause in waits.values_list("integration", "cause").distinct():
        causes[integration].append(cause)
    concerned = _named("document__", supplier)
    for integration, held in causes.items():
        concerned |= Q(integration=integration, cause__in=held)
    return concerned


def _named(prefix: str, supplier: str) -> Q:
    return (
        Q(**{f"{prefix}supplier_source_id": supplier})
        | Q(**{f"{prefix}supplier_erp_number": supplier})
        | Q(**{f"{prefix}supplier_name__icontains": supplier})
        | named_by_number(supplier, prefix)
    )


def summed(waits: QuerySet[Wait]) -> dict[tuple[UUID, str], Waiting]:
    """Return what waits for each cause of each integration; one query.

    An order whose invoice waits for the same cause adds no money: it is the same money.
    """
    groups = (
        waits.annotate(billed=_billed_too())
        .order_by()
        .values_list("integration", "cause", "document__currency", "document__resource", "billed")
        .annotate(documents=Count("pk"), amount=Sum("document__amount"))
    )
    found: dict[tuple[UUID, str], Waiting] = defaultdict(Waiting)
    for integration, cause, currency, resource, billed, documents, amount in groups:
        waiting = found[integration, cause]
        waiting.add(documents, currency, resource, None if billed else amount)
        waiting.billed += documents if billed else 0
    return found


def _billed_too() -> Exists:
    """Say of a wait that it is an order's, and that an invoice on it waits for the same cause."""
    bills = Allocation.objects.filter(
        order=OuterRef("document"),
        document__waits__cause=OuterRef("cause"),
        document__waits__integration=OuterRef("integration"),
    )
    return Exists(bills)


def waiting_for_each(rows: Sequence[ReviewItem]) -> dict[UUID, Waiting]:
    """Return what waits for each review item, in one query."""
    found = summed(
        Wait.objects.filter(
            integration__in={row.integration_id for row in rows},
            cause__in={row.cause for row in rows},
        )
    )
    return {
        row.pk: found[row.integration_id, row.cause] if row.state == "open" else Waiting()
        for row in rows
    }
