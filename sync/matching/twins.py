"""Which orders' receipts a decision can need: those where an invoice line may mean several lines.

Asked before anything is decided, so that receipts are read in one go, and only where they may
count. What earlier invoices took is not known then: more is asked than is needed, never less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine, OrderLine
from sync.domain.money import ZERO
from sync.domain.references import line_number, order_reference_keys, text_key
from sync.matching.context import OrderLineKey, OrderView, index_orders
from sync.matching.order_lines import lines_by_number, lines_by_text, same_coding
from sync.matching.tolerance import basis_of
from sync.matching.verdict import Basis

Named = tuple[Invoice, Iterable[str]]  # an invoice, and the orders that people named for it


@dataclass(frozen=True, slots=True)
class _Arrived:
    """The open lines of an order that something was received of, and how many of all its lines the
    source gave each number."""

    named: Mapping[int, int]
    by_number: Mapping[int, Sequence[OrderLine]]
    by_text: Mapping[str, Sequence[OrderLine]]


def orders_with_twins(
    invoices: Iterable[Named],
    orders: Iterable[OrderView],
    received: Mapping[OrderLineKey, Decimal],
) -> set[str]:
    """Return the ids of the orders of which a line of an invoice may mean several that something
    was received of."""
    strict, digits = index_orders(orders)
    found: set[str] = set()
    arrived: dict[str, _Arrived] = {}
    for invoice, chosen in invoices:
        for line in invoice.lines:
            references = {line.order_reference or "", *chosen} - {""}
            for order in _named(references, strict, digits):
                if order.id in found:
                    continue
                if order.id not in arrived:
                    arrived[order.id] = _arrived_of(order, received)
                if _may_mean_several(line, arrived[order.id]):
                    found.add(order.id)
    return found


def _named(
    references: Iterable[str],
    strict: Mapping[str, Sequence[OrderView]],
    digits: Mapping[str, Sequence[OrderView]],
) -> Iterator[OrderView]:
    for reference in references:
        keys = order_reference_keys(reference)
        yield from strict.get(keys.strict, ()) or digits.get(keys.loose, ())


def _arrived_of(order: OrderView, received: Mapping[OrderLineKey, Decimal]) -> _Arrived:
    lines = [
        item
        for item in order.document.lines
        if received.get((order.id, item.number), ZERO) > 0
        and basis_of(item) is Basis.QUANTITY
        and not item.cancelled
    ]
    named = {number: len(alike) for number, alike in lines_by_number(order.document.lines).items()}
    return _Arrived(named, lines_by_number(lines), lines_by_text(lines))


def _may_mean_several(line: InvoiceLine, arrived: _Arrived) -> bool:
    number, text = line_number(line.order_line), text_key(line.description)
    if number is None:
        meant: Sequence[OrderLine] = arrived.by_text.get(text, ())
    elif arrived.named.get(number, 0) < 2:
        return False
    else:
        alike = arrived.by_number.get(number, ())
        meant = [item for item in alike if text_key(item.description) == text] or alike
    return any(
        same_coding(one.coding, other.coding)
        for place, one in enumerate(meant)
        for other in meant[:place]
    )
