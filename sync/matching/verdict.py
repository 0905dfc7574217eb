"""What matching says: data with numbers and the rule, and one sentence for people."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from connectors.documents import CodingPart, Invoice
from sync.domain.money import Amount, Kept, plain, spoken
from sync.domain.reasons import Reason, jsonable
from sync.matching.context import OrderLineKey, Receipt, Usage

BY_RECEIPT = "receipt"
_TOLD = ("", BY_RECEIPT)

Numbers = Mapping[str, str | Amount]  # as a sentence says them


class Basis(StrEnum):
    """How an order line is compared."""

    QUANTITY = "quantity"  # quantity and unit price
    LUMP = "lump"  # one piece: amounts, billed in parts
    MONEY = "money"  # the quantity is the money and the price is 1: amounts


@dataclass(frozen=True, slots=True)
class ToldApart:
    """How equal order lines were told apart, and the receipts of the chosen one.

    `by` is BY_RECEIPT, else why receipts do not tell: then the expected day and the number do.
    Without it there was nothing to choose by: no two of the lines had anything that was received.
    """

    by: str = ""
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Allocation:
    """A part of an invoice line on one order line; its coding is the order line's."""

    invoice_line: int
    order_id: str
    order_reference: str
    order_line: int
    quantity: Decimal
    amount: Decimal
    basis: Basis
    coding: tuple[CodingPart, ...]
    coded_quantity: Decimal  # of the line that carries the coding
    coded_amount: Decimal
    chosen_by: str  # number | description | split
    told_apart: ToldApart | None = None  # from equal order lines, where there was a choice

    @property
    def key(self) -> OrderLineKey:
        return self.order_id, self.order_line


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what was compared with what, under which rule, and whether it held.

    It is kept with plain numbers, and the names of those that are in the document's currency.
    """

    rule: str
    ok: bool
    said: Numbers
    order: str = ""
    order_line: int | None = None
    lines: tuple[int, ...] = ()
    limits: str = "default"

    @property
    def numbers(self) -> dict[str, str]:
        return jsonable(self.said)

    @property
    def amounts(self) -> list[str]:
        return [name for name, number in self.said.items() if isinstance(number, Amount)]

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "ok": self.ok,
            "order": self.order,
            "order_line": self.order_line,
            "lines": list(self.lines),
            "limits": self.limits,
            "numbers": self.numbers,
            "amounts": self.amounts,
        }


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result for one invoice.

    `usage` is what the invoice takes from order lines (a credit note gives back), empty where the
    document must not count against an order. `waits_for` are ids of documents that are known but
    not in the ledger yet. No reasons means: may be booked.
    """

    allocations: tuple[Allocation, ...] = ()
    reasons: tuple[Reason, ...] = ()
    accepted: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    sentence: str = ""
    usage: Mapping[OrderLineKey, Usage] = field(default_factory=dict)
    waits_for: tuple[str, ...] = ()
    proposals: tuple[str, ...] = ()
    policy_version: str = ""

    @property
    def ok(self) -> bool:
        return not self.reasons

    def as_dict(self) -> dict[str, Any]:
        """The verdict as JSON, as the API shows it under "match"."""
        return {
            "sentence": self.sentence,
            "policy_version": self.policy_version,
            "reasons": [reason.as_dict() for reason in self.reasons],
            "accepted": [reason.as_dict() for reason in self.accepted],
            "notes": list(self.notes),
            "proposed_orders": list(self.proposals),
            "checks": [check.as_dict() for check in self.checks],
            "allocations": [
                {
                    "line": item.invoice_line,
                    "order": item.order_reference,
                    "order_line": item.order_line,
                    "quantity": plain(item.quantity),
                    "amount": plain(item.amount),
                    "basis": item.basis.value,
                    "chosen_by": item.chosen_by,
                    **_told_apart(item),
                }
                for item in self.allocations
            ],
        }


def _told_apart(item: Allocation) -> dict[str, Any]:
    """How equal order lines were told apart, where that decided."""
    told = item.told_apart
    if told is None or not told.by:
        return {}
    receipts = [
        {"received_on": each.received_on.isoformat(), "quantity": plain(each.quantity)}
        for each in told.receipts
    ]
    return {"told_apart_by": told.by, "receipts": receipts}


def choice_words(chosen: Sequence[Allocation]) -> str:
    """Say how a line was put on one of several equal order lines; "" where it had no choice."""
    first, told = chosen[0], chosen[0].told_apart
    place = f"Line {first.invoice_line}, order {first.order_reference}: "
    by = told.by if told else ""
    why = f" In the order in which they were expected, since {by}." if by not in _TOLD else ""
    if len(chosen) > 1:
        return f"{place}{split_words(chosen)}.{why}"
    if told is not None and told.receipts:
        day = told.receipts[0].received_on
        oldest = f"line {first.order_line} has the oldest receipt that is not invoiced ({day})"
        return f"{place}of equal lines, {oldest}."
    return f"{place}line {first.order_line} of equal lines.{why}" if why else ""


def split_words(parts: Sequence[Allocation]) -> str:
    """Say how a line was spread: `3 on line 2 (received 2026-01-05), 5 on line 1`."""
    return ", ".join(
        f"{plain(item.quantity)} on line {item.order_line}{_received(item)}" for item in parts
    )


def _received(item: Allocation) -> str:
    receipts = item.told_apart.receipts if item.told_apart else ()
    days = [each.received_on.isoformat() for each in receipts]
    if len(days) < 2:
        return f" (received {days[0]})" if days else ""
    dated = [f"{plain(each.quantity)} on {day}" for each, day in zip(receipts, days, strict=True)]
    return f" (received {', '.join(dated)})"


def sentence_of(
    invoice: Invoice,
    allocations: tuple[Allocation, ...],
    reasons: tuple[Reason, ...],
    currency: Kept,
) -> str:
    """Say the result in one sentence with its numbers."""
    if reasons:
        more = len(reasons) - 1
        rest = f" And {more} more reason{'s' if more > 1 else ''}." if more else ""
        return f"Parked: {reasons[0].message}{rest}"
    total = "it" if invoice.total is None else spoken(invoice.total, currency)
    if not allocations:
        return f"{total} without an order: coded as the document says."
    orders = list(dict.fromkeys(item.order_reference for item in allocations))
    named = ", ".join(orders[:3]) + (f" and {len(orders) - 3} more" if len(orders) > 3 else "")
    lines = len({item.invoice_line for item in allocations})
    return (
        f"{total} fits order{'s' if len(orders) > 1 else ''} {named}:"
        f" {lines} line{'s' if lines > 1 else ''} within every limit.{_splits(allocations)}"
    )


def _splits(allocations: Sequence[Allocation]) -> str:
    """Say which lines were spread by the days of their receipts."""
    parts: dict[int, list[Allocation]] = defaultdict(list)
    for item in allocations:
        if item.chosen_by == "split" and item.told_apart and item.told_apart.receipts:
            parts[item.invoice_line].append(item)
    return "".join(
        f" Line {line} is spread, the oldest receipt first: {split_words(split)}."
        for line, split in parts.items()
    )
