"""What a ledger shows of what stands there: lines of orders and receipts, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class OrderedLine:
    """What the ledger says about one line of an order.

    `place` is that of the line as we wrote it: the reference comment has 0, the n-th line of the
    `LedgerOrder` n, a line that a change added the place it was given; -1 for lines of others.
    """

    place: int
    ordered: Decimal
    received: Decimal
    invoiced: Decimal
    account: str = field(default="", compare=False)
    description: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class ReceivedLine:
    """A line of a posted receipt; `place` is that of the order's line under whose number the ledger
    keeps it, which account and description must confirm."""

    receipt: str
    received_on: date
    place: int
    account: str
    description: str
    quantity: Decimal


class Deviating(StrEnum):
    """How what stands in the ledger differs from what was written there."""

    MISSING = "missing"
    CHANGED = "changed"
    DOUBLED = "doubled"
    CANCELLED = "cancelled"
    TAX_TAKEN_OUT = "tax_taken_out"


@dataclass(frozen=True, slots=True)
class Deviation:
    """One difference: a field with what was written and what the ledger shows, in plain text.

    `records` are the ids of the ledger's records that double ours.
    """

    how: Deviating
    field: str
    ours: str
    theirs: str
    records: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inspection:
    """What the ledger shows of one effect.

    `booked` is what it books (once posted) by ledger account, debits positive; `lines` are an
    order's.
    """

    deviations: tuple[Deviation, ...] = ()
    posted: bool = False
    booked: Mapping[str, Decimal] = field(default_factory=dict)
    lines: tuple[OrderedLine, ...] = ()


@dataclass(frozen=True, slots=True)
class OrderSeen:
    """An order of the ledger, with the natural keys that its texts may stand for."""

    keys: tuple[str, ...]
    remote_id: str
    number: str
