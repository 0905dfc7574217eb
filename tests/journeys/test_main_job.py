"""The main job, end to end, over real sockets: suppliers, orders and invoices reach the ledger."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from sync.demo.tenants import DemoTenant, labels
from sync.models import FlowName, Link
from tests.demo_world import demo_tenant, demo_world, import_files
from tests.journeys.books import COUNCIL, COUNCIL_DIGEST, digest, totals
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


@pytest.fixture(params=["WVU", "SCMS", "DBC"])
def demo(request) -> DemoTenant:
    return demo_tenant(request.param)


@pytest.fixture
def customer(demo, tmp_path):
    with demo_world(demo, tmp_path) as customer:
        customer.run(FlowName.REFERENCE)
        import_files(customer, demo.mappings)
        yield customer


def states(customer: World, flow: str) -> dict[str, int]:
    return dict(Counter(document.state for document in customer.documents(flow_name=flow)))


def test_the_demo_ends_as_its_labels_say_and_a_second_run_writes_nothing(customer, demo):
    customer.run(*FLOWS)

    for flow in FLOWS:
        assert states(customer, flow) == demo.expected["first_run"][flow]["states"], flow
    assert_reasons_are_the_labeled_ones(customer, demo)
    assert_ledger_holds_every_link_once(customer)

    if demo.key == "DBC":  # through pages it ends in the same books: test_pages.py
        books = customer.ledger()
        assert (totals(books), digest(books)) == (COUNCIL, COUNCIL_DIGEST)
    before = len(customer.requests(customer.nav))
    again = customer.run(*FLOWS)

    assert [run.counts["written"] for run in again] == [0, 0, 0]
    assert writes_since(customer, before) == []

    import_files(customer, demo.missing_mappings)
    customer.settle()

    for flow in FLOWS:
        expected = demo.expected["after_missing_mappings"][flow]["states"]
        assert states(customer, flow) == expected, flow


def assert_reasons_are_the_labeled_ones(customer: World, demo: DemoTenant) -> None:
    labeled = labels(demo.key)
    for document in customer.documents(flow_name=FlowName.INVOICES, state="parked"):
        codes = {reason["code"] for reason in document.reasons}
        accepted = labeled[document.source_id]["accepted"]
        assert all(codes & set(names) for names in accepted.values()), document.source_id


def assert_ledger_holds_every_link_once(customer: World) -> None:
    """The sums agree: each written invoice stands once, its journal moves the cost to zero."""
    ledger = customer.ledger()
    with customer.scope():
        links = Counter(Link.objects.values_list("kind", flat=True))
    assert len(ledger["purchaseInvoices"]) == links["purchase_invoice"]
    assert len(ledger["purchaseCreditMemos"]) == links["purchase_credit_memo"]
    assert len(ledger["purchaseOrders"]) == links["purchase_order"]
    journals = Counter()
    for line in (line for batch in ledger["journals"] for line in batch["lines"]):
        journals[line["documentNumber"]] += Decimal(str(line["amount"]))
    assert len(journals) == links["journal"]
    assert set(journals.values()) == {Decimal(0)}


def writes_since(customer: World, start: int) -> list[str]:
    seen = customer.requests(customer.nav)[start:]
    return [f"{entry.method} {entry.path}" for entry in seen if entry.method != "GET"]
