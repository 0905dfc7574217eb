"""How much we ask of one principal at the other side: requests per second and at a time.

The bucket waits briefly for its own budget, never for the other side's Retry-After: while that
runs, every caller is told at once, so that no worker sleeps through it. This one lives in one
process; one that several processes share implements the same protocol.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

from connectors.errors import RateLimited


class Throttle(Protocol):
    def slot(self, seconds: float = 0) -> AbstractContextManager[None]:
        """Hold one of the parallel places for a request that takes up to `seconds`; raises
        RateLimited instead of waiting long."""

    def repeat(self) -> None:
        """Take one repetition of a failed request from its budget; raises RateLimited."""

    def limited(self, seconds: float) -> None:
        """Take note that the other side asked us to wait."""


class LocalThrottle:
    """A token bucket with a cap of requests in flight.

    Each 429 halves the rate; every minute without one gives a request per second back. `patience`
    is how many seconds a caller waits for our own budget.
    """

    def __init__(
        self,
        *,
        per_second: float,
        max_parallel: int,
        burst: float | None = None,
        patience: float = 30.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._full_rate = per_second
        self._rate = per_second
        self._burst = max(1.0, burst if burst is not None else per_second)
        self._max_parallel = max_parallel
        self._patience = patience
        self._clock = clock
        self._budget = self._burst
        self._counted_at = clock()
        self._in_flight = 0
        self._paused_until = 0.0
        self._changed = threading.Condition()

    @property
    def rate(self) -> float:
        """Requests per second allowed at present."""
        with self._changed:
            self._refill()
            return self._rate

    @contextmanager
    def slot(self, seconds: float = 0) -> Iterator[None]:
        with self._changed:
            self._take(self._clock() + self._patience)
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._changed.notify()

    def repeat(self) -> None:
        """Nothing is counted here: who repeats much shares his budget with other processes."""

    def limited(self, seconds: float) -> None:
        with self._changed:
            self._refill()
            self._rate = max(self._rate / 2, min(self._full_rate, 0.1))
            self._budget = 0.0
            self._paused_until = max(self._paused_until, self._clock() + seconds)
            self._changed.notify_all()

    def _take(self, give_up_at: float) -> None:
        while True:
            self._refill()
            now = self._clock()
            if now < self._paused_until:
                raise RateLimited(
                    "The other system asked us to wait.", retry_after=self._paused_until - now
                )
            free = self._in_flight < self._max_parallel
            if free and self._budget >= 1.0:
                self._budget -= 1.0
                self._in_flight += 1
                return
            wait = (1.0 - self._budget) / self._rate if free else give_up_at - now
            if now >= give_up_at or now + wait > give_up_at:
                raise RateLimited(
                    "Our own request budget for this system is used up for the moment.",
                    code="own_budget",
                    retry_after=max(wait, 1.0),
                )
            self._changed.wait(max(wait, 0.001))

    def _refill(self) -> None:
        now = self._clock()
        passed = max(0.0, now - self._counted_at)
        self._counted_at = now
        self._budget = min(self._burst, self._budget + passed * self._rate)
        if now >= self._paused_until:
            self._rate = min(self._full_rate, self._rate + passed / 60)
