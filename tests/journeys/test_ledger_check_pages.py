"""Reconciliation with an instance that publishes pages only."""

from __future__ import annotations

import pytest

from connectors.models import Connection
from tests.journeys.handwork import Handwork
from tests.journeys.test_ledger_check import check
from tests.small import CRONUS, FLOWS, POLICY, FlowName, import_mappings, records, seed
from tests.world import control, world

pytestmark = pytest.mark.django_db(transaction=True)
NAME = "CRONUS International Ltd."


@pytest.fixture
def customer(tmp_path):
    with world(
        jaggaer_seed=seed(tmp_path, records(6)),
        nav_seed=CRONUS,
        company_id=NAME,
        dataset="default",
        policy=POLICY,
    ) as customer:
        customer.nav.app.change_switches({"api_enabled": False})
        with customer.scope():
            connection = Connection.objects.get(pk=customer.integration.ledger_id)
            connection.settings |= {"dialect": "auto"}
            connection.save(update_fields=["settings"])
        batch = {"set": "journals", "op": "insert", "values": {"code": "JAGGAER"}}
        control(customer.nav, "records", {"company": NAME, **batch})
        customer.run(FlowName.REFERENCE)
        import_mappings(customer.scope(), customer.integration)
        customer.run(*FLOWS)
        yield customer


def test_through_pages_too_only_what_was_changed_by_hand_is_found(customer):
    assert [doc.reasons for doc in customer.documents() if doc.state != "written"] == []
    assert check(customer) == {}
    hand = Handwork(customer)

    expected = dict(
        (
            hand.invoice_cent(2),
            hand.invoice_copy(3),
            hand.journal_cent(4),
            hand.delete_journal(5),
            hand.order_quantity(6),
        )
    )
    hand.do({"set": "purchaseInvoices", "op": "delete", "id": hand.invoices["RE-000001"]["id"]})
    expected["I000001"] = {("missing", "purchase_invoice")}

    assert check(customer) == expected
