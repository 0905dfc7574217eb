"""What an error code of another system means: its cause, who can mend it, and how.

Every code that a connector raises or finds has an entry; connectors add those that only they know
with `add`. Owners: `admin` is the customer's administrator, `it` runs the other system, `finance`
and `procurement` are the customer's, `support` is us, `nobody` means that it passes.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.catalogue import answering, checking, reaching
from connectors.catalogue.explanation import AGAIN, PARKED, STOPPED, Explanation

__all__ = ["AGAIN", "PARKED", "STOPPED", "Explanation", "add", "codes", "explain", "lookup"]

_ENTRIES: dict[str, Explanation] = {
    **reaching.CREDENTIALS,
    **reaching.NETWORK,
    **reaching.FOR_A_WHILE,
    **answering.ANSWERS,
    **answering.DOCUMENTS,
    **answering.OURS,
    **checking.CHECKS,
}
_UNKNOWN = Explanation(
    "Something happened at the other system that this version has no words for.",
    "support",
    "What came back was kept.",
    "Ask support; quote the run or the request id.",
)


def add(entries: Mapping[str, Explanation]) -> None:
    """Add codes that only one connector knows; the common ones keep their words."""
    for code, entry in entries.items():
        _ENTRIES.setdefault(code, entry)


def codes() -> frozenset[str]:
    """Return every code that has words."""
    return frozenset(_ENTRIES)


def lookup(code: str) -> Explanation:
    """Return what a code means; one without an entry leads to support."""
    return _ENTRIES.get(code, _UNKNOWN)


def explain(code: str) -> dict[str, str]:
    """Return cause, owner, next step and fix of a code, as they are stored and shown."""
    entry = lookup(code)
    return {
        "cause": entry.cause,
        "owner": entry.owner,
        "next_step": entry.next_step,
        "fix": entry.fix,
    }
