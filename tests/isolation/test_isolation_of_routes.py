"""Every route and method as every role, as a stranger and without log-in; on either wall alone."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import ExitStack
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.views.generic import View

from tenants.models import Role
from tests.api.conforming import schema
from tests.isolation.conftest import Browser, Customer
from tests.isolation.routes import Route, every_route, is_open, without_policy
from tests.isolation.switches import without_filter, without_policies

pytestmark = pytest.mark.django_db
ROUTES = every_route()
RANKS = (Role.VIEWER, Role.OPERATOR, Role.ADMIN)


def test_every_route_of_the_isolation_matrix_has_a_policy():
    assert without_policy(ROUTES) == []
    assert len(ROUTES) > 80


def test_a_new_route_without_a_policy_would_fail_the_isolation_matrix():
    """Negative control: a view that says nothing of roles, mounted next to the others."""
    new = Route(
        "reports/<uuid:id>/", type("Reports", (View,), {"get": lambda self: None}), ("get",)
    )

    assert not is_open(new)
    assert without_policy([new]) == ["reports/<uuid:id>/"]


def test_isolation_covers_every_operation_of_the_api_schema():
    listed = Counter((_shape(r.pattern), m) for r in ROUTES if r.is_api for m in r.methods)
    described = {
        (_shape(path.strip("/")), method)
        for path, methods in schema()["paths"].items()
        for method in methods
        if "/v1/signup" not in path and "/schema" not in path
    }

    assert described <= set(listed)
    assert set(listed) <= described


def _shape(pattern: str) -> str:
    return re.sub(r"<[^>]+>|\{[^}]+\}", "*", pattern)


def test_isolation_lets_nobody_in_without_a_log_in(victim):
    nobody, before, wrong = Browser(), victim.digest(), []
    for route, method, url in _addresses(victim):
        cache.clear()
        status, content = nobody.ask(method, url, {})
        expected = 401 if route.is_api else 302
        if status != expected or victim.word.encode() in content:
            wrong.append((method, url, status))

    assert wrong == []
    assert victim.digest() == before


@pytest.mark.parametrize("role", RANKS)
def test_isolation_holds_between_the_roles_of_one_customer(victim, role):
    api, browser = victim.api(role), victim.browser(role)
    wrong = []
    for route, method, url in _addresses(victim):
        cache.clear()
        may = role.covers(route.role(method))
        for client in (
            (api, browser)
            if route.is_api and method == "get"
            else (api if route.is_api else browser,)
        ):
            if may and _reaches_out(route):
                continue
            status = _undone(client, method, url)[0]
            if (status in (401, 403)) if may else (status != 403):
                wrong.append((role.value, method, url, status))

    assert wrong == []


def _reaches_out(route: Route) -> bool:
    """Say whether a view asks other systems, which these tests have none of."""
    return route.pattern.endswith(
        ("ping", "companies", "preview", "check/", "preview/", "company/")
    )


def _addresses(of: Customer) -> list[tuple[Route, str, str]]:
    return [
        (route, method, url)
        for route in ROUTES
        for method in route.methods
        for url in route.urls(of.ids)
    ]


def _undone(
    client: Browser, method: str, url: str, body: Any = None, **more: Any
) -> tuple[int, bytes]:
    """Send a request and take back what it did."""
    with transaction.atomic():
        try:
            return client.ask(method, url, {} if body is None else body, **more)
        finally:
            transaction.set_rollback(True)


def leaks(victim: Customer, stranger: Customer) -> list[str]:
    """Return what an administrator of another customer could reach, "" nowhere."""
    api, browser = stranger.api(Role.ADMIN), stranger.browser(Role.ADMIN)
    before, found = victim.digest(), []
    for route, method, url in _addresses(victim):
        cache.clear()
        client = api if route.is_api else browser
        for body in _bodies(route, method, victim):
            with transaction.atomic():
                status, content = client.ask(method, url, body)
                changed = method != "get" and victim.digest() != before
                transaction.set_rollback(True)
            marks = [] if route.has_id and status == 404 else victim.seen_in(content)
            if (
                changed
                or victim.word in marks
                or (route.has_id and status != 404)
                or (marks and body == {})
            ):
                found.append(f"{method} {url} {status} {marks} {'changed' if changed else ''}")
    found += _by_query(api, browser, victim)
    return found


def _bodies(route: Route, method: str, victim: Customer) -> list[dict[str, Any]]:
    """Return an empty body and, as the schema describes it, one that names the victim's things."""
    if method == "get" or not route.is_api:
        return [{}]
    for path, methods in schema()["paths"].items():
        if _shape(path.strip("/")) == _shape(route.pattern) and method in methods:
            content = methods[method].get("requestBody", {}).get("content", {})
            body = content.get("application/json", {}).get("schema", {})
            made = _example(body, "", victim)
            return [{}, made] if isinstance(made, dict) and made else [{}]
    return [{}]


def _example(described: dict[str, Any], name: str, victim: Customer) -> Any:
    """Return a value of a described shape in which every id is one of the victim's."""
    if "$ref" in described:
        described = schema()["components"]["schemas"][described["$ref"].rpartition("/")[2]]
    for some in ("allOf", "oneOf", "anyOf"):
        if some in described:
            return _example(described[some][0], name, victim)
    kind = described.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if described.get("format") == "uuid":
        return _id_for(name, victim)
    if "enum" in described:
        return described["enum"][0]
    match kind:
        case "object":
            fields = described.get("properties", {})
            return {field: _example(shape, field, victim) for field, shape in fields.items()}
        case "array":
            return [_example(described.get("items", {}), name, victim)]
        case "boolean":
            return True
        case "integer" | "number":
            return 1
    return "note"


def _id_for(name: str, victim: Customer) -> str:
    words = {
        "source": "connections",
        "ledger": "connections",
        "run": "runs",
        "document": "documents",
    }
    word = words.get(name, name if name.endswith("s") else f"{name}s")
    return str(getattr(victim.ids, word, victim.ids.integrations))


def _by_query(api: Browser, browser: Browser, victim: Customer) -> list[str]:
    """Ask every list for what belongs to the victim, by each filter that takes an id or a text."""
    found = []
    for path, methods in schema()["paths"].items():
        if "{" in path or "get" not in methods or not path.startswith("/api/v1/"):
            continue
        wanted = {}
        for parameter in methods["get"].get("parameters", ()):
            if parameter["in"] == "query" and parameter["name"] not in ("limit", "cursor", "count"):
                shape = parameter["schema"]
                wanted[parameter["name"]] = (
                    _id_for(parameter["name"], victim)
                    if shape.get("format") == "uuid"
                    else victim.word
                )
        for name, value in wanted.items():
            cache.clear()
            status, content = api.ask("get", f"{path}?{name}={value}")
            if status == 200 and victim.seen_in(content):
                found.append(f"get {path}?{name}= {status}")
    for url in (
        "/documents/",
        "/review/",
        "/runs/",
        "/mappings/",
        "/settings/audit/",
        "/suppliers/",
    ):
        status, content = browser.ask(
            "get", f"{url}?q={victim.ids.documents}&integration={victim.ids.integrations}"
        )
        if victim.word.encode() in content:
            found.append(f"get {url}?q=")
    return found


@pytest.mark.parametrize("away", ["nothing", "the managers' filter", "row-level security"])
def test_isolation_between_customers_holds_on_either_wall_alone(victim, stranger, away):
    with ExitStack() as walls:
        if away == "the managers' filter":
            walls.enter_context(without_filter())
        if away == "row-level security":
            walls.enter_context(without_policies())
        found = leaks(victim, stranger)
        crossing = crossings()

    assert found == []
    assert crossing == []


def test_isolation_sees_a_reference_from_one_customer_to_another(victim, stranger):
    """Negative control: a row that a service saved with the id of somebody else's connection."""
    with without_policies(), connection.cursor() as cursor:
        cursor.execute(
            "update sync_integration set ledger_id = %s where tenant_id = %s",
            [victim.ids.connections, stranger.tenant.pk],
        )

    assert crossings() == ["sync_integration.ledger_id"]


def test_isolation_falls_with_both_walls_away(victim, stranger):
    """Negative control: the matrix would see a product that isolates nobody."""
    with without_filter(), without_policies():
        found = leaks(victim, stranger)

    assert len(found) > 30


def crossings() -> list[str]:
    """Return every reference from a row of one tenant to a row of another one."""
    query = """
        select c.conrelid::regclass, a.attname, c.confrelid::regclass, b.attname
        from pg_constraint c
        join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
        join pg_attribute b on b.attrelid = c.confrelid and b.attnum = c.confkey[1]
        where c.contype = 'f' and a.attname <> 'tenant_id'
          and c.conrelid in (select attrelid from pg_attribute where attname = 'tenant_id')
          and c.confrelid in (select attrelid from pg_attribute where attname = 'tenant_id')
    """
    found = []
    with without_policies(), connection.cursor() as cursor:
        cursor.execute(query)
        for table, column, target, key in cursor.fetchall():
            cursor.execute(
                f"select 1 from {table} o join {target} t on t.{key} = o.{column}"
                " where t.tenant_id <> o.tenant_id limit 1"
            )
            if cursor.fetchone():
                found.append(f"{table}.{column}")
    return found
