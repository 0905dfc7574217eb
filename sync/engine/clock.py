"""The clock that leases, fences and look-ups go by."""

from __future__ import annotations

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """Return the database's clock, inside a transaction its start: a worker's own may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        return cursor.fetchone()[0]
