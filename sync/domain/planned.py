"""What a decision would write, as an accountant reads it: accounts, dimensions, amounts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from connectors.documents import (
    JournalEntry,
    JournalLine,
    LedgerDocument,
    LedgerInvoice,
    LedgerLine,
    LedgerOrder,
    LedgerOrderChange,
    LedgerVendor,
    Resource,
    SupplierChange,
)
from sync.domain import money

_MOST_LINES = 8  # of each ledger document; a person looks, the requests hold them all

Planned = dict[str, Any]


def planned_of(effects: Iterable[LedgerDocument | SupplierChange]) -> list[Planned]:
    """Return each ledger document of a decision with its first lines: JSON."""
    return [_planned(effect) for effect in effects]


def _planned(effect: LedgerDocument | SupplierChange) -> Planned:
    match effect:
        case LedgerVendor():
            kind = "vendor_change" if effect.remote_id else "vendor"
            return {"kind": kind, "vendor": effect.number or "", "name": effect.name}
        case SupplierChange():
            return {"kind": "supplier", "fields": dict(effect.fields)}
        case JournalEntry():
            return {"kind": "journal", "batch": effect.batch, **_lines(effect.lines, None)}
        case LedgerInvoice():
            is_credit = effect.resource is Resource.CREDIT_NOTE
            kind = "purchase_credit_memo" if is_credit else "purchase_invoice"
            return _to_vendor(kind, effect)
        case LedgerOrder():
            return _to_vendor("purchase_order", effect)
        case LedgerOrderChange():
            lines = [change.line for change in effect.changes if change.line is not None]
            return {"kind": "order_change", **_lines(lines, effect.standing.currency)}


def _to_vendor(kind: str, effect: LedgerInvoice | LedgerOrder) -> Planned:
    return {"kind": kind, "vendor": effect.vendor_number, **_lines(effect.lines, effect.currency)}


def _lines(lines: Sequence[LedgerLine | JournalLine], currency: str | None) -> Planned:
    """Return the first lines that book something; comments are no lines to an accountant."""
    booked = [line for line in lines if line.account]
    shown = [_line(line, currency) for line in booked[:_MOST_LINES]]
    return {"currency": currency or "", "lines": shown, "more": len(booked) - len(shown)}


def _line(line: LedgerLine | JournalLine, currency: str | None) -> Planned:
    return {
        "account": line.account,
        "dimensions": dict(line.dimensions),
        "text": line.description,
        "amount": str(_amount(line, currency)),
    }


def _amount(line: LedgerLine | JournalLine, currency: str | None) -> Decimal:
    if isinstance(line, JournalLine):
        return line.amount
    return money.round_amount(line.quantity * line.unit_price, currency)
