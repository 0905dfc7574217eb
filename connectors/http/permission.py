"""The last question before a change leaves: may it still be sent, and be answered in time?

Between the decision to send and the first byte lie waits of unknown length: for a slot, for budget,
for a token. Whoever sends on borrowed time (a worker with a lease) states here how to ask.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from connectors.errors import TemporaryError

HeldFor = Callable[[float], bool]
_held_for: ContextVar[HeldFor | None] = ContextVar("held_for", default=None)


@contextmanager
def only_while(held_for: HeldFor) -> Iterator[None]:
    """Let changes leave this thread only while `held_for(seconds)` says yes."""
    token = _held_for.set(held_for)
    try:
        yield
    finally:
        _held_for.reset(token)


def require(seconds: float) -> None:
    """Raise TemporaryError (code `lease`) when a request of that length would outlast the lease.

    Nothing was sent then. Without `only_while` everything may leave.
    """
    held_for = _held_for.get()
    if held_for is not None and not held_for(seconds):
        raise TemporaryError("The worker's lease was too short to send safely.", code="lease")
