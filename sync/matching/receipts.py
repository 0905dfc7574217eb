"""What was received of order lines and when: first in, first out, and spread over equal lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from connectors.documents import OrderLine
from sync.domain.money import ZERO
from sync.matching.context import OrderLineKey, Receipt

_NEVER = date.max


@dataclass(frozen=True, slots=True)
class Arrivals:
    """What the ledger received on order lines, and when; nothing of it where nobody asked.

    `undated` says of an order why its receipts cannot be put into an order of time.
    """

    received: Mapping[OrderLineKey, Decimal] = field(default_factory=dict)
    receipts: Mapping[OrderLineKey, Sequence[Receipt]] = field(default_factory=dict)
    undated: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """How much an order line can take, with its receipts that are not invoiced yet."""

    line: OrderLine
    quantity: Decimal
    receipts: Sequence[Receipt] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What falls on one order line, and the receipts that it is of."""

    line: OrderLine
    quantity: Decimal
    receipts: tuple[Receipt, ...] = ()


def not_invoiced(receipts: Iterable[Receipt], invoiced: Decimal) -> tuple[Receipt, ...]:
    """Leave what invoices did not take yet: what came in first went out first."""
    left, gone = [], max(invoiced, ZERO)
    for receipt in sorted(receipts, key=lambda each: each.received_on):
        taken = min(receipt.quantity, gone)
        gone -= taken
        if receipt.quantity > taken:
            left.append(Receipt(receipt.received_on, receipt.quantity - taken))
    return tuple(left)


def oldest(receipts: Sequence[Receipt]) -> date:
    """The day of the oldest receipt; without one it comes after every other."""
    return min((each.received_on for each in receipts), default=_NEVER)


def spread(wanted: Decimal, rooms: Sequence[Room]) -> list[Part]:
    """Spread a quantity: over the oldest receipts first; what no receipt tells apart by the day on
    which the lines were expected, then by their number. The parts stand in that order too."""
    taken: dict[int, Decimal] = {}
    receipts: dict[int, tuple[Receipt, ...]] = {}
    for room, receipt in _offers(rooms):
        number = room.line.number
        free = room.quantity - taken.get(number, ZERO)
        part = min(wanted, free if receipt is None else min(free, receipt.quantity))
        if part <= 0:
            continue
        wanted -= part
        taken[number] = taken.get(number, ZERO) + part
        if receipt is not None:
            dated = Receipt(receipt.received_on, part)
            receipts[number] = (*receipts.get(number, ()), dated)
    lines = {room.line.number: room.line for room in rooms}
    return [Part(lines[number], part, receipts.get(number, ())) for number, part in taken.items()]


def _offers(rooms: Sequence[Room]) -> Iterator[tuple[Room, Receipt | None]]:
    """Yield each receipt with its line, the oldest first, then each line for what is left of it."""
    in_turn = sorted(rooms, key=lambda room: (room.line.requested_on or _NEVER, room.line.number))
    dated = [(room, receipt) for room in in_turn for receipt in room.receipts]
    yield from sorted(dated, key=lambda offer: offer[1].received_on)
    yield from ((room, None) for room in in_turn)
