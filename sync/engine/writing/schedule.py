"""When an unknown outcome is looked up: often at first, then in longer steps."""

from __future__ import annotations

from datetime import timedelta

_PAUSES = (2, 8, 20, 90, 180, 300)  # seconds after the one before: at 2 s, 10 s, 30 s, 2 min ...


def pause_before_look_up(done: int) -> timedelta:
    """Return how long to wait before the next look-up when `done` were made."""
    return timedelta(seconds=_PAUSES[min(done, len(_PAUSES) - 1)])
