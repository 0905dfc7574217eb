"""A database that has no space left for certain rows: its own error, raised by a trigger.

PostgreSQL answers a statement that finds no space with `disk_full` (53100) and undoes its
transaction, whichever table had to grow; a trigger does the same at a moment of our choice, and
needs no file system of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

FULL = """
create or replace function no_space_left() returns trigger language plpgsql as $$
begin
    raise exception 'could not extend file "base/1/1": No space left on device'
        using errcode = '53100', hint = 'Check free disk space.';
end $$
"""


TABLES = "select quote_ident(relname) from pg_class where relnamespace = 'public'::regnamespace"
TABLES += " and relkind in ('r', 'p') order by relname"


@contextmanager
def no_space_for(table: str, event: str, when: str = "true") -> Iterator[None]:
    """Let no row be written: `event` is insert or update, `when` looks at NEW and OLD."""
    _as_owner(
        FULL
        + f"; create trigger no_space_left before {event} on {table}"
        + f" for each row when ({when}) execute function no_space_left()"
    )
    try:
        yield
    finally:
        _as_owner(f"drop trigger no_space_left on {table}")


def fill(table: str) -> str:
    """Return what lets nothing more be written to a table, once `FULL` is known."""
    return (
        f"create trigger disk_full before insert or update on {table}"
        " for each statement execute function no_space_left()"
    )


def make_space(table: str) -> str:
    return f"drop trigger if exists disk_full on {table}"


def _as_owner(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("set local role none")
        cursor.execute(statement)
