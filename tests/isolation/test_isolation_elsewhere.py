"""Beside the routes: tasks, caches, files, and the role that support reads with."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import ProgrammingError, connection, transaction

from integration_platform import roles
from integration_platform.celery import app
from tenants.models import Role
from tenants.scoping import OtherTenant, tenant_scope
from tests.isolation.switches import without_filter, without_policies

pytestmark = pytest.mark.django_db
OURS = ("audit.", "tenants.", "connectors.", "sync.")


def tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if name.startswith(OURS)}


def takes(task: Any) -> list[inspect.Parameter]:
    return list(inspect.signature(task.run).parameters.values())


def test_isolation_of_tasks_that_take_ids_and_nothing_else():
    for name, task in tasks().items():
        kinds = {parameter.annotation for parameter in takes(task)}
        assert kinds <= {"str", "int", "list[str]", "str | None"}, name


@pytest.mark.parametrize("away", ["nothing", "the managers' filter", "row-level security"])
def test_isolation_of_tasks_with_foreign_ids(victim, stranger, away, monkeypatch):
    """A task that is handed an id of another kind, or of another tenant, changes nothing."""
    monkeypatch.setattr("celery.app.task.Task.delay", lambda *args, **kwargs: None)
    wall = {"the managers' filter": without_filter, "row-level security": without_policies}.get(
        away
    )
    before = victim.digest()
    with wall() if wall else transaction.atomic():
        for task in tasks().values():
            if takes(task):
                _call_with_every_id(task, victim, stranger)

    assert victim.digest() == before


def _call_with_every_id(task: Any, victim: Any, stranger: Any) -> None:
    for name, value in vars(victim.ids).items():
        arguments = [str(value)] * len(takes(task))
        with transaction.atomic():
            try:
                with tenant_scope(stranger.tenant.pk):
                    task.run(*arguments)
            except (OtherTenant, ValueError):
                pass
            if name not in ("integrations", "policy", "mappings"):  # its own kind, for its own
                task.run(*arguments)


def test_isolation_of_caches(victim, stranger):
    """What requests leave in the cache is per bearer, and holds nothing of anybody."""
    for of in (victim, stranger):
        for client in (of.api(Role.ADMIN), of.browser(Role.ADMIN)):
            for path in ("me", "documents", "connections", "audit", "mappings"):
                client.ask("get", f"/api/v1/{path}")
            client.ask("get", "/")
            client.ask("get", "/documents/")

    entries = {key: cache._cache[key] for key in cache._cache}
    assert entries
    for key, value in entries.items():
        text = f"{key} {value!r}"
        assert not victim.seen_in(text.encode()), text
        assert not stranger.seen_in(text.encode()), text


def test_isolation_of_rate_limits(victim, stranger, monkeypatch):
    """One customer's flood costs another one nothing."""
    monkeypatch.setattr("rest_framework.throttling.UserRateThrottle.get_rate", lambda self: "3/min")
    loud, quiet = victim.api(Role.VIEWER), stranger.api(Role.VIEWER)

    assert [loud.ask("get", "/api/v1/me")[0] for _ in range(5)][-1] == 429
    assert quiet.ask("get", "/api/v1/me")[0] == 200


def test_isolation_of_files_needs_none_since_uploads_are_rows():
    """No upload lies in a folder where a guessed name could find it."""
    from django.apps import apps
    from django.db.models import FileField

    stored = [f for m in apps.get_models() for f in m._meta.fields if isinstance(f, FileField)]
    assert stored == []
    assert settings.MEDIA_ROOT == ""


def rights_of_support() -> list[tuple[str, str]]:
    """Return each table that the role of support may write, or read against the rules."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select c.relname, r from pg_class c,"
            " unnest(array['insert', 'update', 'delete', 'truncate', 'select']) r"
            " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace"
            " and has_table_privilege(%s, c.oid, r) and (r <> 'select' or c.relname = any(%s))",
            [settings.DATABASE_SUPPORT_ROLE, list(roles.HIDDEN_FROM_SUPPORT)],
        )
        return cursor.fetchall()


def test_isolation_of_support_which_reads_all_and_writes_nothing():
    assert rights_of_support() == []


def test_isolation_of_support_would_be_seen_to_fail():
    """Negative control: one right too many is one line."""
    with connection.cursor() as cursor:
        cursor.execute("set role none")
        cursor.execute(f"grant update on sync_document to {settings.DATABASE_SUPPORT_ROLE}")
        cursor.execute(f"set role {settings.DATABASE_APP_ROLE}")

    assert rights_of_support() == [("sync_document", "update")]


def test_isolation_of_support_is_the_databases_own(victim):
    """As that role every customer can be read, and no statement changes a row."""
    with connection.cursor() as cursor:
        cursor.execute(f"set role none; set role {settings.DATABASE_SUPPORT_ROLE}")
        cursor.execute("select count(*) from sync_document where id = %s", [victim.ids.documents])
        assert cursor.fetchone() == (1,)
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            cursor.execute("update sync_document set reference = 'x'")
        cursor.execute(f"set role none; set role {settings.DATABASE_APP_ROLE}")
