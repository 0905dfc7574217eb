"""Purchase orders and their revisions (JAGGAER contract 7.3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from itertools import count

from connectors.documents import OrderLine, PurchaseOrder, Readiness, SupplierRef
from connectors.jaggaer.profile.values import as_text, fold
from connectors.jaggaer.translate.reading import Reading, Values, currency_of, line_amount

_CLOSED = frozenset({"close", "closed"})
_APART = 1000  # the second line of number 3 is 1003, whatever a revision adds beside it
_GONE = frozenset({"cancelled", "canceled", "rejected", "withdrawn"})


def purchase_order(reading: Reading) -> PurchaseOrder:
    """Return the order of a record; what cannot be read is a problem of it."""
    currency = currency_of(reading)
    lines = _numbered_apart(
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
        unit_factor=values.get("unitFactor"),
        unit_base=_text(values, "unitBase"),
        catalog_number=_text(values, "catalogNumber"),
        commodity_code=_text(values, "commodityCode"),
        cancelled=word in _GONE or reading.is_cancelled("lines", node, values),
        requested_on=values.get("requestedDelivery"),
        coding=reading.coding(node, at, amount, quantity),
    )


def _numbered_apart(lines: Iterable[OrderLine]) -> tuple[OrderLine, ...]:
    """Give a line whose number came before a number of its own, the same one in each revision.

    What is invoiced, received and changed of a line is kept by its number; invoices still name it
    by the one that the source gave it.
    """
    lines = tuple(lines)
    taken = {line.number for line in lines}
    seen: Counter[int] = Counter()
    found = []
    for line in lines:
        seen[line.number] += 1
        if seen[line.number] > 1:
            free = (line.number + _APART * times for times in count(seen[line.number] - 1))
            apart = next(number for number in free if number not in taken)
            taken.add(apart)
            line = replace(line, number=apart, named_as=line.number)
        found.append(line)
    return tuple(found)


def _is_closed(reading: Reading) -> bool:
    """Closed for invoices: the accounts payable status says so, or a rule settles the order."""
    word = fold(reading.words.known.get("ap") or "")
    return word in _CLOSED or reading.readiness is Readiness.SETTLED


def _text(values: Values, name: str) -> str | None:
    value = values.get(name)
    return None if value is None else as_text(value).strip()
