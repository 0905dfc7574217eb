"""A NAV that does otherwise than our sandbox all that the contract leaves open (10), at once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from sync.models import FlowName, Write
from sync.services.withdrawals import document_withdraw
from tests.journeys.small import put
from tests.small import FLOWS, invoice, order, records, small_world

pytestmark = pytest.mark.django_db(transaction=True)

OTHERWISE = {
    "page_size": 3,
    "strict_page_size": True,
    "duplicate_key_status": 409,
    "missing_record_status": 400,
    "delete_needs_if_match": True,
    "deep_insert_returns_children": True,
    "get_changes_etag": True,
    "page_field_order": True,
    "encoded_enums_only": True,
    "header_dimensions_spread": False,
    "gateway_401": True,
    "replica_lag": 3600.0,
}
LATER = "2026-03-09T08:00:00.000Z"


@pytest.fixture
def customer(tmp_path):
    with small_world(tmp_path, records(4)) as found:
        found.nav.app.change_switches(OTHERWISE)
        yield found


def test_documents_arrive_change_and_are_withdrawn_all_the_same(customer):
    customer.run(*FLOWS)

    assert {each.state for each in customer.documents()} == {"written"}

    put(
        customer, "purchaseorders", order(1, quantity=3, revisionNumber=1, lastUpdate=LATER)["body"]
    )
    put(customer, "invoices", invoice(2, workflowStatus="Cancelled", lastUpdate=LATER)["body"])
    customer.run(FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
    with customer.scope():
        document_withdraw(customer.document(reference="I000002", flow_name=FlowName.INVOICES))
    customer.settle()

    ledger = customer.ledger()
    quantities = {
        row["lines"][0]["description"]: Decimal(str(row["lines"][1]["quantity"]))
        for row in ledger["purchaseOrders"]
    }
    assert sorted(quantities.values()) == [2, 2, 2, 3]
    assert {row["vendorInvoiceNumber"] for row in ledger["purchaseInvoices"]} == {
        "RE-000001",
        "RE-000003",
        "RE-000004",
    }
    waiting = [line for batch in ledger["journals"] for line in batch["lines"]]
    assert {line["externalDocumentNumber"] for line in waiting} == {
        "RE-000001",
        "RE-000003",
        "RE-000004",
    }
    with customer.scope():
        assert set(Write.objects.values_list("state", flat=True)) == {"confirmed", "withdrawn"}
