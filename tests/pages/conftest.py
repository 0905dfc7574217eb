"""A customer with documents in every state that matters, and people of every role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from sync.models import Document, Flow, MappingEntry, ReviewItem, Run
from tenants.models import Invitation, Role, Tenant
from tests import database, factories
from tests.pages import sample
from tests.world import World

WorkingThere = Callable[[], AbstractContextManager[None]]


@pytest.fixture(scope="session")
def standing(
    django_db_setup: None, django_db_blocker, tmp_path_factory
) -> Iterator[tuple[World, WorkingThere]]:
    """The customer whom all modules here look at, made once in a database beside their own."""
    with django_db_blocker.unblock(), database.beside() as working_there, ExitStack() as servers:
        with working_there():
            made = servers.enter_context(sample.customer(tmp_path_factory.mktemp("seeds")))
        with django_db_blocker.block():
            yield made, working_there


@pytest.fixture(scope="module")
def shared(standing: tuple[World, WorkingThere], django_db_blocker) -> Iterator[World]:
    """That customer, while a module's tests look at it; what a test changes is taken back."""
    made, working_there = standing
    with django_db_blocker.unblock(), working_there():
        is_there = Tenant.objects.filter(pk=made.tenant.pk).exists()
        assert is_there, "a test has emptied what all modules share"
        connection.close()
        with django_db_blocker.block():
            yield made


@pytest.fixture
def customer(shared: World, db: None) -> World:
    return shared


class Browser(Client):
    """Reads a download to its end, so that every answer has its content."""

    def request(self, **request):
        answer = super().request(**request)
        if not answer.streaming:
            return answer
        pieces = list(answer.streaming_content)
        whole = HttpResponse(
            b"".join(pieces), status=answer.status_code, headers=dict(answer.headers)
        )
        whole.request, whole.client, whole.context = answer.request, self, None
        whole.pieces = pieces
        return whole


@pytest.fixture
def log_in(db: None) -> Callable[..., Client]:
    """Return a function that logs a new person with a role of a tenant in."""

    def client_of(tenant, role: Role | str) -> Client:
        client = Browser()
        client.force_login(factories.member(tenant, role).user)
        return client

    return client_of


@pytest.fixture
def admin(customer: World, log_in: Callable[..., Client]) -> Client:
    return log_in(customer.tenant, "admin")


@dataclass
class Place:
    """A page or action with the role that it takes."""

    name: str
    url: str
    role: str = "viewer"
    has_id: bool = False
    network: bool = False

    def __str__(self) -> str:
        return self.name


@pytest.fixture
def pages(customer) -> list[Place]:
    """Every page that answers a GET, on the customer's things."""
    ids = ids_of(customer)
    plain = {
        "viewer": "today reviews documents mappings suppliers families vendors spend runs"
        " reconciliation settings integrations setup setup-preview members support mails"
        " account connections audit audit-verify sessions",
        "admin": "organization api-keys setup-booking setup-live",
    }
    found = [
        Place(name, reverse(name), role) for role, names in plain.items() for name in names.split()
    ]
    found += [
        Place("review", reverse("review", args=[ids["review"]]), has_id=True),
        Place("document", reverse("document", args=[ids["document"]]), has_id=True),
        Place(
            "document-version", reverse("document-version", args=[ids["document"], 1]), has_id=True
        ),
        Place("document", reverse("document", args=[ids["order"]]), has_id=True),
        Place("run", reverse("run", args=[ids["run"]]), has_id=True),
        Place("documents-replay", reverse("documents-replay"), "operator"),
        Place("schedule", reverse("schedule", args=[ids["flow"]]), has_id=True),
        Place("policy", reverse("policy", args=[ids["integration"]]), has_id=True),
        Place("notifications", reverse("notifications")),
        Place("connection", reverse("connection", args=[ids["connection"]]), has_id=True),
        Place(
            "connection-check", reverse("connection-check", args=[ids["connection"]]), has_id=True
        ),
        Place(
            "connection-edit", reverse("connection-edit", args=[ids["connection"]]), "admin", True
        ),
        Place(
            "connection-secret",
            reverse("connection-secret", args=[ids["connection"]]),
            "admin",
            True,
        ),
        Place("connection-new", reverse("connection-new", args=["nav"]), "admin"),
        Place("connection-new", reverse("connection-new", args=["jaggaer"]), "admin"),
        Place(
            "mapping-export",
            reverse("mapping-export", args=[ids["integration"], "ledger_account"]),
            has_id=True,
        ),
        Place("audit-export", reverse("audit-export")),
        Place("audit-verifier", reverse("audit-verifier")),
        Place(
            "document-preview",
            reverse("document-preview", args=[ids["document"]]),
            has_id=True,
            network=True,
        ),
        Place("setup-company", reverse("setup-company"), "admin", network=True),
    ]
    return found


@pytest.fixture
def actions(customer) -> list[Place]:
    """Every address that takes a POST and nothing else."""
    ids = ids_of(customer)
    of_review = (
        "review-resolve",
        "review-map",
        "review-forget",
        "review-hand-over",
        "review-withdraw",
    )
    of_kind = ("mapping-save", "mapping-many", "mapping-look", "mapping-import")
    integration = ids["integration"]
    return [
        *(Place(name, reverse(name, args=[ids["review"]]), "operator", True) for name in of_review),
        Place("reviews-resolve", reverse("reviews-resolve"), "operator"),
        Place(
            "document-replay", reverse("document-replay", args=[ids["document"]]), "operator", True
        ),
        Place(
            "document-withdraw",
            reverse("document-withdraw", args=[ids["document"]]),
            "operator",
            True,
        ),
        Place(
            "reconciliation-check",
            reverse("reconciliation-check", args=[integration]),
            "operator",
            True,
        ),
        Place(
            "notifications-switch",
            reverse("notifications-switch", args=[ids["integration"]]),
            "admin",
            True,
        ),
        Place("vendor-link", reverse("vendor-link", args=[integration]), "operator", True),
        Place("run-again", reverse("run-again", args=[ids["flow"]]), "operator", True),
        Place("run-stop", reverse("run-stop", args=[ids["run"]]), "operator", True),
        Place("setup-map", reverse("setup-map"), "operator"),
        *(
            Place(name, reverse(name, args=[integration, "ledger_account"]), "operator", True)
            for name in of_kind
        ),
        Place(
            "mapping-remove",
            reverse("mapping-remove", args=[integration, "ledger_account", ids["entry"]]),
            "operator",
            True,
        ),
        Place("member-role", reverse("member-role", args=[ids["integration"]]), "admin", True),
        Place("member-remove", reverse("member-remove", args=[ids["integration"]]), "admin", True),
        Place(
            "invitation-withdraw",
            reverse("invitation-withdraw", args=[ids["invitation"]]),
            "admin",
            True,
        ),
        Place(
            "api-key-revoke", reverse("api-key-revoke", args=[ids["integration"]]), "admin", True
        ),
        Place(
            "connection-delete",
            reverse("connection-delete", args=[ids["connection"]]),
            "admin",
            True,
        ),
        Place("session-end", reverse("session-end", args=[ids["session"]]), has_id=True),
        Place("sessions-end", reverse("sessions-end")),
        Place("organization-switch", reverse("organization-switch"), "viewer"),
        Place("support-admit", reverse("support-admit"), "admin"),
    ]


def ids_of(customer: World) -> dict[str, object]:
    with customer.scope():
        invitation = Invitation.objects.filter(email="new@kestrel.example").first()
        if invitation is None:
            from tenants.services import member_invite

            invitation = member_invite("new@kestrel.example", Role.VIEWER)
        return {
            "review": ReviewItem.objects.filter(state="open").first().pk,
            "document": Document.objects.filter(resource="invoice", state="written").first().pk,
            "order": Document.objects.filter(resource="purchase_order", state="written").first().pk,
            "run": Run.objects.filter(flow__resource="invoices").first().pk,
            "flow": Flow.objects.get(resource="invoices").pk,
            "integration": customer.integration.pk,
            "connection": customer.integration.ledger_id,
            "entry": MappingEntry.objects.filter(kind="ledger_account").first().pk,
            "invitation": invitation.pk,
            "session": UUID(int=1),  # the customer's own would log out who looks
        }
