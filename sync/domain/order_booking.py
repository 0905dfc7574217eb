"""A purchase order becomes the order that the ledger holds: coded lines and its reference."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.documents import LedgerLine, LedgerOrder, OrderLine, PurchaseOrder
from sync.domain import splits
from sync.domain.booking import BookingContext, ledger_currency, source_reference
from sync.domain.coding import Coded, translate
from sync.domain.exact_lines import DECIMALS, ExactLine, exact_line, net_price_line, one_piece
from sync.domain.mapping import PAYMENT_TERMS, UNIT_OF_MEASURE
from sync.domain.reasons import Reason, from_problem, reason, unique


@dataclass(frozen=True, slots=True)
class OrderBooking:
    """The order to write, or everything that holds it back."""

    order: LedgerOrder | None = None
    reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()


def book_order(order: PurchaseOrder, context: BookingContext) -> OrderBooking:
    """Turn an order into a ledger order; cancelled lines are left out.

    Payment terms that are not mapped are left to the vendor. An order without a date takes its
    posting date, else the day it was last changed at the source, else today.
    """
    reasons = [from_problem(problem, document=order.source_id) for problem in order.problems]
    notes: list[str] = []
    day = _order_date(order, context, notes)
    currency = ledger_currency(order.currency, day, context, reasons)
    if context.vendor_number is None:
        supplier = order.supplier.erp_number or order.supplier.source_id or "without code"
        reasons.append(reason("supplier_unknown/number", supplier=supplier))
    lines: list[LedgerLine] = []
    for line in order.lines:
        if not line.cancelled:
            lines += _lines(order, line, day, context, reasons)
    found = unique(reasons)
    if found:
        return OrderBooking(reasons=found, notes=tuple(notes))
    terms = context.targets.table(PAYMENT_TERMS).optional(order.terms.code, day)
    if order.terms.code and terms is None:
        notes.append(f"Payment terms {order.terms.code} are not mapped: left to the vendor.")
    return OrderBooking(
        LedgerOrder(
            vendor_number=context.vendor_number or "",
            order_date=day,
            currency=currency,
            lines=tuple(lines),
            source_reference=_reference(order, context),
            posting_date=order.posting_date,
            payment_terms_code=terms,
            pay_to_vendor_number=context.pay_to_vendor_number,
        ),
        notes=tuple(notes),
    )


def _reference(order: PurchaseOrder, context: BookingContext) -> str:
    """Number and revision, by which the ledger's order is found again."""
    revision = f"#{order.revision}" if order.revision is not None else ""
    return source_reference(context.source_label, f"{order.reference}{revision}")


def _order_date(order: PurchaseOrder, context: BookingContext, notes: list[str]) -> date:
    if order.order_date is not None:
        return order.order_date
    changed = order.modified_at.date() if order.modified_at else None
    day = order.posting_date or changed or context.today
    notes.append(f"The order has no date: {day} is used.")
    return day


def _lines(
    order: PurchaseOrder,
    line: OrderLine,
    on: date,
    context: BookingContext,
    reasons: list[Reason],
) -> Iterator[LedgerLine]:
    parts = splits.divide(
        line.coding,
        line.amount,
        order.currency,
        coded_quantity=line.quantity,
        coded_amount=line.amount,
        line=line.number,
        document=order.source_id,
    )
    if not line.coding or isinstance(parts, Reason):
        lacking = reason(
            "mapping_missing/coding",
            kind="ledger account",
            line=line.number,
            document=order.source_id,
        )
        reasons.append(parts if line.coding and isinstance(parts, Reason) else lacking)
        return
    for part, amount in parts:
        coded = translate(part, context.targets, on, line=line.number, document=order.source_id)
        reasons += coded.reasons
        exact = _exact(order, line, amount, context, whole=len(parts) == 1)
        if exact is None:
            reasons.append(_too_fine(order, line))
        elif coded.account is not None:
            yield _ledger_line(line, coded, exact, on, context)


def _exact(
    order: PurchaseOrder,
    line: OrderLine,
    amount: Decimal,
    context: BookingContext,
    *,
    whole: bool,
) -> ExactLine | None:
    """Receipts are counted in the order's quantity, so it is kept wherever the amount allows it."""
    longest = context.length("purchase_order.line.description")
    texts = {"description": line.description, "unit": line.unit, "longest": longest}
    figures = {"quantity": line.quantity, "unit_price": line.unit_price, "amount": amount}
    if not whole:
        return one_piece(**figures, **texts)
    exact = exact_line(**figures, **texts, currency=order.currency)
    if exact is None or not exact.is_one_piece:
        return exact
    net = net_price_line(
        quantity=line.quantity,
        amount=amount,
        currency=order.currency,
        description=line.description,
    )
    return net or exact


def _ledger_line(
    line: OrderLine, coded: Coded, exact: ExactLine, on: date, context: BookingContext
) -> LedgerLine:
    unit = context.targets.table(UNIT_OF_MEASURE).optional(line.unit, on)
    return LedgerLine(
        description=exact.description,
        account=coded.account,
        quantity=exact.quantity,
        unit_price=exact.unit_price,
        unit=None if exact.is_one_piece else unit,
        dimensions=coded.dimensions,
        source_line=line.number,
    )


def _too_fine(order: PurchaseOrder, line: OrderLine) -> Reason:
    return reason(
        "quantity_precision",
        line=line.number,
        decimals=DECIMALS,
        quantity=line.quantity,
        amount=line.amount,
        document=order.source_id,
    )
