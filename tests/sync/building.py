"""Documents and contexts with good defaults, for tests of the pure rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import (
    Charge,
    CodingPart,
    Invoice,
    InvoiceLine,
    LedgerSetup,
    OrderLine,
    PurchaseOrder,
    Readiness,
    Resource,
    SupplierRef,
)
from sync.domain.booking import BookingContext, targets_of
from sync.domain.mapping import MappingEntry, MappingTable
from sync.domain.policy import Policy, parse
from sync.domain.rates import RateTable
from sync.matching import (
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    OrderView,
    SupplierView,
    Usage,
    Verdict,
    index_orders,
    match,
)
from sync.matching.context import Receipt
from sync.web.factor_lines import from_lines

ORDERED_ON = date(2025, 1, 1)
INVOICED_ON = date(2025, 2, 1)
KESTREL = SupplierView(
    key="V1", name="Kestrel", erp_number="V1", vendor_number="V1", family="GROUP"
)
SISTER = replace(KESTREL, key="V2", name="Kestrel North", erp_number="V2", vendor_number="V2")
STRANGER = replace(KESTREL, key="V9", name="Arbor", erp_number="V9", family="V9")


def coding(
    account: str | None = "6110", cost_center: str | None = "R100"
) -> tuple[CodingPart, ...]:
    segments = {"ledger_account": account, "cost_center": cost_center}
    return (CodingPart({name: code for name, code in segments.items() if code}),)


def order_line(
    quantity: str = "10",
    price: str = "100",
    *,
    number: int = 1,
    amount: str | None = None,
    description: str = "Pipette tips",
    unit: str | None = "EA",
    **details: Any,
) -> OrderLine:
    product = Decimal(quantity) * Decimal(price)
    return OrderLine(
        number=number,
        description=description,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        amount=Decimal(amount) if amount is not None else product.quantize(Decimal("0.01")),
        unit=unit,
        **{"coding": coding(), **details},
    )


def order(
    *lines: OrderLine, reference: str = "4711", supplier: SupplierView = KESTREL, **details: Any
) -> OrderView:
    document = PurchaseOrder(
        source_id=f"po {reference}",
        version="1",
        modified_at=None,
        reference=reference,
        supplier=SupplierRef(erp_number=supplier.erp_number, name=supplier.name),
        lines=lines or (order_line(),),
        **{
            "readiness": Readiness.POSTABLE,
            "currency": "EUR",
            "order_date": ORDERED_ON,
            **details,
        },
    )
    return OrderView(
        id=f"po {reference}",
        document=document,
        supplier_key=supplier.key,
        family=supplier.family,
        lineage=supplier.lineage,
    )


def line(
    quantity: str = "10",
    price: str = "100",
    *,
    number: int = 1,
    amount: str | None = None,
    of: str | None = "4711",
    at: str | None = "1",
    description: str = "Pipette tips",
    unit: str | None = "EA",
    **details: Any,
) -> InvoiceLine:
    """A line of order `of`, order line `at`."""
    product = Decimal(quantity) * Decimal(price)
    return InvoiceLine(
        number=number,
        description=description,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        amount=Decimal(amount) if amount is not None else product.quantize(Decimal("0.01")),
        amount_received=amount is not None,
        order_reference=of,
        order_line=at,
        unit=unit,
        **{"coding": coding(), **details},
    )


def invoice(*lines: InvoiceLine, total: str | None = None, **details: Any) -> Invoice:
    """An invoice whose total is the sum of its parts unless one is given."""
    tax = {name: Decimal(details.pop(name, 0)) for name in ("tax1", "tax2", "discount")}
    charges: tuple[Charge, ...] = details.pop("charges", ())
    parts = sum((item.amount for item in lines or (line(),)), Decimal(0))
    parts += tax["tax1"] + tax["tax2"] - tax["discount"]
    parts += sum((charge.amount for charge in charges), Decimal(0))
    values = {
        "source_id": "inv 1",
        "version": "1",
        "modified_at": None,
        "reference": "I00092",
        "readiness": Readiness.POSTABLE,
        "resource": Resource.INVOICE,
        "supplier": SupplierRef(erp_number="V1", name="Kestrel"),
        "supplier_number": "RE-117",
        "currency": "EUR",
        "total": Decimal(total) if total is not None else parts,
        "document_date": INVOICED_ON,
        "lines": lines or (line(),),
        "charges": charges,
    }
    return Invoice(**{**values, **tax, **details})


def credit_note(*lines: InvoiceLine, credits: str | None = "RE-100", **details: Any) -> Invoice:
    """A credit note against the invoice `credits`."""
    values = {"supplier_number": "CR-1", "credited_number": credits, **details}
    return invoice(*lines, resource=Resource.CREDIT_NOTE, **values)


def freight(amount: str, kind: str = "freight") -> Charge:
    return Charge(kind=kind, amount=Decimal(amount))


def earlier(number: str = "RE-100", total: str = "1000.00", **details: Any) -> InvoiceView:
    values = {
        "id": f"earlier {number}",
        "supplier_key": "V1",
        "family": "GROUP",
        "resource": Resource.INVOICE,
        "number": number,
        "document_date": date(2025, 1, 15),
        "total": Decimal(total),
        "currency": "EUR",
        "reference": "I00001",
    }
    return InvoiceView(**{**values, **details})


def policy(**sections: Any) -> Policy:
    return parse(sections)


def used(quantity: str, amount: str, *, of: str = "4711", at: int = 1) -> dict:
    return {(f"po {of}", at): Usage(Decimal(quantity), Decimal(amount))}


def receipt(day: int, quantity: str) -> Receipt:
    """What was received on a day of January 2025."""
    return Receipt(date(2025, 1, day), Decimal(quantity))


def context(
    *orders: OrderView, limits: Mapping[str, Any] | None = None, before: Any = (), **details: Any
) -> MatchContext:
    """A context with these orders (one of 10 x 100 by default); `limits` is `policy.match`."""
    strict, digits = index_orders(orders or (order(),))
    return MatchContext(
        policy=details.pop("policy", None) or parse({"match": dict(limits or {})}),
        supplier=details.pop("supplier", KESTREL),
        orders=strict,
        orders_by_digits=digits,
        earlier=EarlierInvoices(before),
        **details,
    )


def factors(*lines: str) -> dict[str, Any]:
    """Factors between units for `limits` of a context: "1 BX = 12 EA", "1 BX = 10 EA for 77"."""
    return {"unit_factors": from_lines("\n".join(lines))}


def codes(verdict: Verdict) -> set[str]:
    return {item.code for item in verdict.reasons}


def matched(document: Invoice | None = None, *orders: OrderView, **details: Any) -> Verdict:
    return match(document or invoice(), context(*orders, **details))


def mapping(kind: str, **targets: str) -> MappingTable:
    return MappingTable(kind, [MappingEntry(code, target) for code, target in targets.items()])


def tables(**kinds: MappingTable) -> dict[str, MappingTable]:
    known = {
        "ledger_account": MappingTable("ledger_account", [MappingEntry("6110", "8110")]),
        "cost_center": MappingTable(
            "cost_center",
            [MappingEntry("R100", "DEPARTMENT/RESEARCH"), MappingEntry("R200", "DEPARTMENT/TEACH")],
        ),
    }
    return known | kinds


def booking(
    rules: Policy | None = None,
    *,
    setup: LedgerSetup | None = None,
    mappings: Mapping[str, MappingTable] | None = None,
    find: Any = None,
    **details: Any,
) -> BookingContext:
    rules = rules or parse({})
    setup = setup or LedgerSetup(local_currency="EUR")
    values = {"today": date(2025, 2, 10), "vendor_number": "V1", "rates": RateTable(), **details}
    return BookingContext(
        policy=rules,
        setup=setup,
        targets=targets_of(rules, setup, tables() if mappings is None else mappings, find),
        document_number="J123",
        **values,
    )
