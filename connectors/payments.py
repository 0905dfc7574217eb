"""What a ledger says of the payment of invoices and credit notes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Paying(StrEnum):
    """How far an invoice or credit note is paid in the ledger."""

    DRAFT = "draft"  # not posted: nothing to pay yet
    OPEN = "open"
    PART_PAID = "part_paid"
    PAID = "paid"
    CANCELLED = "cancelled"
    GONE = "gone"  # the ledger has it no more


@dataclass(frozen=True, slots=True)
class Booked:
    """A document that stands in the ledger: its kind and id, and what was sent to create it.

    `shares_number`: a document of somebody else stands there under the same number.
    """

    kind: str
    remote_id: str
    content: Mapping[str, Any]
    shares_number: bool = False


@dataclass(frozen=True, slots=True)
class Payment:
    """What the ledger says of a document's payment; `remaining` is not below zero, None unknown."""

    state: Paying
    status: str = ""  # the ledger's own word
    number: str = ""  # as it is now: a draft gets another one when it is posted
    remaining: Decimal | None = None
