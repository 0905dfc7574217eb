"""The events of one transaction, kept together until just before its commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import connection, transaction


class OutsideScope(RuntimeError):
    """An audit event was recorded, or asked for, where no tenant is known."""


@dataclass(slots=True, eq=False)
class PendingEvent:
    """An event waiting for the end of its transaction.

    It is also an on-commit callback that does nothing: Django forgets the callbacks of a savepoint
    that is rolled back, and so we learn that the effect which the event tells of never happened.
    """

    values: dict[str, Any]

    def __call__(self) -> None:
        return None


@dataclass(slots=True)
class Block:
    """The events of one transaction of a tenant, kept until they are chained at its end."""

    tenant_id: UUID
    events: list[PendingEvent] = field(default_factory=list)

    def add(self, values: dict[str, Any]) -> None:
        event = PendingEvent(values)
        transaction.on_commit(event)
        self.events.append(event)

    def standing(self) -> list[dict[str, Any]]:
        """Return the events whose savepoint was not rolled back, in the order recorded."""
        alive = {id(callback) for _, callback, _ in connection.run_on_commit}
        return [event.values for event in self.events if id(event) in alive]


_current: ContextVar[Block | None] = ContextVar("audit_block", default=None)


def current_block() -> Block:
    """Return the block of the open scope; raises OutsideScope where there is none."""
    block = _current.get()
    if block is None:
        raise OutsideScope("audit events exist inside tenant_scope only")
    return block


@contextmanager
def collecting(tenant_id: UUID) -> Iterator[None]:
    """Collect the events recorded inside and append them, as one block, at the end."""
    from audit.append import append  # models are not loaded yet when this module is imported

    block = Block(tenant_id)
    token = _current.set(block)
    try:
        yield
        append(tenant_id, block.standing())
    finally:
        _current.reset(token)
