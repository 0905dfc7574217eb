"""The main job through page web services: the same documents and totals as through API v2.0."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

import pytest

from connectors.models import Connection
from sync.models import FlowName, Link
from tests.demo_world import demo_tenant, demo_world, import_files
from tests.journeys.books import COUNCIL, COUNCIL_DIGEST, digest, totals
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
DEMO = demo_tenant()


@pytest.fixture
def customer(tmp_path):
    """The demo's council with an instance that publishes pages only."""
    with demo_world(DEMO, tmp_path, company_id=DEMO.company_name) as customer:
        customer.nav.app.change_switches({"api_enabled": False})
        with customer.scope():
            connection = Connection.objects.get(pk=customer.integration.ledger_id)
            connection.settings |= {"dialect": "auto"}
            connection.save(update_fields=["settings"])
        customer.run(FlowName.REFERENCE)
        import_files(customer, DEMO.mappings)
        yield customer


def test_an_instance_with_pages_only_gets_the_same_documents_and_totals(customer):
    customer.run(*FLOWS)

    for flow in FLOWS:
        states = Counter(document.state for document in customer.documents(flow_name=flow))
        assert dict(states) == DEMO.expected["first_run"][flow]["states"], flow
    assert_ledger_holds_every_link_once(customer)

    books = ledger(customer)
    assert (totals(books), digest(books)) == (COUNCIL, COUNCIL_DIGEST)
    before = len(customer.requests(customer.nav))
    again = customer.run(*FLOWS)

    assert [run.counts["written"] for run in again] == [0, 0, 0]
    seen = customer.requests(customer.nav)[before:]
    assert [entry for entry in seen if entry.method != "GET"] == []


def ledger(customer: World) -> dict[str, Any]:
    with urlopen(f"{customer.nav.url}/__ctl/ledger?company={DEMO.company_id}") as answer:
        return json.load(answer)


def assert_ledger_holds_every_link_once(customer: World) -> None:
    books = ledger(customer)
    with customer.scope():
        links = Counter(Link.objects.values_list("kind", flat=True))
    for kind in ("purchaseInvoices", "purchaseCreditMemos", "purchaseOrders"):
        word = {"I": "purchase_invoice", "C": "purchase_credit_memo", "O": "purchase_order"}
        assert len(books[kind]) == links[word[kind[8]]], kind
    journals: Counter[str] = Counter()
    for line in (line for batch in books["journals"] for line in batch["lines"]):
        journals[line["documentNumber"]] += Decimal(str(line["amount"]))
    assert len(journals) == links["journal"]
    assert set(journals.values()) == {Decimal(0)}
