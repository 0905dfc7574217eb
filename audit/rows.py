"""Many rows in one short statement: all their values travel as one text of JSON.

With a parameter for every value, putting a statement together takes longer than all else that a
block of work does. Here, because every app may import it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

_BLOCK = 500


def insert_rows(rows: Sequence[models.Model]) -> None:
    """Store new rows of one model, as `bulk_create` does for fields that hold plain values.

    Use inside the tenant's scope. Keys that the database gives are not read back.
    """
    for start in range(0, len(rows), _BLOCK):
        _insert(rows[start : start + _BLOCK])


def _insert(rows: Sequence[models.Model]) -> None:
    meta = rows[0]._meta
    fields = [field for field in meta.concrete_fields if not isinstance(field, models.AutoField)]
    columns = ", ".join(quoted(field.column) for field in fields)
    values = [[field.pre_save(one, add=True) for field in fields] for one in rows]
    with connection.cursor() as cursor:
        # Names and types are the model's own, values are the parameter.
        cursor.execute(
            f"insert into {quoted(meta.db_table)} ({columns})"  # noqa: S608
            f" select {columns} from {recordset(fields)}",
            [as_json(fields, values)],
        )


def recordset(fields: Sequence[models.Field]) -> str:
    """Return the SQL of a table `given` with the columns of these fields; its one parameter is
    made by `as_json`. Words have no length in it: the column that they go to judges that."""
    columns = ", ".join(f"{quoted(field.column)} {_kind(field)}" for field in fields)
    return f"json_to_recordset(%s::json) as given({columns})"


def as_json(fields: Sequence[models.Field], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows, each the values of these fields, as the parameter of `recordset`.

    Raises TypeError for what a JSON field cannot hold.
    """
    names = [field.column for field in fields]
    nested = [isinstance(field, models.JSONField) for field in fields]
    return json.dumps(
        [
            {
                name: value if is_json else _spelled(value)
                for name, is_json, value in zip(names, nested, row, strict=True)
            }
            for row in rows
        ]
    )


def quoted(name: str) -> str:
    return connection.ops.quote_name(name)


def _kind(field: models.Field) -> str:
    return "text" if isinstance(field, models.CharField) else field.cast_db_type(connection)


def _spelled(value: Any) -> Any:
    """Return a value as PostgreSQL reads it: instants, ids and decimals without loss as text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, bytes | bytearray | memoryview):
        return f"\\x{bytes(value).hex()}"
    return str(value)
