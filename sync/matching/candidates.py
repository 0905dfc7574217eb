"""Which order an invoice line means."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine, OrderLine, Readiness
from sync.domain import money
from sync.domain.money import ZERO
from sync.domain.references import line_number, order_reference_keys, text_key
from sync.matching.context import NOTHING, MatchContext, OrderView

_MOST_PROPOSALS = 5


@dataclass(frozen=True, slots=True)
class OrderChoice:
    """The order a reference means, or the reason why there is none."""

    order: OrderView | None = None
    key: str = ""  # reason: missing | not_found | ambiguous
    candidates: tuple[str, ...] = ()
    note: str = ""


def find_order(text: str | None, invoice: Invoice, context: MatchContext) -> OrderChoice:
    """Find the order of a reference as written.

    The strict spelling decides; several orders with it are told apart by their exact text, else by
    supplier and currency, else by a line reference or a receipt. Digits alone match where one side
    has nothing but digits, and only an order of this supplier and currency.
    """
    keys = order_reference_keys(text)
    found = context.orders.get(keys.strict, ()) if keys.strict else ()
    if not found and not keys.loose:
        return OrderChoice(key="missing")
    if not found:
        return _by_digits(text, invoice, context)
    if len(found) > 1:
        exact = [order for order in found if order.reference.strip() == (text or "").strip()]
        found = exact or [order for order in found if agrees(order, invoice, context)] or found
    if len(found) > 1:
        return _told_apart(found, text, invoice, context)
    order = found[0]
    note = "" if order.reference == text else f'"{text}" was read as order {order.reference}.'
    return OrderChoice(order, note=note)


def _by_digits(text: str | None, invoice: Invoice, context: MatchContext) -> OrderChoice:
    strict, loose = order_reference_keys(text)
    alike = [
        order
        for order in context.orders_by_digits.get(loose, ())
        if strict.isdigit() or order_reference_keys(order.reference).strict.isdigit()
    ]
    fitting = [order for order in alike if agrees(order, invoice, context)]
    if len(fitting) == 1:
        note = f"Order {fitting[0].reference} was found by its digits, supplier and currency."
        return OrderChoice(fitting[0], note=note)
    if fitting:
        return _told_apart(fitting, text, invoice, context)
    return OrderChoice(key="not_found", candidates=_names(alike))


def agrees(order: OrderView, invoice: Invoice, context: MatchContext) -> bool:
    """Whether an order is in the invoice's currency and of its supplier or its family."""
    same_currency = order.document.currency in (None, invoice.currency)
    return same_currency and relation(order, context) in ("same", "related")


def relation(order: OrderView, context: MatchContext) -> str:
    """How the order's supplier and the invoice's relate: same, related or other."""
    supplier = context.supplier
    if supplier is None:
        return "other"
    if order.supplier_key is not None:
        if order.supplier_key == supplier.key:
            return "same"
        related = order.family and order.family == (supplier.family or supplier.key)
        return "related" if related else "other"
    named = {order.document.supplier.erp_number, order.document.supplier.source_id} - {None, ""}
    return "same" if named & set(supplier.codes) else "other"


def propose(invoice: Invoice, context: MatchContext) -> tuple[str, ...]:
    """Open orders of this supplier that an invoice without order may mean; never taken by itself.

    Those whose open amount is the invoice's and on which every line is found come before those of
    that amount alone, and these before those of the lines alone.
    """
    goods = money.total_of(line.amount for line in invoice.lines)
    wanted = {text_key(line.description) for line in invoice.lines}
    fitting: dict[tuple[bool, bool], list[str]] = {}
    for order in context.open_orders:
        lines = [line for line in order.document.lines if not line.cancelled]
        left = money.total_of(max(_left(order, line, context), ZERO) for line in lines)
        if left <= 0 or _is_over(order) or not agrees(order, invoice, context):
            continue
        has_lines = wanted <= {text_key(line.description) for line in lines}
        if has_lines or left == goods:
            fitting.setdefault((left != goods, not has_lines), []).append(order.reference)
    return tuple(fitting[min(fitting)][:_MOST_PROPOSALS]) if fitting else ()


def _is_over(order: OrderView) -> bool:
    return order.document.closed or order.document.readiness is Readiness.CANCELLED


def _left(order: OrderView, line: OrderLine, context: MatchContext) -> Decimal:
    return line.amount - context.used.get((order.id, line.number), NOTHING).amount


# Orders that look the same.


def _told_apart(
    orders: Sequence[OrderView], text: str | None, invoice: Invoice, context: MatchContext
) -> OrderChoice:
    """Of near-identical orders only the one is taken that a line reference or a receipt names."""
    lines = [line for line in invoice.lines if line.order_reference == text]
    named = [order for order in orders if all(_names_a_line(line, order) for line in lines)]
    arrived = [order for order in named or orders if _has_arrived(order, lines, context)]
    for meant, why in ((named, "its line numbers"), (arrived, "what was received")):
        if len(meant) == 1 and lines:
            others = ", ".join(_names(order for order in orders if order is not meant[0]))
            note = f'"{text}" was read as order {meant[0].reference} and not {others}, by {why}.'
            return OrderChoice(meant[0], note=note)
    return OrderChoice(key="ambiguous", candidates=_names(orders))


def _names_a_line(line: InvoiceLine, order: OrderView) -> bool:
    """Whether an invoice line names a line of this order by number, and says the same."""
    number = line_number(line.order_line)
    return any(
        number == (item.number if item.named_as is None else item.named_as)
        and text_key(item.description) == text_key(line.description)
        for item in order.document.lines
        if not item.cancelled
    )


def _has_arrived(order: OrderView, lines: Sequence[InvoiceLine], context: MatchContext) -> bool:
    """Whether something that these lines bill was received on an order and is not invoiced yet."""
    wanted = {text_key(line.description) for line in lines}
    for line in order.document.lines:
        key = (order.id, line.number)
        received = context.received.get(key, ZERO)
        is_meant = text_key(line.description) in wanted
        if is_meant and received > context.used.get(key, NOTHING).quantity:
            return True
    return False


def _names(orders: Iterable[OrderView]) -> tuple[str, ...]:
    return tuple(order.reference for order in orders)
