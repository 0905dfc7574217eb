"""The life cycle of orders, row by row, through the engine into both sandboxes.

One customer with one order for each row, so that all rows share their runs: an order's number is
that of its row. Rows that values alone decide are in tests/sync/domain/test_order_changes.py,
what each dialect of NAV does in tests/connectors/nav/test_order_changes.py.
"""

from __future__ import annotations

import pytest

from connectors.sandboxing.faults import Fault
from sync.models import FlowName, Version
from tests.journeys.life import INVOICES, ORDERS, Life
from tests.journeys.small import (
    line,
    put,
    small_world,
    supplier,
)
from tests.small import let_payments_fall_due

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = {"name": "Graphic Design Institute", "supplierNumber": "30000"}
MATCH = {"mode": "three_way", "quantity_percent": "10"}


@pytest.fixture
def life(tmp_path):
    with small_world(tmp_path, match=MATCH) as customer:
        elsewhere = {"supplierId": 77, "id": 77, "erpNumber": "30000"}
        put(customer, "suppliers", supplier(**elsewhere, name="Graphic Design Institute"))
        customer.run(FlowName.SUPPLIERS)
        yield Life(customer)


def test_each_row_of_an_orders_life_ends_as_it_must(life, subtests):
    originals(life)
    life.customer.run(ORDERS)
    numbers = {row: life.number(row) for row in (10, 11)}
    between(life)
    life.customer.run(INVOICES)
    revisions(life)
    life.customer.run(ORDERS)

    for name, check in CHECKS.items():
        with subtests.test(name):
            check(life)
    with subtests.test("10 vendor changed"):
        assert life.stands(10, numbers[10]) == [("8210", 0, 10)]
        assert life.found(life.number(10))["vendorNumber"] == "30000"
        assert life.stands(10) == [("8210", 10, 10)]
        assert numbers[10] in life.document(10).notes[0]["message"]
    with subtests.test("11 currency changed"):
        assert life.stands(11, numbers[11]) == [("8210", 0, 10)]
        assert life.found(life.number(11))["currencyCode"] == "EUR"
    with subtests.test("16 reopen"):
        life.order(16, 2, line(1, 10))
        life.customer.run(ORDERS)
        assert life.stands(16) == [("8210", 10, 10)]
    with subtests.test("14 the order is closed by itself when its invoice has ended"):
        life.receive(14, 10)
        life.customer.run(INVOICES)
        assert life.state(14, INVOICES) == ("written", [])
        assert life.state(14) == ("written", [])
        assert life.writes(14) == ["create"]  # all of it was invoiced: nothing is left to close
    with subtests.test("24 nothing but reading tells what was received"):
        seen = life.customer.requests(life.customer.nav)
        assert not [entry for entry in seen if "receiveAndInvoice" in entry.path]


def originals(life: Life) -> None:
    for row in range(2, 24):
        life.order(row, 0, line(1, 10))
    life.order(1, 0, line(1, 10))
    life.order(24, 0, line(1, 10), workflowStatus="Pending")
    life.order(6, 0, line(1, 10), line(2, 5), line(3, 5))


def between(life: Life) -> None:
    """What happens in the ledger and on invoices before the orders change."""
    for row in (3, 5, 13):
        life.receive(row, 4)
    for row in (15, 21, 22):
        life.receive(row, 10)
    for row in (18, 20):  # a code of the vendor's card allowed that in NAV
        life.line_by_hand(row, receivedQuantity=11)
    life.bill(15, 15, 10, 9)
    life.bill(21, 21, 10)
    life.bill(22, 22, 10)
    life.bill(14, 14, 10)
    life.bill(17, 17, 4)
    life.bill(18, 18, 12)
    life.bill(20, 20, 11)
    life.by_hand(9, "release")


def revisions(life: Life) -> None:
    life.order(2, 0, line(1, 10))
    life.order(3, 1, line(1, 1))
    life.order(4, 1, line(1, 10, 11))
    life.order(5, 1, line(1, 10, account="6120"))
    life.order(6, 1, line(1, 10), line(3, 5), line(4, 7))
    life.order(7, 3, line(1, 12))
    life.order(8, 1, line(1, 11))
    life.order(8, 2, line(1, 12))
    life.order(9, 1, line(1, 12))
    life.order(10, 1, line(1, 10), supplier=ELSEWHERE)
    life.order(11, 1, line(1, 10), total={"currency": "EUR", "value": 0})
    life.order(12, 1, line(1, 10), workflowStatus="Cancelled")
    life.order(13, 1, line(1, 10), workflowStatus="Cancelled")
    life.order(14, 1, line(1, 10), poAPStatus="Close")
    life.order(15, 1, line(1, 10), poAPStatus="Close")
    life.order(16, 1, line(1, 10), workflowStatus="Cancelled")
    life.order(23, 1, line(1, 10), createDateTime="2027-01-04T09:00:00.000Z")


def row_1(life: Life) -> None:
    assert (life.state(1), life.writes(1)) == (("written", []), ["create"])
    assert life.state(24)[0] == "waiting"


def row_2(life: Life) -> None:
    assert life.writes(2) == ["create"]


def row_3(life: Life) -> None:
    assert life.stands(3) == [("8210", 4, 10)]


def row_4(life: Life) -> None:
    assert life.stands(4) == [("8210", 10, 11)]


def row_5(life: Life) -> None:
    assert life.stands(5) == [("8210", 4, 10), ("8230", 6, 10)]


def row_6(life: Life) -> None:
    assert life.stands(6) == [("8210", 10, 10), ("8210", 5, 10), ("8210", 7, 10)]


def row_7(life: Life) -> None:
    life.order(7, 2, line(1, 11))
    life.customer.run(ORDERS)
    assert life.stands(7) == [("8210", 12, 10)]


def row_8(life: Life) -> None:
    assert life.stands(8) == [("8210", 12, 10)]
    assert len(life.writes(8)) == 2
    with life.customer.scope():
        assert Version.objects.filter(document=life.document(8)).count() >= 2


def row_9(life: Life) -> None:
    assert life.state(9) == ("parked", ["changed_in_ledger"])
    [status, *wanted] = life.document(9).reasons[0]["evidence"]["differences"]
    assert status == {"field": "status", "written": "open", "ledger": "released", "wanted": "open"}
    assert wanted
    assert all(each["written"] == each["ledger"] != each["wanted"] for each in wanted)
    assert life.stands(9) == [("8210", 10, 10)]


def row_12(life: Life) -> None:
    assert life.stands(12) == [("8210", 0, 10)]
    assert life.state(12)[0] == "written"


def row_13(life: Life) -> None:
    assert life.stands(13) == [("8210", 4, 10)]
    life.bill(13, 13, 4)
    life.customer.run(INVOICES)
    assert life.state(13, INVOICES)[0] == "written"


def row_14(life: Life) -> None:
    assert life.state(14) == ("waiting", ["changed_at_source"])
    [reason] = life.document(14).reasons
    assert reason["evidence"]["invoice"] == "RE-2024-0014"


def row_15(life: Life) -> None:
    assert life.state(15)[0] == "written"
    assert "10.00 GBP of the order is released" in life.document(15).notes[0]["message"]


def row_17(life: Life) -> None:
    assert life.state(17, INVOICES) == ("parked", ["quantity_over_received"])
    life.receive(17, 4)
    life.customer.run(INVOICES)
    assert life.state(17, INVOICES) == ("written", [])


def row_18(life: Life) -> None:
    state, codes = life.state(18, INVOICES)
    assert state == "parked"
    assert "quantity_over_received" in codes


def row_19(life: Life) -> None:
    words = "You cannot change the quantity because the line comes from a blanket order."
    error = {"error": {"code": "Application_DialogException", "message": words}}
    fault = Fault(kind="status", method="POST", path=r"\$batch", status=400, body=error)
    life.customer.nav.scenario.load(fault)
    life.order(19, 1, line(1, 12))
    life.customer.run(ORDERS)
    assert life.state(19) == ("parked", ["ledger_refused"])
    assert "blanket order" in life.document(19).reasons[0]["message"]


def row_20(life: Life) -> None:
    assert life.state(20, INVOICES)[0] == "written"
    assert "over-receipt" in str(life.document(20, INVOICES).match["notes"])


def row_21(life: Life) -> None:
    life.credit(121, 21, 4)
    life.bill(221, 21, 4)
    life.customer.run(INVOICES)
    life.customer.run(INVOICES)
    assert life.state(121, INVOICES) == ("written", [])
    assert life.state(221, INVOICES) == ("written", [])

    life.bill(421, 21, 3)
    life.customer.run(INVOICES)
    assert life.state(421, INVOICES)[0] == "parked"
    life.credit(521, 21, 3)
    life.customer.run(INVOICES)
    life.customer.run(INVOICES)
    assert life.state(421, INVOICES) == ("written", [])  # a later credit gives room

    life.credit(621, 21, 2, originalInvoiceNumber="")
    life.bill(721, 21, 2)
    life.customer.run(INVOICES)
    parked = [life.state(number, INVOICES)[0] for number in (621, 721)]
    assert parked == ["parked", "parked"]  # what does not stand gives nothing back
    life.credit(621, 21, 2)
    life.customer.run(INVOICES)
    life.customer.run(INVOICES)
    assert life.state(721, INVOICES) == ("written", [])


def row_22(life: Life) -> None:
    life.bill(322, 22, 10)
    life.customer.run(INVOICES)
    state, codes = life.state(322, INVOICES)
    assert (state, "quantity_over_order" in codes) == ("parked", True)

    life.invoice_by_hand(22, "post")
    life.invoice_by_hand(22, "cancel")
    let_payments_fall_due(life.customer)
    life.customer.run(INVOICES)
    assert life.state(322, INVOICES) == ("written", [])


def row_23(life: Life) -> None:
    assert life.found(life.number(23))["orderDate"] == "2027-01-04"
    assert life.stands(23) == [("8210", 10, 10)]


CHECKS = {
    "1 a new approved order is created once, a draft is not sent": row_1,
    "2 the same order read again": row_2,
    "3 quantity, never below what was received": row_3,
    "4 price": row_4,
    "5 another account after a receipt splits off the rest": row_5,
    "6 add and remove lines": row_6,
    "7 an older revision that arrives late": row_7,
    "8 two quick revisions": row_8,
    "9 released in the ledger": row_9,
    "12 cancel with nothing received": row_12,
    "13 cancel after a partial receipt": row_13,
    "14 closed with an invoice under way": row_14,
    "15 closed for a price leftover": row_15,
    "17 a partial receipt releases the invoice that waits for it": row_17,
    "18 more invoiced than was over-received": row_18,
    "19 an order from a blanket order cannot grow": row_19,
    "20 an invoice that closes an over-received order warns": row_20,
    "21 a return after the invoice": row_21,
    "22 a posted invoice cancelled in the ledger gives its quantity back": row_22,
    "23 year-end roll": row_23,
}
