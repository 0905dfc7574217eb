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
        frozen_at = self._frozen_at
        return time.time() + self._offset if frozen_at is None else frozen_at

    def now(self) -> datetime:
        """Return the sandbox's present as an aware datetime in UTC."""
        return datetime.fromtimestamp(self.time(), UTC)

    def advance(self, seconds: float) -> None:
        """Move on (or back) by that many seconds."""
        with self._lock:
            self._place(self.time() + seconds)

    def set(self, instant: datetime) -> None:
        """Make the given aware instant the present."""
        with self._lock:
            self._place(instant.timestamp())

    def freeze(self, frozen: bool = True) -> None:
        """Stop the clock where it is, or let it run on from there."""
        with self._lock:
            present = self.time()
            self._frozen_at = present if frozen else None
            self._place(present)

    def _place(self, present: float) -> None:
        if self._frozen_at is None:
            self._offset = present - time.time()
        else:
            self._frozen_at = present

    def change(self, wish: dict) -> None:
        """Obey a control request: `offset`, `now` (ISO with zone), `advance`, `freeze`.

        Raises ValueError for an unknown word or a value that is no time.
        """
        unknown = set(wish) - {"offset", "now", "advance", "freeze"}
        if unknown:
            raise ValueError(f"unknown clock settings: {', '.join(sorted(unknown))}")
        if "freeze" in wish:
            self.freeze(bool(wish["freeze"]))
        if "offset" in wish:
            self.set(datetime.fromtimestamp(time.time() + float(wish["offset"]), UTC))
        if "now" in wish:
            self.set(datetime.fromisoformat(wish["now"]).astimezone(UTC))
        if "advance" in wish:
            self.advance(float(wish["advance"]))
