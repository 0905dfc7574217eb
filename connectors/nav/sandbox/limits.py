"""Rate and concurrency per user: 429 over the rate or a full queue, 503 after waiting (6)."""

from __future__ import annotations

import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.nav.sandbox.errors import NavError, too_many
from connectors.nav.sandbox.switches import Switches
from connectors.sandboxing.clock import Clock


class Limits:
    """Counts requests per user; the window is on the sandbox's clock, waiting is real time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free = threading.Condition()
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._running: dict[str, int] = defaultdict(int)
        self._waiting: dict[str, int] = defaultdict(int)

    @contextmanager
    def slot(self, user: str, switches: Switches) -> Iterator[None]:
        """Take one of the user's slots for the time of a request; NavError 429 or 503."""
        retry = switches.retry_after_on_429
        headers = {"Retry-After": retry} if retry else None
        with self._free:
            if not self._within_rate(user, switches):
                raise too_many(headers)
            if self._running[user] >= switches.max_concurrent:
                if self._waiting[user] >= switches.max_queue:
                    raise too_many(headers)
                self._wait(user, switches)
            self._running[user] += 1
        try:
            yield
        finally:
            with self._free:
                self._running[user] -= 1
                self._free.notify_all()

    def _within_rate(self, user: str, switches: Switches) -> bool:
        if not switches.rate_limit:
            return True
        now, recent = self._clock.time(), self._recent[user]
        while recent and recent[0] <= now - switches.rate_window:
            recent.popleft()
        if len(recent) >= switches.rate_limit:
            return False
        recent.append(now)
        return True

    def _wait(self, user: str, switches: Switches) -> None:
        until = time.monotonic() + switches.queue_seconds
        self._waiting[user] += 1
        try:
            while self._running[user] >= switches.max_concurrent:
                left = until - time.monotonic()
                if left <= 0:
                    raise NavError(
                        503,
                        "Internal_TenantUnavailable",
                        "The request waited too long in the queue.",
                        {"Retry-After": "10"},
                    )
                self._free.wait(left)
        finally:
            self._waiting[user] -= 1
