"""Where access tokens are kept, and how exactly one of many workers fetches the next.

The in-memory store serves one process; one that several processes share implements the same
protocol with a row lock.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """An access token; instants are seconds since the epoch by our own clock of receipt."""

    value: str = field(repr=False)
    refresh_at: float
    expires_at: float


class TokenStore(Protocol):
    """Shared memory of tokens. `key` names the principal and changes with its secret."""

    def current(self, key: str) -> Token | None:
        """The newest token, expired or not."""

    def renew(self, key: str, stale: Token | None, fetch: Callable[[], Token]) -> Token:
        """Replace `stale` with a fetched token, or return the one that replaced it already.

        However many callers hold the same stale token, `fetch` runs once; its exception reaches
        every one of them.
        """


class MemoryTokenStore:
    """Tokens of this process; callers that come while a fetch runs wait for its result."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tokens: dict[str, Token] = {}
        self._running: dict[str, Future[Token]] = {}

    def current(self, key: str) -> Token | None:
        with self._lock:
            return self._tokens.get(key)

    def renew(self, key: str, stale: Token | None, fetch: Callable[[], Token]) -> Token:
        with self._lock:
            known = self._tokens.get(key)
            if known is not None and (stale is None or known.value != stale.value):
                return known
            running = self._running.get(key)
            mine = running is None
            if running is None:
                running = self._running[key] = Future()
        if mine:
            self._fetch(key, running, fetch)
        return running.result()

    def _fetch(self, key: str, running: Future[Token], fetch: Callable[[], Token]) -> None:
        try:
            token = fetch()
        except BaseException as error:
            with self._lock:
                del self._running[key]
            running.set_exception(error)
            return
        with self._lock:
            self._tokens[key] = token
            del self._running[key]
        running.set_result(token)
