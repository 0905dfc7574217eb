"""What matching says: data with numbers and the rule, and one sentence for people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from connectors.documents import CodingPart, Invoice
from sync.domain.money import plain
from sync.domain.reasons import Reason
from sync.matching.context import OrderLineKey, Usage


class Basis(StrEnum):
    """How an order line is compared."""

    QUANTITY = "quantity"  # quantity and unit price
    LUMP = "lump"  # one piece: amounts, billed in parts
    MONEY = "money"  # the quantity is the money and the price is 1: amounts


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

    @property
    def key(self) -> OrderLineKey:
        return self.order_id, self.order_line


@dataclass(frozen=True, slots=True)
class Check:
    """One comparison: what was compared with what, under which rule, and whether it held."""

    rule: str
    ok: bool
    numbers: Mapping[str, str]
    order: str = ""
    order_line: int | None = None
    lines: tuple[int, ...] = ()
    limits: str = "default"

    def as_dict(self) -> dict[str, Any]:
        return {
            "rule": self.rule,
            "ok": self.ok,
            "order": self.order,
            "order_line": self.order_line,
            "lines": list(self.lines),
            "limits": self.limits,
            "numbers": dict(self.numbers),
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
                }
                for item in self.allocations
            ],
        }


def sentence_of(
    invoice: Invoice, allocations: tuple[Allocation, ...], reasons: tuple[Reason, ...]
) -> str:
    """Say the result in one sentence with its numbers."""
    if reasons:
        more = len(reasons) - 1
        rest = f" And {more} more reason{'s' if more > 1 else ''}." if more else ""
        return f"Parked: {reasons[0].message}{rest}"
    total = f"{plain(invoice.total)} {invoice.currency}" if invoice.total is not None else "it"
    if not allocations:
        return f"{total} without an order: coded as the document says."
    orders = list(dict.fromkeys(item.order_reference for item in allocations))
    named = ", ".join(orders[:3]) + (f" and {len(orders) - 3} more" if len(orders) > 3 else "")
    lines = len({item.invoice_line for item in allocations})
    return (
        f"{total} fits order{'s' if len(orders) > 1 else ''} {named}:"
        f" {lines} line{'s' if lines > 1 else ''} within every limit."
    )
