"""Reasons and sums of money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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


def sums(amounts: Mapping[str, Decimal]) -> list[dict[str, str | None]]:
    """Return a sum per currency."""
    return [
        {"currency": currency, "amount": amount_text(amounts[currency], currency)}
        for currency in sorted(amounts)
    ]
