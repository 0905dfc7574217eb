"""The database roles and what each may do: row-level security only holds for a role it can bind.

ip_app      web and workers: reads and writes rows, cannot bypass a policy, cannot change a table.
ip_support  the admin's own process: reads every tenant's rows, writes none.
The owner of the schema is whoever DATABASE_OWNER_URL logs in as.
"""

from collections.abc import Iterable

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.db.utils import ProgrammingError

# Tables whose rows are for good: the app may add and read.
APPEND_ONLY = ("audit_auditevent",)
# Tables the app only reads.
READ_ONLY = ("django_migrations",)

# What nobody needs to read across tenants: sessions, second factors, wrapped keys.
HIDDEN_FROM_SUPPORT = ("django_session", "mfa_authenticator", "tenants_tenantkey")

APP_ATTRIBUTES = "nologin nosuperuser nobypassrls"
SUPPORT_ATTRIBUTES = "nologin nosuperuser bypassrls"


class RolesMissing(Exception):
    """The log-in may not create a role; the message holds the statements for somebody who may."""


def make_role(name: str, attributes: str, members: Iterable[str]) -> None:
    """Create a role where it is missing and let each member become it.

    Raises RolesMissing, with the statements to run, where the log-in has no right to.
    """
    statements = []
    with connection.cursor() as cursor:
        if not _role_exists(cursor, name):
            statements.append(f"create role {_quoted(name)} {attributes}")
        statements += [
            f"grant {_quoted(name)} to {_quoted(member)}"
            for member in dict.fromkeys(members)
            if member != name and not _is_member(cursor, member, name)
        ]
        try:
            for statement in statements:
                cursor.execute(statement)
        except ProgrammingError as error:
            raise RolesMissing("; ".join(statements) + ";") from error


def grant(app: str, support: str) -> None:
    """Give the roles that exist what they need on every table of the schema; repeatable."""
    with connection.cursor() as cursor:
        for role, rights in ((app, "select, insert, update, delete"), (support, "select")):
            if not role or not _role_exists(cursor, role):
                continue
            name = _quoted(role)
            cursor.execute(f"grant usage on schema public to {name}")
            cursor.execute(f"grant {rights} on all tables in schema public to {name}")
            cursor.execute(f"grant usage, select on all sequences in schema public to {name}")
            cursor.execute(
                f"alter default privileges in schema public grant {rights} on tables to {name}"
            )
            for table in _existing(cursor, APPEND_ONLY):
                cursor.execute(f"revoke update, delete, truncate on {_quoted(table)} from {name}")
            for table in _existing(cursor, READ_ONLY):
                cursor.execute(f"revoke insert, update, delete on {_quoted(table)} from {name}")
            for table in _existing(cursor, HIDDEN_FROM_SUPPORT) if role == support else ():
                cursor.execute(f"revoke all on {_quoted(table)} from {name}")


def _role_exists(cursor: CursorWrapper, name: str) -> bool:
    cursor.execute("select 1 from pg_roles where rolname = %s", [name])
    return cursor.fetchone() is not None


def _is_member(cursor: CursorWrapper, member: str, role: str) -> bool:
    """Ask for an explicit grant: what a superuser may anyway would not outlive its demotion."""
    cursor.execute(
        "select 1 from pg_auth_members m join pg_roles r on r.oid = m.roleid"
        " join pg_roles u on u.oid = m.member where r.rolname = %s and u.rolname = %s"
        " and pg_has_role(u.oid, r.oid, %s)",
        [role, member, _become(cursor)],
    )
    return cursor.fetchone() is not None


def _become(cursor: CursorWrapper) -> str:
    """The right to SET ROLE has a name of its own since PostgreSQL 16."""
    return "set" if cursor.connection.info.server_version >= 160000 else "member"


def _existing(cursor: CursorWrapper, tables: Iterable[str]) -> list[str]:
    cursor.execute(
        "select tablename from pg_tables where schemaname = 'public' and tablename = any(%s)",
        [list(tables)],
    )
    return [name for (name,) in cursor.fetchall()]


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
