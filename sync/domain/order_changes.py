"""What a revision changes of an order that stands in the ledger (domain rules 1c).

Pure: what we wrote last and what the newest revision wants give changes of single lines. What was
invoiced through us stays, or is taken off where the policy reduces orders after their invoices;
what the ledger received or invoiced itself it keeps when the change is carried out, because only
then its quantities are known.

`used` is what invoices took that stand or are on their way, `written` what those took that stand:
with it the open quantity is lowered by as much, without it what was taken off before stays so.
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
from sync.domain.order_usage import Used, taken_by_place, whole_of


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
        left=order.left,
    )


def header_of(order: LedgerOrder) -> OrderHeader:
    """Return what of an order's header a later revision may change (domain rule 1c, 23)."""
    return OrderHeader(
        order_date=order.order_date,
        posting_date=order.posting_date,
        payment_terms_code=order.payment_terms_code,
    )


def revise(
    standing: OrderStanding, wanted: LedgerOrder, used: Used, *, written: Used | None = None
) -> tuple[LineChange, ...]:
    """Return the changes that bring what stands to a newer revision; none where nothing differs.

    Vendor and currency are not compared here: with another one it is another order.
    """
    live = {line.key: line for line in standing.lines if not line.retired}
    place = max((line.place for line in standing.lines), default=0)
    invoiced = _Invoiced(standing, used, written)
    changes: list[LineChange] = []
    for key, line in _keyed(wanted.lines):
        line = replace(line, quantity=line.quantity - _elsewhere(standing, key))
        before = live.pop(key, None)
        change = _changed(before, line, key, invoiced, place + 1)
        if change is not None:
            changes.append(change)
            place = change.new_place or place
    gone = [_removed(line, invoiced) for line in live.values()]
    return (*gone, *changes)


def close(
    standing: OrderStanding, used: Used, *, written: Used | None = None
) -> tuple[LineChange, ...]:
    """Return the changes that leave nothing open: a cancelled order, or one closed short.

    Lines are kept with what was invoiced, so that a reopened order goes on where it ended.
    """
    invoiced = _Invoiced(standing, used, written)
    found = (
        _set(line, replace(line.line, quantity=invoiced.off(line)), invoiced)
        for line in standing.lines
        if not line.retired
    )
    return tuple(change for change in found if change is not None)


def reduce(standing: OrderStanding, written: Used) -> tuple[LineChange, ...]:
    """Return the changes that take off what was invoiced through us since, or give back what was
    credited; none where each line accounts for all of it, though the ledger kept more."""
    invoiced = _Invoiced(standing, written, written)
    found = (
        _set(line, replace(line.line, quantity=whole_of(line)), invoiced)
        for line in standing.lines
        if not line.retired and invoiced.accounted(line) != line.accounted
    )
    return tuple(change for change in found if change is not None)


def released(standing: OrderStanding, used: Used) -> Decimal:
    """Return the amount that an order still committed when it is closed: what was ordered less
    what was invoiced through us, a price below the order's included (domain rule 1c, 15)."""
    ordered = sum(
        (money.multiply(whole_of(line), line.line.unit_price) for line in standing.lines),
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
    stays = dict(standing.left)
    taken = taken_by_place(standing, used)
    for line in standing.lines:
        stays[line.key] = stays.get(line.key, ZERO) + taken[line.place]
    for key, quantity in kept.items():
        stays[key] = max(stays.get(key, ZERO), quantity)
    left = {key: quantity for key, quantity in stays.items() if quantity}
    lines = tuple(
        replace(line, quantity=line.quantity - stays.get(key, ZERO))
        for key, line in _keyed(wanted.lines)
        if line.quantity > stays.get(key, ZERO)
    )
    return replace(wanted, lines=lines, left=left)


# Lines.


class _Invoiced:
    """What invoices took from the lines of what stands, and what of it is to be taken off."""

    def __init__(self, standing: OrderStanding, used: Used, written: Used | None) -> None:
        self._taken = taken_by_place(standing, used)
        self._written = None if written is None else taken_by_place(standing, written)

    def off(self, line: StandingLine) -> Decimal:
        """Return how much of a line's quantity is to be taken off."""
        return line.reduced if self._written is None else self._written[line.place]

    def keep(self, line: StandingLine) -> Decimal:
        """Return what must stay of a line because it was invoiced and is not taken off."""
        kept = self._taken[line.place] - self.off(line)
        return kept if kept > ZERO else ZERO

    def accounted(self, line: StandingLine) -> Decimal:
        """Return what of a line is accounted for once it was changed."""
        return line.accounted if self._written is None else self._written[line.place]


def _changed(
    before: StandingLine | None, line: LedgerLine, key: str, invoiced: _Invoiced, place: int
) -> LineChange | None:
    """Change, add or recode a line; `line` has the whole quantity that is ordered with it."""
    if before is None:
        if line.quantity <= ZERO:
            return None
        return LineChange(action=LineAction.ADD, key=key, new_place=place, line=line)
    if _coding(before.line) == _coding(line):
        return _set(before, line, invoiced)
    off = invoiced.off(before)
    if line.quantity <= off:  # nothing is left that could be coded otherwise
        as_coded = replace(before.line, quantity=line.quantity, unit_price=line.unit_price)
        return _set(before, as_coded, invoiced)
    return LineChange(
        action=LineAction.REPLACE,
        key=key,
        place=before.place,
        new_place=place,
        line=replace(line, quantity=line.quantity - off),
        keep=invoiced.keep(before),
        reduced=off,
        accounted=invoiced.accounted(before),
    )


def _set(before: StandingLine, line: LedgerLine, invoiced: _Invoiced) -> LineChange | None:
    """Change quantity and price, never below what was invoiced (1c, 3 and 4)."""
    off, keep, accounted = invoiced.off(before), invoiced.keep(before), invoiced.accounted(before)
    line = replace(line, quantity=max(line.quantity - off, keep))
    wanted = (line.quantity, line.unit_price, line.quantity + off, accounted)
    stands = (before.line.quantity, before.line.unit_price, whole_of(before), before.accounted)
    if wanted == stands:
        return None
    return LineChange(
        action=LineAction.SET,
        key=before.key,
        place=before.place,
        line=line,
        keep=keep,
        reduced=off,
        accounted=accounted,
    )


def _removed(before: StandingLine, invoiced: _Invoiced) -> LineChange:
    return LineChange(
        action=LineAction.REMOVE, key=before.key, place=before.place, keep=invoiced.keep(before)
    )


def _elsewhere(standing: OrderStanding, key: str) -> Decimal:
    """Return what of a line is ordered on another one: retired, or of the order before."""
    retired = (whole_of(line) for line in standing.lines if line.retired and line.key == key)
    return sum(retired, standing.left.get(key, ZERO))


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
