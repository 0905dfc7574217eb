"""Who wants to know that a connection works again: the apps whose work stopped because of it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

Listener = Callable[[UUID], None]
_listeners: list[Listener] = []


def when_mended(listener: Listener) -> Listener:
    """Register a function of a connection's id; it runs inside the tenant's scope and in the
    transaction that mends the connection."""
    if listener not in _listeners:
        _listeners.append(listener)
    return listener


def tell_mended(connection_id: UUID) -> None:
    """Say that a connection has new credentials, or passed its check after needing attention."""
    for listener in _listeners:
        listener(connection_id)
