"""What a connection has learned about its server and need not ask again for a while.

Shared by the sessions of one connection in a process. What is kept grows old after an hour, is read
anew by a check, and is forgotten as soon as an answer shows that it no longer holds.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")

MAX_AGE = 3600.0


class Kept:
    """Facts by name; safe to share between threads, each read by one of them."""

    def __init__(
        self, max_age: float = MAX_AGE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._max_age = max_age
        self._clock = clock
        self._facts: dict[str, tuple[float, Any]] = {}
        self._lock = threading.RLock()

    def get(self, name: str, read: Callable[[], T], *, fresh: bool = False) -> T:
        """Return a fact, read unless it is known and neither old nor wanted `fresh`."""
        with self._lock:
            read_at, found = self._facts.get(name, (float("-inf"), None))
            if fresh or self._clock() - read_at > self._max_age:
                found = read()
                self._facts[name] = (self._clock(), found)
            return found

    def forget(self) -> None:
        """Forget everything: an answer shows that the server is not what it was."""
        with self._lock:
            self._facts.clear()
