"""Rows of a labelled folder as our documents, as a source-to-pay system would hand them over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import (
    Charge,
    CodingPart,
    Invoice,
    InvoiceLine,
    OrderLine,
    Problem,
    PurchaseOrder,
    Readiness,
    Resource,
    SupplierRef,
)

Row = Mapping[str, Any]

_ZERO = Decimal(0)


def invoice_of(row: Row) -> Invoice:
    """Turn a row into an invoice or credit note; credit notes get positive amounts.

    Freight lines become charges, sales tax the second tax, discount lines the discount; the tax
    with rates is the first tax. A date that is none becomes a problem.
    """
    is_credit = row["document_type"] != "invoice"
    total = Decimal(row["gross_total"])
    sign = -1 if is_credit and total < 0 else 1
    day = _day(row["invoice_date"])
    lines = row["lines"]
    return Invoice(
        source_id=row["invoice_id"],
        version="1",
        modified_at=None,
        reference=row["invoice_id"],
        readiness=Readiness.POSTABLE,
        business_unit=row["business_unit"],
        problems=() if day else (_bad_date(row["invoice_date"]),),
        resource=Resource.CREDIT_NOTE if is_credit else Resource.INVOICE,
        supplier=SupplierRef(erp_number=row["supplier_code"], name=row["supplier_name"]),
        supplier_number=row["supplier_invoice_number"],
        currency=row["currency"],
        total=total * sign,
        document_date=day,
        lines=tuple(
            _invoice_line(line, row["po_references"], sign)
            for line in lines
            if line["kind"] == "item"
        ),
        tax1=Decimal(row["tax_total"]) * sign,
        tax2=_sum_of(lines, "sales_tax") * sign,
        discount=-_sum_of(lines, "discount") * sign,
        charges=tuple(
            Charge(
                kind="freight",
                amount=Decimal(line["line_total"]) * sign,
                name=line["description"],
            )
            for line in lines
            if line["kind"] == "freight"
        ),
        credited_number=row.get("original_invoice_number"),
    )


def _invoice_line(line: Row, references: Sequence[str], sign: int) -> InvoiceLine:
    number = line.get("po_line_no")
    rate = line.get("tax_rate")
    only = references[0] if len(references) == 1 else None
    return InvoiceLine(
        number=line["line_no"],
        description=line["description"] or "",
        quantity=Decimal(line["quantity"]) * sign,
        unit_price=Decimal(line["unit_price"]),
        amount=Decimal(line["line_total"]) * sign,
        amount_received=True,
        order_reference=line.get("po_reference") or only,
        order_line=None if number is None else str(number),
        unit=line["uom"],
        tax_rate=None if rate is None else Decimal(rate),
        coding=_coding(line),
    )


def order_of(row: Row) -> PurchaseOrder:
    """Turn a row into a purchase order."""
    status = row["status"]
    return PurchaseOrder(
        source_id=row["po_id"],
        version="1",
        modified_at=None,
        reference=row["po_number"],
        readiness=Readiness.CANCELLED if status == "cancelled" else Readiness.POSTABLE,
        business_unit=row["business_unit"],
        supplier=SupplierRef(erp_number=row["supplier_code"], name=row["supplier_name"]),
        currency=row["currency"],
        lines=tuple(_order_line(line) for line in row["lines"]),
        order_date=_day(row["order_date"] or ""),
        closed=status == "finally_closed",
    )


def _order_line(line: Row) -> OrderLine:
    return OrderLine(
        number=line["line_no"],
        description=line["description"] or "",
        quantity=Decimal(line["quantity"]),
        unit_price=Decimal(line["unit_price"]),
        amount=Decimal(line["line_total"]),
        unit=line["uom"],
        cancelled=line["line_status"] == "cancelled",
        coding=_coding(line),
    )


def _coding(line: Row) -> tuple[CodingPart, ...]:
    segments = {"ledger_account": line["category"], "cost_center": line["cost_centre"]}
    return (CodingPart({name: code for name, code in segments.items() if code}),)


def _sum_of(lines: Sequence[Row], kind: str) -> Decimal:
    return sum((Decimal(line["line_total"]) for line in lines if line["kind"] == kind), _ZERO)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _bad_date(text: str) -> Problem:
    return Problem("date_invalid", "invoice_date", f'"{text}" is not a date.')
