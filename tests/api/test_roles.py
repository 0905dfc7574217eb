"""Every route of the API, as anonymous, stranger, viewer, operator and administrator."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from sync.models import MappingEntry
from tenants.models import Membership
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows
from tests.api.conftest import ApiClient

pytestmark = pytest.mark.django_db

READ, WORK, RULE = "viewer", "operator", "admin"
# Method, path, the least role that may.
ROUTES = [
    ("get", "me", READ),
    ("get", "api-keys", READ),
    ("post", "api-keys", RULE),
    ("delete", "api-keys/{key}", RULE),
    ("get", "members", READ),
    ("post", "members", RULE),
    ("patch", "members/{member}", RULE),
    ("delete", "members/{member}", RULE),
    ("get", "connectors", READ),
    ("get", "connections", READ),
    ("post", "connections", RULE),
    ("get", "connections/{connection}", READ),
    ("patch", "connections/{connection}", RULE),
    ("delete", "connections/{connection}", RULE),
    ("post", "connections/{connection}/ping", RULE),
    ("get", "connections/{connection}/companies", READ),
    ("get", "integrations", READ),
    ("post", "integrations", RULE),
    ("get", "integrations/{integration}", READ),
    ("patch", "integrations/{integration}", RULE),
    ("delete", "integrations/{integration}", RULE),
    ("get", "integrations/{integration}/flows/invoices", READ),
    ("patch", "integrations/{integration}/flows/invoices", RULE),
    ("post", "integrations/{integration}/runs", WORK),
    ("get", "integrations/{integration}/mappings", READ),
    ("get", "integrations/{integration}/mappings/tax", READ),
    ("post", "integrations/{integration}/mappings/tax", WORK),
    ("get", "integrations/{integration}/mappings/tax/unmapped", READ),
    ("delete", "integrations/{integration}/mappings/tax/{entry}", WORK),
    ("get", "integrations/{integration}/reference/suppliers", READ),
    ("get", "integrations/{integration}/reconciliation", READ),
    ("get", "integrations/{integration}/webhooks", READ),
    ("post", "integrations/{integration}/webhooks", RULE),
    ("get", "runs", READ),
    ("get", "runs/{run}", READ),
    ("get", "runs/{run}/outcomes", READ),
    ("post", "runs/{run}/stop", WORK),
    ("get", "documents", READ),
    ("post", "documents/replay", WORK),
    ("get", "documents/{document}", READ),
    ("get", "documents/{document}/versions/1", READ),
    ("get", "documents/{document}/preview", READ),
    ("post", "documents/{document}/replay", WORK),
    ("get", "reviews", READ),
    ("get", "reviews/{review}", READ),
    ("patch", "reviews/{review}", WORK),
    ("post", "reviews/{review}/resolve", WORK),
    ("get", "audit", READ),
    ("get", "audit/export", READ),
    ("get", "audit/verify", READ),
]
# What speaks to another system refuses to run inside the transaction of these tests.
OUTSIDE = ("ping", "companies", "preview")


@pytest.fixture
def things(tenant) -> SimpleNamespace:
    """One of everything, by its id."""
    integration = rows.integration(tenant)
    document = rows.document(integration)
    review = rows.park(document)
    clerk = factories.member(tenant)
    key, _ = factories.api_key(tenant)
    with tenant_scope(tenant.pk):
        entry = MappingEntry.objects.create(
            integration=integration, kind="tax", source_code="20", target_code="VAT20"
        )
        membership = Membership.objects.get(user=clerk.user)
    admin = ApiClient(factories.api_key(tenant)[1])
    run = admin.post(f"integrations/{integration.pk}/runs", {"flows": ["invoices"]}).json()
    return SimpleNamespace(
        key=key.pk,
        member=membership.pk,
        connection=integration.ledger_id,
        integration=integration.pk,
        document=document.pk,
        review=review.pk,
        entry=entry.pk,
        run=run["runs"][0]["id"],
    )


def send(client: ApiClient, method: str, path: str, things: SimpleNamespace) -> Any:
    body = {} if method in ("post", "patch") else None
    return client.send(method, path.format(**vars(things)), body)


def test_nobody_gets_in_without_a_key(anybody, things):
    answers = {(method, path): send(anybody, method, path, things) for method, path, _ in ROUTES}

    assert {answer.status_code for answer in answers.values()} == {401}
    assert {answer["WWW-Authenticate"] for answer in answers.values()} == {"Bearer"}


def test_another_tenants_things_are_not_found(client_as, things):
    stranger = client_as("admin", factories.tenant("Stranger"))
    owned = [(method, path) for method, path, _ in ROUTES if "{" in path]

    answers = {(method, path): send(stranger, method, path, things) for method, path in owned}

    assert {key: answer.status_code for key, answer in answers.items()} == dict.fromkeys(owned, 404)
    assert {answer.json()["code"] for answer in answers.values()} == {"not_found"}


@pytest.mark.parametrize(("role", "lacking"), [("viewer", (WORK, RULE)), ("operator", (RULE,))])
def test_a_role_that_is_too_low_is_refused(client_as, things, role, lacking):
    client = client_as(role)
    beyond = [(method, path) for method, path, least in ROUTES if least in lacking]

    answers = {(method, path): send(client, method, path, things) for method, path in beyond}

    assert {answer.status_code for answer in answers.values()} == {403}
    assert {answer.json()["code"] for answer in answers.values()} == {"permission_denied"}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route[0]} {route[1]}")
def test_the_role_that_suffices_gets_an_answer(client_as, things, route):
    method, path, least = route
    if path.endswith(OUTSIDE):
        pytest.skip("answered over real sockets in test_connections.py")

    answer = send(client_as(least), method, path, things)

    assert answer.status_code not in (401, 403, 404, 405, 500)


def test_every_route_is_in_the_table(things):
    listed = {(method, path.format(**vars(things))) for method, path, _ in ROUTES}
    missing = []
    for pattern, view in _routes(get_resolver("integration_platform.urls"), ""):
        for method in ("get", "post", "patch", "delete"):
            handled = hasattr(view, method) and not _is_listed(pattern, method, listed)
            if handled and pattern not in ("signup",) and view.__name__ != "UnknownPath":
                missing.append((method, pattern))

    assert missing == []


def _routes(resolver: URLResolver, prefix: str) -> Iterator[tuple[str, Any]]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, path)
        elif isinstance(entry, URLPattern) and path.startswith("api/v1/"):
            yield path.removeprefix("api/v1/"), entry.callback.view_class


def _is_listed(pattern: str, method: str, listed: set[tuple[str, str]]) -> bool:
    def same(path: str) -> bool:
        parts, wanted = path.split("/"), pattern.split("/")
        return len(parts) == len(wanted) and all(
            one == other or other.startswith("<") for one, other in zip(parts, wanted, strict=True)
        )

    return any(how == method and same(path) for how, path in listed)
