"""Two customers with one of everything each, and what one of them must never see of the other."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client

from sync.models import Flow, MappingEntry
from tenants.models import Membership, Role, Tenant
from tenants.scoping import TenantOwned, tenant_scope
from tenants.services import member_invite
from tests import factories
from tests.api import rows as make

BACKEND = "django.contrib.auth.backends.ModelBackend"
TABLES = sorted(m._meta.db_table for m in apps.get_models() if issubclass(m, TenantOwned))


@dataclass
class Customer:
    """A tenant, the ids of its things by the word that stands before them in an address."""

    tenant: Tenant
    ids: SimpleNamespace
    marks: tuple[str, ...]
    word: str

    def digest(self) -> str:
        """Return one value over all rows that belong to the tenant; any change changes it."""
        parts = ", ".join(
            f"(select md5(string_agg(t::text, '|' order by t::text)) from {table} t"
            " where tenant_id = %(id)s)"
            for table in TABLES
            if table != "tenants_apitoken"  # notes its last use
        )
        with tenant_scope(self.tenant.pk), connection.cursor() as cursor:
            cursor.execute(f"select concat_ws(',', {parts})", {"id": self.tenant.pk})
            return cursor.fetchone()[0]

    def seen_in(self, content: bytes) -> list[str]:
        """Return the marks of this customer that an answer holds."""
        text = content.decode("utf-8", "replace")
        return [mark for mark in self.marks if mark in text]

    def api(self, role: Role | str) -> Browser:
        return Browser(
            headers={"Authorization": f"Bearer {factories.api_key(self.tenant, role)[1]}"}
        )

    def browser(self, role: Role | str) -> Browser:
        client = Browser()
        client.force_login(factories.member(self.tenant, role).user, backend=BACKEND)
        return client


class Browser(Client):
    """Keeps going when a view fails, and reads downloads to their end."""

    def __init__(self, **more: Any) -> None:
        super().__init__(raise_request_exception=False, **more)

    def ask(self, method: str, url: str, body: Any = None, **more: Any) -> tuple[int, bytes]:
        if body is not None and url.startswith("/api/"):
            more |= {"data": body, "content_type": "application/json"}
        answer = getattr(self, method)(url, **more)
        whole = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, whole


@pytest.fixture
def victim(db: None) -> Customer:
    return _customer("Zyzzyva")


@pytest.fixture
def stranger(db: None) -> Customer:
    return _customer("Quokka")


def _customer(word: str) -> Customer:
    tenant = factories.tenant(f"{word} Ltd")
    integration = make.integration(tenant)
    document = make.document(integration, reference=f"{word}-R1", supplier_name=f"{word} Mill")
    review = make.park(document, kind="ledger_account", source_code=f"{word}-CODE")
    member = factories.member(tenant, who=factories.user(f"{word}@people.example"))
    with tenant_scope(tenant.pk):
        integration.name = f"{word} integration"
        integration.save(update_fields=["name"])
        entry = MappingEntry.objects.create(
            integration=integration, kind="tax", source_code=f"{word}-20", target_code="VAT20"
        )
        membership = Membership.objects.get(user=member.user)
        invitation = member_invite(f"{word}@invited.example", Role.VIEWER)
        flow = Flow.objects.get(integration=integration, resource="invoices")
    admin = Browser(headers={"Authorization": f"Bearer {factories.api_key(tenant)[1]}"})
    _, started = admin.ask(
        "post", f"/api/v1/integrations/{integration.pk}/runs", {"flows": ["invoices"]}
    )
    key, _ = factories.api_key(tenant)
    ids = SimpleNamespace(
        api_keys=key.pk,
        members=membership.pk,
        invitations=invitation.pk,
        connections=integration.ledger_id,
        integrations=integration.pk,
        policy=integration.pk,
        mappings=integration.pk,
        entry=entry.pk,
        schedule=flow.pk,
        runs=json.loads(started)["runs"][0]["id"],
        documents=document.pk,
        reviews=review.pk,
        review=review.pk,
    )
    return Customer(tenant, ids, (word, *{str(value) for value in vars(ids).values()}), word)
