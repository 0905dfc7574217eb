"""What is to be done with one document: a value that the engine stores and carries out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from connectors.documents import LedgerDocument, SupplierChange
from sync.domain.reasons import Reason


class Action(StrEnum):
    CREATE = "create"
    UPDATE = "update"
    SKIP = "skip"
    WAIT = "wait"
    PARK = "park"
    REJECT = "reject"
    SETTLE = "settle"
    IGNORE = "ignore"


_STATES = {
    Action.CREATE: "writing",
    Action.UPDATE: "writing",
    Action.SKIP: "written",
    Action.WAIT: "waiting",
    Action.PARK: "parked",
    Action.REJECT: "rejected",
    Action.SETTLE: "settled",
    Action.IGNORE: "ignored",
}


@dataclass(frozen=True, slots=True)
class Bound:
    """A document that stands in the ledger already, found there: a link and no write."""

    kind: str
    remote_id: str
    number: str


@dataclass(frozen=True, slots=True)
class Taken:
    """What an invoice takes from an order line (a credit note gives back)."""

    order_id: str
    order_line: int
    quantity: Any
    amount: Any


@dataclass(frozen=True, slots=True)
class Decision:
    """One document's decision.

    `effects` are what the ledger is to hold; `bound` is what it holds already. Waiting and parked
    documents carry the reasons. `gives_back`: the source cancelled the document, so that it counts
    against no order and is nobody's original any more.
    """

    action: Action
    reasons: tuple[Reason, ...] = ()
    notes: tuple[Any, ...] = ()
    effects: tuple[LedgerDocument | SupplierChange, ...] = ()
    bound: Bound | None = None
    match: Mapping[str, Any] | None = None
    taken: tuple[Taken, ...] = field(default=())
    gives_back: bool = False

    @property
    def state(self) -> str:
        return _STATES[self.action]


def park(*reasons: Reason, **details: Any) -> Decision:
    return Decision(Action.PARK, tuple(reasons), **details)


def wait(*reasons: Reason, **details: Any) -> Decision:
    return Decision(Action.WAIT, tuple(reasons), **details)
