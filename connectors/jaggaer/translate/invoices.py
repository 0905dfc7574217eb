"""Invoices and credit notes (JAGGAER contract 7.2).

Credit memos arrive with whatever signs: what they are is said by their type, and their amounts are
positive here. Freight, handling, discount and tax stand on the header and again on the lines; one
level counts, the header.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

from connectors.documents import (
    Charge,
    Invoice,
    InvoiceLine,
    Problem,
    Readiness,
    Resource,
    SupplierRef,
)
from connectors.jaggaer.profile.spoken import shown, spoken_status
from connectors.jaggaer.profile.values import as_text, fold
from connectors.jaggaer.translate.reading import Reading, Values, currency_of, line_amount

_CREDIT = frozenset({"creditmemo", "creditnote", "credit"})
_INVOICE = frozenset({"invoice"})
_RECONCILED = Decimal("0.05")

LinesRead = Sequence[tuple[InvoiceLine, Values]]  # each with the values it was made of


def invoice(reading: Reading) -> Invoice:
    """Return the invoice or credit note of a record; what cannot be read is a problem of it."""
    resource = _kind(reading)
    currency = currency_of(reading)
    lines = _lines(reading, currency)
    found = Invoice(
        resource=resource,
        reference=reading.text("number") or reading.source_id,
        supplier=SupplierRef(
            reading.text("supplierId"),
            reading.text("supplierErpNumber"),
            reading.text("supplierName"),
        ),
        supplier_number=reading.text("supplierInvoiceNumber"),
        currency=currency,
        document_date=reading.get("invoiceDate"),
        accounting_date=reading.get("postingDate"),
        due_date=reading.get("dueDate"),
        lines=tuple(line for line, _ in lines),
        credited_number=_credited(reading) if resource is Resource.CREDIT_NOTE else None,
        terms=reading.terms(),
        self_billed=fold(reading.text("source") or "") == "automated",
        **_amounts(reading, lines),
        **reading.common(),
    )
    return _positive_note(found) if resource is Resource.CREDIT_NOTE else found


def _amounts(reading: Reading, lines: LinesRead) -> dict[str, Any]:
    return {
        "withholding_tax": reading.amount("withholdingTax"),
        "discount": _once(reading, "discount", lines),
        "tax1": _once(reading, "tax1", lines),
        "tax2": _once(reading, "tax2", lines),
        "charges": _charges(reading, lines),
        "total": reading.get("total"),
        "tax_engine": reading.get("taxEngine"),
    }


def _positive_note(sent: Invoice) -> Invoice:
    """Credit memos come with any signs: the type says what they are, and amounts are positive."""
    charges = tuple(replace(charge, amount=abs(charge.amount)) for charge in sent.charges)
    tax1, tax2, discount = abs(sent.tax1), abs(sent.tax2), abs(sent.discount)
    beside = tax1 + tax2 + sum(charge.amount for charge in charges) - discount
    total = None if sent.total is None else abs(sent.total)
    return replace(
        sent,
        total=total,
        tax1=tax1,
        tax2=tax2,
        tax_engine=None if sent.tax_engine is None else abs(sent.tax_engine),
        withholding_tax=abs(sent.withholding_tax),
        discount=discount,
        charges=charges,
        lines=_positive(sent.lines, None if total is None else total - beside),
    )


def _kind(reading: Reading) -> Resource:
    """Invoice or credit note, by its type alone; a type nobody explained holds the document."""
    status = reading.resource.status
    if "type" not in status.paths:
        return Resource.INVOICE
    word = fold(reading.words.known.get("type") or "")
    if word in _CREDIT:
        return Resource.CREDIT_NOTE
    if word not in _INVOICE:
        path, received = status.paths["type"].text, reading.words.received.get("type")
        said = "is missing"
        if received:
            said = f"reads {shown(received)}, a word that the profile does not explain"
        words = f"The {spoken_status('type')} {said}."
        reading.problems.append(Problem("status_unknown", path, words))
        if reading.readiness is Readiness.POSTABLE:
            reading.readiness = Readiness.HOLD
    total = reading.get("total")
    negative = word not in _INVOICE and total is not None and total < 0
    return Resource.CREDIT_NOTE if negative else Resource.INVOICE


def _lines(reading: Reading, currency: str | None) -> LinesRead:
    lines = []
    for at, (node, values) in enumerate(reading.elements("lines")):
        quantity = values.get("quantity", Decimal(0))
        price = values.get("unitPrice", Decimal(0))
        amount, received = line_amount(values, quantity, price, currency)
        line = InvoiceLine(
            number=values.get("lineNumber", at + 1),
            description=_text(values, "description") or "",
            quantity=quantity,
            unit_price=price,
            amount=amount,
            amount_received=received,
            source_id=_text(values, "id"),
            order_reference=_text(values, "poNumber"),
            order_line=_text(values, "poLineNumber"),
            unit=_text(values, "uom"),
            unit_factor=values.get("unitFactor"),
            unit_base=_text(values, "unitBase"),
            catalog_number=_text(values, "catalogNumber"),
            tax_rate=values.get("taxRate"),
            coding=reading.coding(node, at, amount, quantity),
        )
        lines.append((line, values))
    return _numbered_apart(lines)


def _numbered_apart(lines: list[tuple[InvoiceLine, Values]]) -> LinesRead:
    """Give a number of its own to a line whose number came before: what belongs to a line is known
    by its number, so that each of two would take what belongs to both, and be booked twice."""
    free = count(max((line.number for line, _ in lines), default=0) + 1)
    seen: set[int] = set()
    found = []
    for line, values in lines:
        apart = replace(line, number=next(free)) if line.number in seen else line
        seen.add(apart.number)
        found.append((apart, values))
    return found


def _once(reading: Reading, name: str, lines: LinesRead) -> Decimal:
    """The header's figure; only where the header says nothing, what the lines say together."""
    header = reading.get(name)
    if header is not None:
        return header
    return sum((values.get(name, Decimal(0)) for _, values in lines), Decimal(0))


def _charges(reading: Reading, lines: LinesRead) -> tuple[Charge, ...]:
    kinds = ("freight", "handling")
    named = [Charge(kind=kind, amount=_once(reading, kind, lines)) for kind in kinds]
    for _, values in reading.elements("miscFees"):
        amount = values.get("amount", Decimal(0))
        named.append(Charge(kind="fee", amount=amount, name=_text(values, "name") or ""))
    return tuple(charge for charge in named if charge.amount)


def _positive(lines: Sequence[InvoiceLine], expected: Decimal | None) -> tuple[InvoiceLine, ...]:
    """Lines of a credit note with the sign that a credit has here.

    All of one sign: positive. Mixed: turned around as they are where that comes to what the total
    leaves for them, so that a deducted fee stays one; else each positive by itself.
    """
    total = sum((line.amount for line in lines), Decimal(0))
    mixed = any(line.amount > 0 for line in lines) and any(line.amount < 0 for line in lines)
    keeps_signs = mixed and expected is not None and abs(abs(total) - expected) <= _RECONCILED
    turned = -1 if total < 0 else 1
    made = []
    for line in lines:
        amount = line.amount * turned if keeps_signs else abs(line.amount)
        price = abs(line.unit_price) if amount >= 0 else -abs(line.unit_price)
        made.append(
            replace(
                line,
                amount=amount,
                quantity=abs(line.quantity),
                unit_price=price,
                coding=tuple(replace(p, share=abs(p.share)) for p in line.coding),
            )
        )
    return tuple(made)


def _credited(reading: Reading) -> str | None:
    """The supplier's number of the credited invoice; the memo's own number means none."""
    named = reading.text("creditedInvoice")
    return None if named == reading.text("number") else named


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else as_text(value).strip()
