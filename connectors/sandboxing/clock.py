"""The sandbox's clock: real time, shifted or stopped at will, since tokens and leases expire."""

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Wall clock with an offset in seconds; once frozen it moves by `advance` alone."""

    def __init__(self, offset: float = 0.0) -> None:
        self._offset = offset
        self._frozen_at: float | None = None
        self._lock = threading.Lock()

    def time(self) -> float:
        """Return seconds since the epoch, as the sandbox sees them."""
        base = time.time() if self._frozen_at is None else self._frozen_at
        return base + self._offset

    def now(self) -> datetime:
        """Return the sandbox's present as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Move on (or back) by that many seconds."""
        with self._lock:
            self._offset += seconds

    def set(self, instant: datetime) -> None:
        """Make the given aware instant the present."""
        self.advance(instant.timestamp() - self.time())

    def freeze(self, frozen: bool = True) -> None:
        """Stop the clock where it is, or let it run on from there."""
        with self._lock:
            present = self.time()
            self._frozen_at = time.time() if frozen else None
            self._offset = present - (self._frozen_at or time.time())

    def change(self, wish: dict) -> None:
        """Obey a control request: `offset`, `now` (ISO with zone), `advance`, `freeze`.

        Raises ValueError for an unknown word or a value that is no time.
        """
        unknown = set(wish) - {"offset", "now", "advance", "freeze"}
        if unknown:
            raise ValueError(f"unknown clock settings: {', '.join(sorted(unknown))}")
        if "offset" in wish:
            self.set(datetime.fromtimestamp(time.time() + float(wish["offset"]), UTC))
        if "now" in wish:
            self.set(datetime.fromisoformat(wish["now"]).astimezone(UTC))
        if "advance" in wish:
            self.advance(float(wish["advance"]))
        if "freeze" in wish:
            self.freeze(bool(wish["freeze"]))
