"""Many rows at once, as the role of web and workers: through COPY, and behind every policy."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from itertools import chain
from typing import Any

from django.db import connection, models


def copy_rows(model: type[models.Model], rows: Iterable[Mapping[str, Any]]) -> int:
    """Insert rows into a model's table; returns how many. Call it in the scope of their tenant.

    Every row names the same columns in the same order, JSON as text; the columns that it leaves out
    take the default of their field. COPY itself knows no row-level security, so the rows lie in a
    table of this transaction first and are then inserted like any others.
    """
    rows = iter(rows)
    first = next(rows, None)
    if first is None:
        return 0
    table, columns = model._meta.db_table, ", ".join(f'"{name}"' for name in first)
    rest = _defaults(model, first)
    others = "".join(f', "{name}"' for name in rest)
    given = ", %s" * len(rest)
    with connection.cursor() as cursor:
        cursor.execute("drop table if exists pg_temp.arriving")
        cursor.execute(
            f'create temporary table arriving on commit drop as select {columns} from "{table}"'
            " with no data"
        )
        with cursor.copy(f"copy arriving ({columns}) from stdin") as arriving:
            for row in chain((first,), rows):
                arriving.write_row(tuple(row.values()))
        cursor.execute(
            f'insert into "{table}" ({columns}{others}) select {columns}{given} from arriving',
            list(rest.values()),
        )
        return cursor.rowcount


def _defaults(model: type[models.Model], names: Container[str]) -> dict[str, Any]:
    """Return what every column that the rows leave out holds; the database fills in its own."""
    return {
        field.column: field.get_db_prep_save(field.get_default(), connection)
        for field in model._meta.concrete_fields
        if field.column not in names and not isinstance(field, models.BigAutoField)
    }


def settle_tables() -> None:
    """Do at once what autovacuum does later: plans and visibility fit what was loaded."""
    with connection.cursor() as cursor:
        cursor.execute("set role none")
        cursor.execute("vacuum analyze")
    connection.close()
