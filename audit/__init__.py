"""What happened, for good: `audit.record(...)` is the one way in."""

from audit.record import record

__all__ = ["record"]
