"""What a person deleted in the ledger after it was confirmed: told, and never made again (F26)."""

from __future__ import annotations

import pytest

from sync.models import FlowName, LedgerFinding
from sync.services.documents import document_replay
from sync.services.ledger_checks import ledger_check_start
from tests import small
from tests.faults.conftest import SETTLE, Bench
from tests.world import control

INVOICES, SUPPLIERS = FlowName.INVOICES, FlowName.SUPPLIERS


def delete(faults: Bench, entity_set: str, **key: str) -> None:
    wish = {"set": entity_set, "op": "delete", "key": key}
    control(faults.customer.nav, "records", wish)


@pytest.mark.parametrize(
    "flows",
    [(SUPPLIERS,), (FlowName.REFERENCE, SUPPLIERS)],
    ids=["F26 seen by the change itself", "F26 seen by reading the vendors"],
)
def test_a_vendor_that_is_gone_is_a_persons_decision(faults: Bench, flows):
    number = faults.number()
    known = {"sqIntegrationNumber": f"g{number}", "erpNumber": f"G{number:05d}"}

    def named(name: str) -> dict:
        return {**small.supplier(0, **known, name=name), "id": f"g{number}"}

    faults.add(named(f"Gone {number} Ltd"))
    faults.run(SUPPLIERS)
    faults.run(FlowName.REFERENCE)
    before = faults.customer.document(flow_name=SUPPLIERS, source_id=f"g{number}").state
    delete(faults, "vendors", number=f"G{number:05d}")
    faults.add(named(f"Gone {number} plc"))

    sent = faults.writes_sent(lambda: [faults.run(flow) for flow in flows])
    sent += faults.writes_sent(lambda: faults.pass_time(2 * SETTLE))
    sent += faults.writes_sent(lambda: faults.run(SUPPLIERS))

    supplier = faults.customer.document(flow_name=SUPPLIERS, source_id=f"g{number}")
    assert (before, supplier.state) == ("written", "parked")
    [reason] = supplier.reasons
    assert f"G{number:05d}" in reason["message"], reason
    assert (reason["owner"], bool(reason["fix"])) == ("procurement", True)
    assert [entry.path for entry in sent if entry.method == "POST"] == []
    numbers = [row["number"] for row in faults.customer.ledger()["vendors"]]
    assert f"G{number:05d}" not in numbers


def test_f26_an_invoice_deleted_after_it_was_confirmed_is_found_and_not_made_again(faults: Bench):
    number = faults.invoice()
    faults.run(INVOICES)
    written = faults.document(INVOICES, number)
    delete(faults, "purchaseInvoices", vendorInvoiceNumber=small.invoice_number(number))

    def everything() -> None:
        faults.add(small.invoice(number))
        faults.run(INVOICES)
        with faults.customer.scope():
            document_replay(written)
        faults.pass_time(2 * SETTLE)
        with faults.customer.scope():
            faults.customer.integration.refresh_from_db()
            ledger_check_start(faults.customer.integration)
        faults.customer.settle()

    sent = faults.writes_sent(everything)

    with faults.customer.scope():
        found = LedgerFinding.objects.filter(document=written.pk, closed_at__isnull=True)
        kinds = set(found.values_list("kind", "effect"))
    assert written.state == "written"
    assert ("missing", "purchase_invoice") in kinds, kinds
    assert [entry.path for entry in sent] == []
    assert faults.standing("purchase_invoice", number) == 0
