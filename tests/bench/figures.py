"""One measured figure, compared with what was measured before and with what it should be."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Mark:
    """What a figure is held against: `base` was measured on two busy cores, `goal` must hold."""

    unit: str
    base: float
    goal: float
    is_rate: bool = False  # more is better


MARKS = {
    "nav_calls_per_order": Mark("calls", 0.04, 1),
    "nav_calls_per_invoice": Mark("calls", 0.08, 1),
    "nav_calls_per_order_with_line_dimensions": Mark("calls", 1.7, 2),
    "nav_calls_per_invoice_with_journal_and_line_dimensions": Mark("calls", 3.7, 4),
    # The shape of the ledger for each flow; the vendors that changed there for the suppliers.
    "nav_calls_of_an_empty_poll": Mark("calls per flow", 1.34, 1.34),
    "nav_calls_for_unchanged_documents": Mark("calls", 0, 0),
    "jaggaer_calls_of_an_empty_poll": Mark("calls per flow", 1, 1),
    "queries_per_order": Mark("queries", 12, 16),
    "queries_per_invoice": Mark("queries", 25, 32),
    "orders_seconds": Mark("s", 75, 120),
    "invoices_seconds": Mark("s", 120, 240),
    "peak_memory": Mark("MB", 165, 300),
    "audit_million_verified_seconds": Mark("s", 30, 60),
    "audit_million_standalone_seconds": Mark("s", 30, 60),
    "rotation_of_10000_secrets_seconds": Mark("s", 15, 60),
    # From NAV's notice to the source's yes, by web, beat and workers as processes of their own.
    "hold_after_notice_seconds": Mark("seconds", 2.3, 5),
    "labelled_invoices_matched": Mark("invoices/s", 1750, 1000, is_rate=True),
}


@dataclass(frozen=True)
class Figure:
    """A line of `make bench`."""

    name: str
    value: float
    unit: str
    base: float
    goal: float
    ok: bool

    def __str__(self) -> str:
        return json.dumps(asdict(self))


def figure(name: str, value: float, *, share: float = 1.0) -> Figure:
    """Hold a value against its mark; raises KeyError for a name that has none.

    `share` is how much of the full work was done: figures in seconds and their marks shrink with
    it.
    """
    mark = MARKS[name]
    scale = share if mark.unit == "s" else 1.0
    goal = round(mark.goal * scale, 3)
    shown = round(value, 3)
    ok = shown >= goal if mark.is_rate else shown <= goal
    return Figure(name, shown, mark.unit, round(mark.base * scale, 3), goal, ok)
