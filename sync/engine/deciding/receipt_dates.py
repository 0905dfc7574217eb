"""When the ledger received what it received: read for orders where it decides, and no others.

A receipt's line names no line of its order. What the ledger shows of both must agree, and what the
receipts of a line come to must be what the order's line says; else the order counts as undated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from connectors.documents import StandingLine
from connectors.standing import OrderedLine, ReceivedLine
from sync.domain.money import ZERO, divide, multiply
from sync.domain.references import text_key
from sync.matching.context import Receipt

NOT_PUBLISHED = "the ledger does not publish its receipts"
UNCERTAIN = "its receipts cannot be told apart by line"

ByPlace = Mapping[int, Sequence[Receipt]]


def by_place(lines: Iterable[OrderedLine], received: Iterable[ReceivedLine]) -> ByPlace | None:
    """Return the receipts of an order by the place of its lines; None where they do not come to
    what its lines say."""
    ours = {line.place: line for line in lines if line.place > 0}
    named = Counter(_text(line) for line in ours.values())
    unique = {_text(line): line.place for line in ours.values() if named[_text(line)] == 1}
    sums: dict[int, dict[tuple[date, str], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for each in received:
        at_place = ours.get(each.place)
        is_certain = at_place is not None and _text(at_place) == _text(each)
        place = each.place if is_certain else unique.get(_text(each))
        if place is not None:
            sums[place][each.received_on, each.receipt] += each.quantity
    found = {place: _receipts(sums[place]) for place in ours}
    is_whole = all(
        sum((each.quantity for each in found[place]), ZERO) == line.received
        and all(each.quantity > 0 for each in found[place])
        for place, line in ours.items()
    )
    return found if is_whole else None


def of_line(
    parts: Sequence[Sequence[StandingLine]], dated: ByPlace, received: Decimal
) -> Sequence[Receipt] | None:
    """Return the receipts of an order's line, which may have several places in the ledger, in the
    quantity that was ordered; None for a split line, whose parts arrive as they like."""
    if len(parts) > 1:
        return None
    receipts = [each for part in parts for item in part for each in dated.get(item.place, ())]
    whole = sum((each.quantity for each in receipts), ZERO)
    if whole and whole != received:
        receipts = [
            Receipt(each.received_on, divide(multiply(each.quantity, received), whole))
            for each in receipts
        ]
    return sorted(receipts, key=lambda each: each.received_on)


def _text(line: OrderedLine | ReceivedLine) -> tuple[str, str]:
    return text_key(line.account), text_key(line.description)


def _receipts(sums: Mapping[tuple[date, str], Decimal]) -> list[Receipt]:
    """What was undone in a receipt is no receipt any more."""
    return [Receipt(day, quantity) for (day, _), quantity in sorted(sums.items()) if quantity]
