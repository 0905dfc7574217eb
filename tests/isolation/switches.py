"""Each wall taken away for a test: the managers' filter, and row-level security.

What stands on two walls must stand on either of them; with both away it must fall, or the tests
that lean on it prove nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.db import connection, models

from audit.models import ScopedManager
from tenants.scoping import TenantManager


@contextmanager
def without_filter() -> Iterator[None]:
    """Let managers answer with the rows of all tenants, as if somebody forgot the filter."""
    with pytest.MonkeyPatch.context() as patch:
        for manager in (TenantManager, ScopedManager):
            patch.setattr(manager, "get_queryset", models.Manager.get_queryset)
        yield


@contextmanager
def without_policies() -> Iterator[None]:
    """Switch row-level security off on every table, within the transaction of the test."""
    with connection.cursor() as cursor:
        cursor.execute("set role none; set constraints all immediate")
        cursor.execute("select relname from pg_class where relrowsecurity and relkind = 'r'")
        tables = [name for (name,) in cursor.fetchall()]
        _all(cursor, tables, "disable")
        cursor.execute(f'set constraints all deferred; set role "{settings.DATABASE_APP_ROLE}"')
    yield
    with connection.cursor() as cursor:
        cursor.execute("set role none; set constraints all immediate")
        _all(cursor, tables, "enable")
        cursor.execute(f'set constraints all deferred; set role "{settings.DATABASE_APP_ROLE}"')


def _all(cursor, tables: list[str], how: str) -> None:
    for table in tables:
        cursor.execute(f'alter table "{table}" {how} row level security')
