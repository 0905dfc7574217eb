"""The Retry-After header: seconds or an HTTP date, as a number of seconds from now."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

LONGEST = 3600.0


def parse_retry_after(
    value: str | None, *, default: float | None = None, now: float | None = None
) -> float | None:
    """Return seconds to wait, between 0 and one hour; `default` when absent or unreadable.

    `now` is seconds since the epoch and is for tests.
    """
    text = (value or "").strip()
    if not text:
        return default
    try:
        seconds = float(text)
    except ValueError:
        try:
            at = parsedate_to_datetime(text).timestamp()
        except (ValueError, TypeError, OverflowError):
            return default
        seconds = at - (time.time() if now is None else now)
    if seconds != seconds:
        return default
    return min(max(seconds, 0.0), LONGEST)
