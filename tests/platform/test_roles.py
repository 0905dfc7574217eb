"""Whoever logs in, web and workers are a role that policies bind and that cannot bend history."""

import pytest
from django.conf import settings
from django.db import ProgrammingError, connection, transaction

from integration_platform import roles
from integration_platform.database import cache_from_broker, database_from_url


def _ask(query: str) -> object:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()


@pytest.mark.django_db
def test_tests_run_as_the_role_of_web_and_workers() -> None:
    assert _ask("select current_user") == (settings.DATABASE_APP_ROLE,)
    powers = "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
    assert _ask(powers) == (False,)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "update audit_auditevent set action = 'other'",
        "delete from audit_auditevent",
        "truncate audit_auditevent",
        "delete from django_migrations",
        "create table mine (id int)",
        "alter table tenants_membership disable row level security",
        "truncate tenants_tenant cascade",
    ],
)
def test_the_app_role_may_not(statement: str) -> None:
    with pytest.raises(ProgrammingError), transaction.atomic():
        _ask(statement)


@pytest.mark.django_db
def test_every_table_with_a_tenant_is_bound_by_a_policy() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid"
            " where c.relkind in ('r', 'p') and a.attname = 'tenant_id' and not a.attisdropped"
            " and not (c.relrowsecurity and c.relforcerowsecurity)"
        )
        open_tables = {name for (name,) in cursor.fetchall()}

    assert open_tables == {"sync_ticket"}, "the line for workers holds ids and times only"


@pytest.mark.django_db
def test_append_only_names_a_table_that_exists() -> None:
    assert set(roles.APP_ATTRIBUTES.split()) >= {"nosuperuser", "nobypassrls"}
    assert set(roles.APPEND_ONLY) <= set(connection.introspection.table_names())


def test_an_address_becomes_settings_under_the_role() -> None:
    entry = database_from_url(
        "postgresql://root:p%40ss@db.example:6432/ip?sslmode=require", role="ip_app", pool_size=7
    )

    assert (entry["USER"], entry["PASSWORD"], entry["PORT"]) == ("root", "p@ss", "6432")
    assert entry["OPTIONS"]["sslmode"] == "require"
    assert entry["OPTIONS"]["options"] == "-c role=ip_app"
    assert entry["OPTIONS"]["pool"]["max_size"] == 7


def test_a_log_in_that_is_the_role_itself_sends_nothing_a_pooler_would_refuse() -> None:
    entry = database_from_url("postgresql://ip_app:x@bouncer/ip", role="ip_app", pool_size=0)

    assert "options" not in entry["OPTIONS"]


@pytest.mark.parametrize(
    ("broker", "location"),
    [
        ("redis://h:6379/1", "redis://h:6379/1"),
        ("redis+socket:///tmp/v.sock?virtual_host=0", "unix:///tmp/v.sock?db=0"),
        ("amqp://guest@h//", "django_cache"),
    ],
)
def test_the_cache_lies_in_the_broker_where_it_can(broker: str, location: str) -> None:
    assert cache_from_broker(broker)["LOCATION"] == location
