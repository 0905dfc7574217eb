"""A ledger whose look-ups leave out what it holds: nothing is written twice because of it."""

from __future__ import annotations

import pytest

from sync.models import FlowName, Write
from tests import small
from tests.faults.conftest import SETTLE, Bench

INVOICES = FlowName.INVOICES
HIDDEN = {
    "invoice by its number": (
        "purchase_invoice", r"purchaseInvoices$", "purchaseInvoices.vendorInvoiceNumber",
    ),
    "journal by its number": ("journal", r"\$batch$", "journalLines.documentNumber"),
}  # fmt: skip


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN)
def test_what_one_look_up_hides_is_adopted_and_not_sent_again(faults: Bench, case):
    kind, path, blind = case
    number = faults.invoice()
    faults.nav({"method": "POST", "path": path, "kind": "reset", "phase": "after"})
    faults.run(INVOICES)
    faults.switch(faults.customer.nav, blind_filters=[blind])
    try:
        faults.pass_time(60)
        again = faults.writes_sent(lambda: faults.pass_time(2 * SETTLE))
    finally:
        faults.switch(faults.customer.nav, blind_filters=[])

    found = faults.write(kind, number)
    assert (found.state, found.adopted, found.attempt) == ("confirmed", True, 1)
    assert [entry.path for entry in again] == []
    assert standing(faults, number) == (1, 2)


def test_a_journal_that_no_look_up_shows_goes_to_no_second_place(faults: Bench):
    """The line numbers are taken, and the ledger does not say by whom."""
    number = faults.invoice()
    faults.nav({"method": "POST", "path": r"\$batch$", "kind": "reset", "phase": "after"})
    faults.run(INVOICES)
    names = ["journalLines.documentNumber", "journalLines.lineNumber"]
    faults.switch(faults.customer.nav, blind_filters=names)
    try:
        faults.pass_time(2 * SETTLE)
        faults.pass_time(2 * SETTLE)
    finally:
        faults.switch(faults.customer.nav, blind_filters=[])
    blind = faults.write("journal", number)
    faults.pass_time(2 * SETTLE)

    assert blind.state == "unknown"
    assert faults.write("journal", number).adopted
    assert standing(faults, number) == (1, 2)


def test_a_look_up_without_the_field_it_goes_by_leaves_the_write_unknown(faults: Bench):
    number = faults.order()
    faults.nav({"method": "POST", "path": "purchaseOrders$", "kind": "reset", "phase": "after"})
    faults.run(FlowName.PURCHASE_ORDERS)
    faults.switch(faults.customer.nav, unseen_properties=["purchaseOrders.purchaseOrderLines"])
    try:
        again = faults.writes_sent(lambda: faults.pass_time(2 * SETTLE))
    finally:
        faults.switch(faults.customer.nav, unseen_properties=[])
    with faults.customer.scope():
        open_writes = Write.objects.filter(state="unknown").count()
    faults.pass_time(2 * SETTLE)

    assert (again, open_writes) == ([], 1)
    assert faults.standing("purchase_order", number) == 1
    assert faults.write("purchase_order", number).adopted


def standing(faults: Bench, number: int) -> tuple[int, int]:
    """Return how many invoices and how many journal lines stand for one invoice."""
    wanted = small.invoice_number(number)
    lines = [line for batch in faults.customer.ledger()["journals"] for line in batch["lines"]]
    return (
        faults.standing("purchase_invoice", number),
        sum(line["externalDocumentNumber"] == wanted for line in lines),
    )
