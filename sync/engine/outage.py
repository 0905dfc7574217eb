"""Tells operators why no work gets done: the database takes no more rows.

Rows cannot say it, and reads go on well; so it lies in the cache, where `/health/ready` and the
metrics look, until a slice has gone well again.
"""

from __future__ import annotations

from contextlib import suppress

from django.core.cache import cache
from django.db import OperationalError

_KEY = "database.disk_full"
_DISK_FULL = "53100"  # PostgreSQL's `disk_full`
_KEPT_SECONDS = 900  # longer than the longest pause after a failure


def note(error: Exception) -> None:
    """Keep an error of the database, if it is that its disk is full."""
    if isinstance(error, OperationalError) and _state_of(error) == _DISK_FULL:
        with suppress(Exception):  # the cache may lie in that same database
            cache.set(_KEY, True, _KEPT_SECONDS)


def over() -> None:
    """Forget it: a slice has gone well."""
    with suppress(Exception):
        cache.delete(_KEY)


def is_disk_full() -> bool:
    """Whether the last slices failed because the database's disk was full."""
    with suppress(Exception):
        return bool(cache.get(_KEY))
    return False


def _state_of(error: OperationalError) -> str:
    return str(getattr(error.__cause__, "sqlstate", None) or "")
