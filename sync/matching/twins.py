"""Which orders' receipts a decision can need: those where an invoice line may mean several lines.

Asked before anything is decided, so that receipts are read in one go, and only where they may
count. What earlier invoices took is not known then: more is asked than is needed, never less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine, OrderLine
from sync.domain.money import ZERO
from sync.domain.references import line_number, order_reference_keys, text_key
from sync.matching.context import OrderLineKey, OrderView, index_orders
from sync.matching.order_lines import same_coding
from sync.matching.tolerance import basis_of
from sync.matching.verdict import Basis

Named = tuple[Invoice, Iterable[str]]  # an invoice, and the orders that people named for it


def orders_with_twins(
    invoices: Iterable[Named],
    orders: Iterable[OrderView],
    received: Mapping[OrderLineKey, Decimal],
) -> set[str]:
    """Return the ids of the orders of which a line of an invoice may mean several that something
    was received of."""
    strict, digits = index_orders(orders)
    found: set[str] = set()
    for invoice, chosen in invoices:
        for line in invoice.lines:
            references = {line.order_reference or "", *chosen} - {""}
            for order in _named(references, strict, digits):
                if order.id not in found and _may_mean_several(line, order, received):
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


def _may_mean_several(
    line: InvoiceLine, order: OrderView, received: Mapping[OrderLineKey, Decimal]
) -> bool:
    number = line_number(line.order_line)
    numbers = Counter(_number(item) for item in order.document.lines)
    if number is not None and numbers[number] < 2:
        return False
    arrived = [
        item
        for item in order.document.lines
        if received.get((order.id, item.number), ZERO) > 0
        and basis_of(item) is Basis.QUANTITY
        and not item.cancelled
        and number in (None, _number(item))
    ]
    meant = [item for item in arrived if text_key(item.description) == text_key(line.description)]
    if number is not None:
        meant = meant or arrived
    return any(
        same_coding(one.coding, other.coding)
        for place, one in enumerate(meant)
        for other in meant[:place]
    )


def _number(line: OrderLine) -> int:
    return line.number if line.named_as is None else line.named_as
