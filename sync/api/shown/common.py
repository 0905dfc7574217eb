"""Reasons, sums of money, instants."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from sync.selectors.documents import amount_text

_REASON = ("code", "message", "owner", "fix", "evidence")


def reasons(stored: Iterable[Any]) -> list[dict[str, Any]]:
    """Return reasons as the contract has them, without what they group by."""
    return [
        {name: reason.get(name, {} if name == "evidence" else "") for name in _REASON}
        for reason in stored
        if isinstance(reason, Mapping) and reason.get("code")
    ]


def instant(stored: str) -> str:
    """Write an instant that stored JSON holds as the API writes all of them: in UTC, with Z."""
    at = datetime.fromisoformat(stored).astimezone(UTC)
    return at.isoformat().replace("+00:00", "Z")


def with_instant(stored: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return stored JSON with the instant under this name, if any, as the API writes it."""
    return {**stored, name: instant(stored[name])} if stored.get(name) else dict(stored)


def sums(amounts: Mapping[str, Decimal]) -> list[dict[str, str | None]]:
    """Return a sum per currency."""
    return [
        {"currency": currency, "amount": amount_text(amounts[currency], currency)}
        for currency in sorted(amounts)
    ]
