"""Threads of a worker that are kept for people who wait (reliability 3.6).

Each process counts its own: a fifth of its threads is a fifth of all, however many processes run.
"""

from __future__ import annotations

from functools import cache
from threading import Lock

from django.conf import settings


class Reserve:
    """How many slices of scheduled work a process may have in hand: four fifths of its threads,
    rounded down, at least one."""

    def __init__(self, threads: int) -> None:
        self.most = max(threads * 4 // 5, 1)
        self._held = 0
        self._lock = Lock()

    def take(self) -> bool:
        """Take the right to do scheduled work; False where only interactive work may be done."""
        with self._lock:
            free = self._held < self.most
            self._held += free
        return free

    def give_back(self) -> None:
        with self._lock:
            self._held -= 1


@cache
def reserve() -> Reserve:
    """Return the one of this process."""
    return Reserve(settings.WORKER_THREADS)
