"""A preview of one document whose ledger does not tell what it offers: an answer with connection,
cause, owner and next step, on the page and over the API, in either dialect."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from connectors import runtime
from sync.models import FlowName, Write
from tests import factories, small
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)

POLICY = {**small.POLICY, "journal": {"enabled": False}}
DIALECTS = {"api": small.COMPANY, "pages": small.COMPANY_NAME, "auto": small.COMPANY}
# What the ledger answers when asked for its metadata -> our status, our code, who puts it right.
TROUBLE = {
    "no right to read it": ({"kind": "status", "status": 403}, 409, "forbidden", "it"),
    "not there, in words of its own": ({"kind": "status", "status": 404}, 409, "404", "it"),
    "no metadata at all": (
        {"kind": "status", "status": 200, "body": "hello"},
        409,
        "unexpected_answer",
        "support",
    ),
    "out of order": ({"kind": "status", "status": 500}, 503, "server_error", "nobody"),
}


@pytest.mark.parametrize("dialect", DIALECTS)
def test_unread_metadata_is_said_with_connection_cause_owner_and_next_step(
    tmp_path, dialect, subtests
):
    settings = {"company": DIALECTS[dialect], "nav_settings": {"dialect": dialect}}
    lines = [small.supplier(1), small.order(1), small.invoice(1)]
    with small.small_world(tmp_path, lines, policy=POLICY, **settings) as customer:
        customer.run(FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS)
        customer.run(FlowName.INVOICES, mode="preview")  # kept, and nothing of it is written
        for name, (fault, status, code, owner) in TROUBLE.items():
            with subtests.test(name):
                answer, page = looked_at(customer, fault)

                assert (answer.status_code, answer.json()["code"]) == (status, code)
                assert set(answer.json()) == {"code", "message", "details", "request_id"}
                details = answer.json()["details"]
                assert set(details) == {"cause", "owner", "next_step", "fix", "connection"}
                assert (details["owner"], details["connection"]["name"]) == (
                    owner,
                    ledger_of(customer),
                )
                assert details["next_step"].startswith("Nothing was sent")
                assert f"Connection {ledger_of(customer)}: " in page
                assert details["cause"] in page
        with customer.scope():
            assert not Write.objects.filter(kind="purchase_invoice").exists()


def ledger_of(customer: World) -> str:
    return customer.integration.ledger.name


def looked_at(customer: World, fault: dict[str, Any]) -> tuple[Any, str]:
    """Preview the invoice over the API and on its page, in a process that knows nothing yet."""
    [document] = customer.documents(flow_name=FlowName.INVOICES)
    viewer = Client()
    viewer.force_login(factories.member(customer.tenant, "viewer").user)
    faults = [{**fault, "path": r"\$metadata$", "times": 0}]
    control(customer.nav, "scenario", {"faults": faults})
    runtime._kept.cache_clear()
    answer = viewer.get(f"/api/v1/documents/{document.pk}/preview")
    runtime._kept.cache_clear()
    page = viewer.get(reverse("document-preview", args=[document.pk])).content.decode()
    control(customer.nav, "scenario", {"faults": []})
    return answer, page
