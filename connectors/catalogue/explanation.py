"""The shape of an entry, and the sentences that many entries share."""

from __future__ import annotations

from dataclasses import dataclass

STOPPED = "The run ended. Nothing was lost; it goes on once this is put right."
AGAIN = "We try again by ourselves, at the latest at the next scheduled run."
FOUND_OUT = "We look the document up before anything else is sent."
PARKED = "The document waits for review; the others went on."


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a code means; `owner` is admin, it, finance, procurement, support or nobody."""

    cause: str
    owner: str
    next_step: str  # what we do by ourselves
    fix: str  # what the owner does; empty where nothing is to be done
