"""What a run comes to: counts by outcome and sums by currency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

OUTCOMES = (
    "unchanged",
    "written",
    "parked",
    "waiting",
    "rejected",
    "unknown",
    "failed",
    "settled",
    "ignored",
)
_SUMMED = ("written", "parked", "rejected", "unknown", "failed")
# Work that a stopped or failed run left behind is not lost: a later run goes on with it.
_STATE_TO_OUTCOME = {"writing": "waiting", "received": "waiting"}


def outcome_of(decision: str, state: str) -> str:
    """Name the count that a document falls under."""
    if decision == "skip":
        return "unchanged"
    return _STATE_TO_OUTCOME.get(state, state)


def counts(outcomes: Iterable[tuple[str, int]], *, unchanged: int, failed: int) -> dict[str, int]:
    """Sum (outcome, documents) pairs; `read` is the sum of all others."""
    result = dict.fromkeys(OUTCOMES, 0)
    for name, number in outcomes:
        result[name] += number
    result["unchanged"] += unchanged
    result["failed"] += failed
    return {"read": sum(result.values()), **result}


def totals(rows: Iterable[tuple[str, str, Decimal]]) -> list[dict[str, Any]]:
    """Sum (currency, outcome, signed amount) rows by currency, as plain decimal text."""
    sums: dict[str, dict[str, Decimal]] = {}
    for currency, name, amount in rows:
        row = sums.setdefault(currency, dict.fromkeys(("read", *_SUMMED), Decimal(0)))
        row["read"] += amount
        if name in row:
            row[name] += amount
    return [{"currency": currency, **_plain(sums[currency])} for currency in sorted(sums)]


def _plain(row: Mapping[str, Decimal]) -> dict[str, str]:
    return {name: format(amount, "f") for name, amount in row.items()}


def run_state(result: Mapping[str, int]) -> str:
    """`partial`: finished, and some documents were parked, rejected, unknown or failed."""
    trouble = sum(result.get(name, 0) for name in ("parked", "rejected", "unknown", "failed"))
    return "partial" if trouble else "succeeded"
