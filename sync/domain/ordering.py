"""A purchase order becomes the ledger's order: its open lines, coded like those of an invoice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from connectors.documents import (
    Invoice,
    InvoiceLine,
    LedgerLine,
    LedgerOrder,
    LedgerSetup,
    PurchaseOrder,
    Resource,
)
from sync.domain.coding import Targets
from sync.domain.cost_lines import CostLine, CostLines, OwnCoding
from sync.domain.currencies import kept_currency, ledger_currency
from sync.domain.figures import strange_figures
from sync.domain.mapping import PAYMENT_TERMS
from sync.domain.policy import Policy
from sync.domain.reasons import Reason, reason, unique

_DESCRIPTION_LENGTH = 100


@dataclass(frozen=True, slots=True)
class OrderContext:
    """What booking an order needs beside the order itself."""

    policy: Policy
    setup: LedgerSetup
    targets: Targets
    today: date
    decimals: Mapping[str, int] = field(default_factory=dict)  # of the ledger's currencies, by code
    source_label: str = "JAGGAER"


def ledger_order(
    order: PurchaseOrder, vendor_number: str, context: OrderContext
) -> LedgerOrder | tuple[Reason, ...]:
    """Turn an order into the ledger's, or say everything that is missing.

    Cancelled lines are left out. Payment terms without a mapping are left to the vendor's.
    """
    strange = strange_figures(_as_invoice(order))
    if strange:
        return strange
    on = order.order_date or context.today
    costs = CostLines(
        _as_invoice(order),
        context.policy,
        context.targets,
        currency=kept_currency(order.currency, on, context),
        on=on,
        longest=context.setup.field_lengths.get(
            "purchase_order.line.description", _DESCRIPTION_LENGTH
        ),
        keep_quantity=True,
    )
    costs.add((line, OwnCoding(line)) for line in _open_lines(order))
    found = [*costs.reasons]
    currency = ledger_currency(order.currency, on, context, found)
    if not costs.lines and not found:
        found.append(reason("order_cancelled", order=order.reference, state="without open lines"))
    if found:
        return unique(found)
    return LedgerOrder(
        vendor_number=vendor_number,
        order_date=on,
        currency=currency,
        lines=tuple(_line(cost) for cost in costs.lines),
        source_reference=reference_of(order, context.source_label),
        posting_date=order.posting_date,
        payment_terms_code=context.targets.table(PAYMENT_TERMS).optional(order.terms.code, on),
    )


def reference_of(order: PurchaseOrder, label: str = "JAGGAER") -> str:
    """How the ledger's order names its source: number and, where there is one, revision."""
    revision = f"#{order.revision}" if order.revision else ""
    return f"{label} {order.reference}{revision}"


def _as_invoice(order: PurchaseOrder) -> Invoice:
    return Invoice(
        source_id=order.source_id,
        version=order.version,
        modified_at=order.modified_at,
        reference=order.reference,
        readiness=order.readiness,
        resource=Resource.INVOICE,
        supplier=order.supplier,
        supplier_number=None,
        currency=order.currency,
        total=None,
        document_date=order.order_date,
        lines=_open_lines(order),
    )


def _open_lines(order: PurchaseOrder) -> tuple[InvoiceLine, ...]:
    return tuple(
        InvoiceLine(
            number=line.number,
            description=line.description,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=line.amount,
            unit=line.unit,
            coding=line.coding,
        )
        for line in order.lines
        if not line.cancelled
    )


def _line(cost: CostLine) -> LedgerLine:
    return LedgerLine(
        description=cost.description,
        account=cost.account,
        quantity=cost.quantity,
        unit_price=cost.unit_price,
        unit=cost.unit,
        dimensions=cost.dimensions or {},
        source_line=cost.source_line,
    )
