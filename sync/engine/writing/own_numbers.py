"""Vendors that the ledger wants to number itself (NAV contract 4.2).

Whether its series takes numbers of others cannot be read, and the refusal has no code of its own: a
new vendor that was refused with the supplier's ERP number is tried once more without it. Where that
is refused too, the number was not the cause.
"""

from __future__ import annotations

from connectors.base import CREATE
from connectors.errors import ConnectorError, DocumentRefused
from sync.models import Document, Write

NUMBERED = "numbered"  # in a supplier's `match`: whether its new vendor bears its ERP number


def may_be_the_cause(row: Write, error: ConnectorError) -> bool:
    """Whether a new vendor was plainly refused; that it exists already is another matter."""
    return type(error) is DocumentRefused and (row.kind, row.operation) == ("vendor", CREATE)


def give_up(document: Document) -> bool:
    """Let the next decision leave the number to the ledger; False where it did so before, and the
    one after that begins with the number again."""
    match = dict(document.match or {})
    was_numbered = match.pop(NUMBERED, False)
    document.match = {**match, NUMBERED: False} if was_numbered else match
    return bool(was_numbered)


def is_left_to_the_ledger(document: Document) -> bool:
    return (document.match or {}).get(NUMBERED) is False
