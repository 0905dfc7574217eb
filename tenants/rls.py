"""Row-level security: the second wall behind the managers, as operations for migrations.

A policy compares a row with a setting of the transaction. No setting, no row: it fails closed.
FORCE binds the owner of the table too; superusers pass all the same, hence the role of web and
workers.
"""

from django.db import migrations

TENANT = "nullif(current_setting('app.tenant_id', true), '')::uuid"
USER = "nullif(current_setting('app.user_id', true), '')::uuid"
PRESENTED_HASH = "decode(nullif(current_setting('app.token_hash', true), ''), 'hex')"


def protect(*tables: str, column: str = "tenant_id") -> list[migrations.RunSQL]:
    """Return the operations that bind each table's rows to the tenant of the transaction."""
    return [
        migrations.RunSQL(
            sql=[
                f'alter table "{table}" enable row level security',
                f'alter table "{table}" force row level security',
                f'create policy tenant on "{table}" using ({column} = {TENANT})'
                f" with check ({column} = {TENANT})",
            ],
            reverse_sql=[
                f'drop policy tenant on "{table}"',
                f'alter table "{table}" no force row level security',
                f'alter table "{table}" disable row level security',
            ],
        )
        for table in tables
    ]


def open_door(table: str, name: str, condition: str) -> migrations.RunSQL:
    """Return the operation that lets rows be read, never written, before the tenant is known.

    The condition must name something only the rightful caller has: see `scoping.presenting`.
    """
    return migrations.RunSQL(
        sql=f'create policy {name} on "{table}" for select using ({condition})',
        reverse_sql=f'drop policy {name} on "{table}"',
    )
