"""The ledger's notifications."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sync.selectors.webhooks import Notifications, SubscriptionView, Trouble

_COLUMNS = (
    "resource",
    "state",
    "expires_at",
    "renew_at",
    "checked_at",
    "losses",
    "notices",
    "last_notice_at",
    "measured_until",
    "changes_seen",
    "changes_missed",
    "silent_since",
)


def webhooks(found: Notifications) -> dict[str, Any]:
    """Return how notifications stand; neither the address nor the shared state is ever shown."""
    return {
        "enabled": found.enabled,
        "state": found.state.value,
        "error": _trouble(found.trouble),
        "subscriptions": [_subscription(one) for one in found.subscriptions],
    }


def _subscription(one: SubscriptionView) -> dict[str, Any]:
    return {
        **{name: getattr(one.row, name) for name in _COLUMNS},
        "flow": one.row.flow_name,
        "error": _trouble(one.trouble),
    }


def _trouble(found: Trouble | None) -> dict[str, Any] | None:
    return asdict(found) if found else None
