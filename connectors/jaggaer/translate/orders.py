"""Purchase orders and their revisions (JAGGAER contract 7.3)."""

from __future__ import annotations

from decimal import Decimal

from connectors.documents import OrderLine, PurchaseOrder, Readiness, SupplierRef
from connectors.jaggaer.profile.values import as_text, fold
from connectors.jaggaer.translate.reading import Reading, Values, currency_of, line_amount

_CLOSED = frozenset({"close", "closed"})
_GONE = frozenset({"cancelled", "canceled", "rejected", "withdrawn"})


def purchase_order(reading: Reading) -> PurchaseOrder:
    currency = currency_of(reading)
    lines = tuple(
        _line(reading, at, node, values, currency)
        for at, (node, values) in enumerate(reading.elements("lines"))
    )
    return PurchaseOrder(
        reference=reading.text("number") or reading.source_id,
        supplier=SupplierRef(
            reading.text("supplierId"),
            reading.text("supplierErpNumber"),
            reading.text("supplierName"),
        ),
        currency=currency,
        lines=lines,
        revision=reading.get("revision"),
        order_date=reading.get("orderDate"),
        posting_date=reading.get("postingDate"),
        closed=_is_closed(reading),
        alternate_reference=reading.text("alternateNumber"),
        terms=reading.terms(),
        total=reading.get("total"),
        tax1=reading.amount("tax1"),
        tax2=reading.amount("tax2"),
        freight=reading.amount("freight"),
        handling=reading.amount("handling"),
        **reading.common(),
    )


def _line(
    reading: Reading, at: int, node: object, values: Values, currency: str | None
) -> OrderLine:
    quantity = values.get("quantity", Decimal(0))
    price = values.get("unitPrice", Decimal(0))
    amount, _ = line_amount(values, quantity, price, currency)
    word = fold(_text(values, "status") or "")
    return OrderLine(
        number=values.get("lineNumber", at + 1),
        description=_text(values, "description") or "",
        quantity=quantity,
        unit_price=price,
        amount=amount,
        source_id=_text(values, "id"),
        unit=_text(values, "uom"),
        catalog_number=_text(values, "catalogNumber"),
        commodity_code=_text(values, "commodityCode"),
        cancelled=word in _GONE or reading.is_cancelled("lines", node, values),
        requested_on=values.get("requestedDelivery"),
        coding=reading.coding(node, at, amount, quantity),
    )


def _is_closed(reading: Reading) -> bool:
    """Closed for invoices: the accounts payable status says so, or a rule settles the order."""
    word = fold(reading.words.known.get("ap") or "")
    return word in _CLOSED or reading.readiness is Readiness.SETTLED


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else as_text(value).strip()
