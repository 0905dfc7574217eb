"""When a client secret ends, and how near that is: days are compared, nothing is read.

Neither system says when a secret ends (a token's `expires_in` is about the token), so a person
enters the day; without one there is nothing to warn of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

OVER = 0
WARN_AHEAD = (1, 7, 30)  # days that are left, the most urgent first


@dataclass(frozen=True, slots=True)
class Expiry:
    """A secret near its end: `threshold` is 30, 7 or 1 (days left, at most) or OVER."""

    until: date  # the last day on which it works
    days_left: int  # 0 on that last day, negative afterwards
    threshold: int

    @property
    def is_over(self) -> bool:
        return self.threshold == OVER

    @property
    def message(self) -> str:
        """Say what is the matter, as the end of a sentence about the secret."""
        if self.is_over:
            return f"its client secret was valid until {_day(self.until)}, which is over"
        if self.days_left == 0:
            return f"its client secret ends today ({_day(self.until)})"
        days = "1 day" if self.days_left == 1 else f"{self.days_left} days"
        return f"its client secret ends in {days}, on {_day(self.until)}"

    @property
    def fix(self) -> str:
        return (
            "Make a new client secret at the other system and enter it with its day under Replace"
            " the secret. If the day is wrong, correct it under Change."
        )


def _day(day: date) -> str:
    """Write a day so that nobody takes the month for the day, as the pages do: 6 Mar 2027."""
    return f"{day.day} {day:%b} {day.year}"


def expiry(until: date | None, today: date) -> Expiry | None:
    """Return the nearest threshold that a secret has reached, None while there is time."""
    if until is None:
        return None
    left = (until - today).days
    if left < 0:
        return Expiry(until, left, OVER)
    reached = next((ahead for ahead in WARN_AHEAD if left <= ahead), None)
    return None if reached is None else Expiry(until, left, reached)
