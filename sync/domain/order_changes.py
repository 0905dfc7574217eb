"""What a revision changes of an order that stands in the ledger (domain rules 1c).

Pure: what we wrote last and what the newest revision wants give changes of single lines. What was
invoiced through us stays; what the ledger received or invoiced itself it keeps when the change is
carried out, because only then its quantities are known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from decimal import Decimal

from connectors.documents import (
    LedgerLine,
    LedgerOrder,
    LineAction,
    LineChange,
    OrderHeader,
    OrderStanding,
    StandingLine,
)
from sync.domain import money
from sync.domain.money import ZERO
from sync.matching.context import NOTHING, Usage

_ONE = Decimal(1)
_FINEST = Decimal("0.00001")  # decimals of the ledger's quantities

Used = Mapping[int, Usage]  # order line of the source -> what was invoiced through us


def standing_of(order: LedgerOrder) -> OrderStanding:
    """Return what stands after an order was created: its lines follow the reference comment."""
    return OrderStanding(
        vendor_number=order.vendor_number,
        currency=order.currency,
        lines=tuple(
            StandingLine(key=key, place=place, line=line)
            for place, (key, line) in enumerate(_keyed(order.lines), start=1)
        ),
        header=header_of(order),
    )


def header_of(order: LedgerOrder) -> OrderHeader:
    """Return what of an order's header a later revision may change (domain rule 1c, 23)."""
    return OrderHeader(
        order_date=order.order_date,
        posting_date=order.posting_date,
        payment_terms_code=order.payment_terms_code,
    )


def revise(standing: OrderStanding, wanted: LedgerOrder, used: Used) -> tuple[LineChange, ...]:
    """Return the changes that bring what stands to a newer revision; none where nothing differs.

    Vendor and currency are not compared here: with another one it is another order.
    """
    live = {line.key: line for line in standing.lines if not line.retired}
    place = max((line.place for line in standing.lines), default=0)
    changes: list[LineChange] = []
    for key, line in _keyed(wanted.lines):
        line = replace(line, quantity=line.quantity - _retired(standing, key))
        before = live.pop(key, None)
        change = _changed(before, line, key, used, place + 1)
        if change is not None:
            changes.append(change)
            place = change.new_place or place
    gone = [_removed(line, used) for line in live.values()]
    return (*gone, *changes)


def close(standing: OrderStanding, used: Used) -> tuple[LineChange, ...]:
    """Return the changes that leave nothing open: a cancelled order, or one closed short.

    Lines are kept with what was invoiced, so that a reopened order goes on where it ended.
    """
    return tuple(
        change
        for line in standing.lines
        if not line.retired
        for change in [_set(line, replace(line.line, quantity=ZERO), used)]
        if change is not None
    )


def released(standing: OrderStanding, used: Used) -> Decimal:
    """Return the amount that an order still committed when it is closed: what was ordered less
    what was invoiced through us, a price below the order's included (domain rule 1c, 15)."""
    ordered = sum(
        (
            money.multiply(line.line.quantity + line.reduced, line.line.unit_price)
            for line in standing.lines
        ),
        ZERO,
    )
    invoiced = sum((usage.amount for usage in used.values()), ZERO)
    return max(ordered - invoiced, ZERO)


def replacement(
    standing: OrderStanding, wanted: LedgerOrder, used: Used, kept: Mapping[str, Decimal]
) -> LedgerOrder:
    """Return the order that takes the place of one with another vendor or currency.

    What was invoiced through us stays on the old one, and what the ledger is known to have `kept`
    of its lines (domain rules 1c, 10 and 11).
    """
    stays: dict[str, Decimal] = {}
    for line in standing.lines:
        stays[line.key] = stays.get(line.key, ZERO) + taken_of(line, used)
    for key, quantity in kept.items():
        stays[key] = max(stays.get(key, ZERO), quantity)
    left = {key: quantity for key, quantity in stays.items() if quantity}
    lines = tuple(
        replace(line, quantity=line.quantity - stays.get(key, ZERO))
        for key, line in _keyed(wanted.lines)
        if line.quantity > stays.get(key, ZERO)
    )
    return replace(wanted, lines=lines, left=left)


def open_quantity(standing: OrderStanding) -> Decimal:
    """Return the quantity that all live lines together were written with."""
    return sum((line.line.quantity for line in standing.lines if not line.retired), ZERO)


# ------------------------------------------------------------------------------------ lines


def _changed(
    before: StandingLine | None, line: LedgerLine, key: str, used: Used, place: int
) -> LineChange | None:
    if before is None:
        if line.quantity <= ZERO:
            return None
        return LineChange(action=LineAction.ADD, key=key, new_place=place, line=line)
    if _coding(before.line) == _coding(line):
        return _set(before, line, used)
    return LineChange(
        action=LineAction.REPLACE,
        key=key,
        place=before.place,
        new_place=place,
        line=line,
        keep=taken_of(before, used),
    )


def _set(before: StandingLine, line: LedgerLine, used: Used) -> LineChange | None:
    """Change quantity and price, never below what was invoiced (1c, 3 and 4)."""
    keep = taken_of(before, used)
    line = replace(line, quantity=max(line.quantity, keep))
    same = (line.quantity, line.unit_price) == (before.line.quantity, before.line.unit_price)
    if same:
        return None
    return LineChange(
        action=LineAction.SET, key=before.key, place=before.place, line=line, keep=keep
    )


def _removed(before: StandingLine, used: Used) -> LineChange:
    keep = taken_of(before, used)
    return LineChange(action=LineAction.REMOVE, key=before.key, place=before.place, keep=keep)


def taken_of(before: StandingLine, used: Used) -> Decimal:
    """Return how much of a line was invoiced through us, in the ledger's quantity.

    A line that was written as one piece of its amount is used up by amount, any other by quantity.
    """
    line = before.line
    whole = line.quantity + before.reduced
    usage = used.get(line.source_line or 0, NOTHING)
    if whole == _ONE and line.unit_price:
        share = min(money.divide(usage.amount, line.unit_price), _ONE)
        return max(share, ZERO).quantize(_FINEST)
    return max(min(usage.quantity, whole), ZERO)


def _retired(standing: OrderStanding, key: str) -> Decimal:
    kept = (line.line.quantity for line in standing.lines if line.retired and line.key == key)
    return sum(kept, ZERO)


def _coding(line: LedgerLine) -> tuple[object, ...]:
    return (line.account, dict(line.dimensions), line.tax_code)


def _keyed(lines: Iterable[LedgerLine]) -> list[tuple[str, LedgerLine]]:
    """Name each line by the source's line; parts of a split are counted."""
    seen: Counter[str] = Counter()
    keyed = []
    for line in lines:
        name = str(line.source_line or 0)
        seen[name] += 1
        keyed.append((name if seen[name] == 1 else f"{name}.{seen[name]}", line))
    return keyed
