"""The servers and databases of a test session.

One embedded cluster serves every session in this folder, several at once too. Each process gets a
database of its own, copied from a template that was migrated once; tests work in it as the role of
web and workers, so that row-level security is real. What many modules only look at is made once, in
a database beside it.
"""

import fcntl
import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection, connections, transaction
from django.db.utils import OperationalError, ProgrammingError

from integration_platform import roles
from integration_platform.database import database_from_url
from integration_platform.embedded import OWNER, Servers, State, lock

# What a test leaves behind is deleted row by row up to this size of a table, else truncated.
SMALL_TABLE_BYTES = 1_000_000
WAIT_FOR_LOCKS = "10s"

# Rows that migrations write and every test expects.
KEPT = ("django_migrations", "django_content_type", "auth_permission", "django_cache")


def state() -> State:
    """Return the state folder of the test servers; it shares nothing with that of `make run`."""
    return State(settings.STATE_DIR / "test")


@contextmanager
def shared_servers(**which: bool) -> Iterator[State]:
    """Keep an embedded server up while any session here uses it; the last to leave stops it."""
    place = state()
    servers = Servers(place, careless=True, **{"database": False, "broker": False, **which})
    name = "-".join(sorted(which))
    with (place.make_folder() / f"{name}.users").open("a") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        servers.start()
        try:
            yield place
        finally:
            fcntl.flock(users, fcntl.LOCK_UN)
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                servers.stop()


@contextmanager
def own_database() -> Iterator[None]:
    """Give this process a migrated database of its own; Django works in it as the app role."""
    if os.environ.get("DATABASE_URL"):
        with _database(settings.DATABASE_OWNER_URL, template=None):
            yield
        return
    with shared_servers(database=True) as place:
        address = place.database_url(OWNER, "postgres")
        _point_django_at(address, "postgres")
        with lock(place.folder / "template.lock"):
            _drop_leftovers()
            template = _template(address)
        with _database(address, template):
            yield


@contextmanager
def _database(address: str, template: str | None) -> Iterator[None]:
    outer = database_from_url(address, role="", pool_size=0)["NAME"]
    name = f"test_{os.getpid()}_{secrets.token_hex(3)}"
    _point_django_at(address, outer)
    if template is None:
        _make_roles()
    _execute(f'create database "{name}"' + (f' template "{template}"' if template else ""))
    if template is None:
        _point_django_at(address, name)
        _migrate()
    _point_django_at(address, name, role=settings.DATABASE_APP_ROLE)
    try:
        yield
    finally:
        connections.close_all()
        _point_django_at(address, outer)
        _drop(name)
        connection.close()


@contextmanager
def beside() -> Iterator[Callable[[], AbstractContextManager[None]]]:
    """Make one more database, empty as this process's own is between its tests.

    Yields what lets Django work there for a while: what is made in it outlives the tests that look
    at it, as long as none of them commits.
    """
    own = connection.settings_dict["NAME"]
    other = f"{own}_beside"
    with _as_owner():
        _execute(f'create database "{other}" template "{_untouched() or own}"')
    try:
        yield partial(_working_in, other)
    finally:
        with _as_owner():
            _drop(other)


@contextmanager
def _as_owner() -> Iterator[None]:
    connection.close()
    try:
        _execute("set role none")
        yield
    finally:
        connection.close()


@contextmanager
def _working_in(name: str) -> Iterator[None]:
    own = connection.settings_dict["NAME"]
    connection.close()
    connections.settings["default"]["NAME"] = name
    try:
        yield
    finally:
        connection.close()
        connections.settings["default"]["NAME"] = own


def _make_roles() -> None:
    user = connection.settings_dict["USER"]
    roles.make_role(settings.DATABASE_APP_ROLE, roles.APP_ATTRIBUTES, [user])
    with suppress(roles.RolesMissing):
        roles.make_role(settings.DATABASE_SUPPORT_ROLE, roles.SUPPORT_ATTRIBUTES, [user])


def _untouched() -> str | None:
    """Return the name of a database migrated to what the files say now, in which nobody works: a
    database can be copied only while no session is in it."""
    name = f"template_{_fingerprint()}"
    return name if name in _databases("template_") else None


def _template(address: str) -> str:
    """Return the name of an untouched database; made when there is none."""
    name = _untouched()
    if name:
        return name
    name = f"template_{_fingerprint()}"
    for stale in _databases("template_"):
        _execute(f'drop database "{stale}"')
    draft = f"template_draft_{os.getpid()}"
    _execute(f'create database "{draft}"')
    _point_django_at(address, draft)
    _migrate()
    _point_django_at(address, "postgres")
    _execute(f'alter database "{draft}" rename to "{name}"')
    return name


def _migrate() -> None:
    """Make the tables, and let their owner delete all rows between tests, which FORCE forbids."""
    call_command("migrate", verbosity=0)
    _execute(_LET_OWNER_CLEAN)


_LET_OWNER_CLEAN = """
do $$
declare walled record;
begin
    for walled in select oid::regclass as name from pg_class where relforcerowsecurity loop
        execute format('create policy cleaning on %s for delete to current_user'
                       ' using (current_setting(''app.test_cleaning'', true) = ''on'')',
                       walled.name);
    end loop;
    create policy cleaning_notes on sync_changedday for insert to current_user
        with check (current_setting('app.test_cleaning', true) = 'on');
end $$
"""


def _fingerprint() -> str:
    """Digest everything that a migration's result depends on."""
    root = Path(settings.BASE_DIR)
    files = [*root.glob("*/migrations/*.py"), *root.glob("*/*/migrations/*.py")]
    files += [root / "requirements.txt", root / "tenants/rls.py", root / "platform/roles.py"]
    files += [Path(__file__)]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\n".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def _drop_leftovers() -> None:
    """Remove the databases of sessions that were killed."""
    for name in _databases("test_"):
        owner = name.split("_")[1]
        if owner.isdigit() and not Path("/proc", owner).exists():
            _drop(name)


def _drop(name: str) -> None:
    """Drop a database with whoever is in it.

    An autovacuum at work there belongs to nobody and may not be ended by force (PostgreSQL asks for
    the rights of its role); a drop without force ends it itself.
    """
    try:
        _execute(f'drop database if exists "{name}" with (force)')
    except ProgrammingError:
        _execute(f'drop database if exists "{name}"')


def _databases(prefix: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("select datname from pg_database where starts_with(datname, %s)", [prefix])
        return [name for (name,) in cursor.fetchall()]


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def _point_django_at(address: str, name: str, role: str = "") -> None:
    connection.close()
    entry = database_from_url(address, role=role, pool_size=0)
    entry["NAME"] = name
    connections.settings["default"].update(entry)


def empty_all(_case: Any = None) -> None:
    """Empty every table as their owner: the end of a transactional test.

    A transaction that the test left open would block this, so it waits only a little.
    """
    connection.close()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"set local role none; set local lock_timeout = '{WAIT_FOR_LOCKS}'")
            cursor.execute("set local app.audit_purge = 'on'; set local app.test_cleaning = 'on'")
            _empty(cursor)
    except OperationalError as error:
        raise AssertionError(
            "the test left a transaction open: its locks bar the clean-up"
        ) from error
    finally:
        connection.close()


def _empty(cursor: Any) -> None:
    """Delete the few rows of a test, for a fortieth of what it costs to truncate all tables."""
    cursor.execute(_SIZES, {"kept": list(KEPT)})
    sizes = {connection.ops.quote_name(name): size for name, size in cursor.fetchall()}
    cursor.execute(f"lock table {', '.join(sizes)} in access exclusive mode")
    if max(sizes.values()) > SMALL_TABLE_BYTES:
        cursor.execute(f"truncate {', '.join(sizes)} restart identity cascade")
        return
    cursor.execute(_RESTART_IDENTITIES, {"kept": list(KEPT)})
    filled = [name for name, size in sizes.items() if size]
    if filled:
        # Triggers note what goes: their notes go last.
        statements = [f"delete from {name}" for name in (*filled, "sync_changedday")]
        cursor.execute("; ".join(statements))


_SIZES = """
select relname, pg_relation_size(oid) from pg_class
 where relkind = 'r' and relnamespace = 'public'::regnamespace and relname <> all(%(kept)s)
"""

_RESTART_IDENTITIES = """
select setval(each.oid, 1, false)
  from pg_class each
  join pg_depend on objid = each.oid and deptype in ('a', 'i')
  join pg_class owned on owned.oid = refobjid and owned.relname <> all(%(kept)s)
  join pg_sequences on sequencename = each.relname and last_value is not null
 where each.relkind = 'S'
"""
