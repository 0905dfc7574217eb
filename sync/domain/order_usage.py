"""How much of each line of a ledger's order was invoiced through us, in the ledger's quantity.

Pure. Invoices name lines of the source's order; the ledger's order may have several for one: the
parts of a split, a retired line beside the one that took its place. What an order that was made
anew left on the one before was invoiced first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.documents import OrderStanding, StandingLine
from sync.domain import money
from sync.domain.money import ZERO
from sync.matching.context import NOTHING, Usage

_ONE = Decimal(1)
_FINEST = Decimal("0.00001")  # decimals of the ledger's quantities

Used = Mapping[int, Usage]  # order line of the source -> what was invoiced through us


def whole_of(line: StandingLine) -> Decimal:
    """Return the quantity a line was ordered with: what stands and what invoices took off."""
    return line.line.quantity + line.reduced


def taken_by_place(standing: OrderStanding, used: Used) -> Mapping[int, Decimal]:
    """Return what was invoiced through us of each line, by its place; never less than nothing."""
    taken: dict[int, Decimal] = {}
    for number, parts in _by_source_line(standing).items():
        usage = used.get(number, NOTHING)
        by_amount = _share_of_amount(standing, parts, usage)
        for key, lines in parts.items():
            ordered = _ordered(standing, key, lines)
            rest = usage.quantity if by_amount is None else by_amount * ordered
            rest = max(min(rest, ordered), ZERO) - standing.left.get(key, ZERO)
            taken |= _spread(_in_ledger(max(rest, ZERO)), lines)
    return taken


def _in_ledger(quantity: Decimal) -> Decimal:
    """Return a quantity as the ledger keeps it, without the zeros that storing it added."""
    return Decimal(format(quantity.quantize(_FINEST).normalize(), "f"))


def _spread(rest: Decimal, lines: Sequence[StandingLine]) -> Mapping[int, Decimal]:
    """Give each retired line what it was kept for, the live one the rest, and what is more than
    that one was ordered with to the retired ones."""
    room = {line.place: whole_of(line) for line in lines}
    kept = [(line.place, line.accounted) for line in lines if line.retired]
    live = [(line.place, whole_of(line)) for line in lines if not line.retired]
    taken = dict.fromkeys(room, ZERO)
    for place, most in (*kept, *live, *room.items()):
        part = min(rest, most, room[place])
        taken[place] += part
        room[place] -= part
        rest -= part
    return taken


def _by_source_line(standing: OrderStanding) -> Mapping[int, Mapping[str, Sequence[StandingLine]]]:
    found: dict[int, dict[str, list[StandingLine]]] = defaultdict(lambda: defaultdict(list))
    for line in standing.lines:
        found[line.line.source_line or 0][line.key].append(line)
    return found


def _ordered(standing: OrderStanding, key: str, lines: Sequence[StandingLine]) -> Decimal:
    return sum((whole_of(line) for line in lines), standing.left.get(key, ZERO))


def _share_of_amount(
    standing: OrderStanding, parts: Mapping[str, Sequence[StandingLine]], usage: Usage
) -> Decimal | None:
    """Return the share that is used up of a line that was written as one piece of its amount, or
    as one for each part of its split; None where the ledger counts in the order's quantity."""
    amount = ZERO
    for key, lines in parts.items():
        if _ordered(standing, key, lines) != _ONE:
            return None
        amount += lines[-1].line.unit_price
    if not amount:
        return None
    share = min(money.divide(usage.amount, amount), _ONE)
    return max(share, ZERO)
