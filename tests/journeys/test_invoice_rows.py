"""Invoices against orders, row by row, through the engine into both sandboxes: what NAV is told.

One customer with one order for each row, so that all rows share their runs: an order's number is
that of its row. What values alone decide is in tests/sync/matching/test_rows.py, what a withdrawal
does (row 46) in tests/sync/engine/test_withdrawals.py, an order that becomes another (1c) in
test_order_rows.py.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from audit.context import acting
from audit.models import AuditEvent
from sync.models import Document, FlowName, Integration, ReviewItem, Write
from sync.services.integrations import integration_update
from sync.services.reviews import review_resolve
from sync.services.withdrawals import document_withdraw
from sync.words import plainly
from tests.journeys.life import INVOICES, ORDERS, Life
from tests.journeys.small import (
    COMPANY,
    invoice,
    invoice_line,
    line,
    put,
    small_world,
    supplier,
    type_in,
)
from tests.small import let_payments_fall_due
from tests.world import control

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = {"name": "Graphic Design Institute", "supplierNumber": "30000"}
THREE_WAY = {"account": "6120", "mode": "three_way"}
ACCOUNTS = {"freight": "8310", "rounding": "8120"}


class Rows(Life):
    """What a clerk does and sees of the invoice of a row."""

    def invoice(self, number: int, *lines: Any, **header: Any) -> None:
        put(self.customer, "invoices", invoice(number, *lines, **header))

    def run(self, *flows: str) -> None:
        self.customer.run(*flows or (INVOICES,))

    def billed(self, number: int) -> Document:
        return self.document(number, INVOICES)

    def is_written(self, number: int) -> bool:
        return self.state(number, INVOICES) == ("written", [])

    def codes(self, number: int) -> list[str]:
        state, codes = self.state(number, INVOICES)
        return codes if state in ("parked", "waiting") else [state, *codes]

    def notes(self, number: int) -> str:
        return " ".join(note["message"] for note in self.billed(number).notes)

    def resolve(self, number: int, action: str, code: str, **more: Any) -> None:
        with self.customer.scope(), acting("user:anna"):
            document = self.billed(number)
            review = ReviewItem.objects.get(state="open", document=document, code=code)
            review_resolve(review, action=action, note="as agreed", **more)
        self.customer.settle()

    def withdraw(self, number: int) -> None:
        with self.customer.scope():
            document_withdraw(self.billed(number))
        self.customer.settle()

    def vendor(self, **values: Any) -> None:
        key = {"number": ELSEWHERE["supplierNumber"]}
        type_in(self.customer, "vendors", "patch", key=key, values=values)

    def drafts(self, number: int, kind: str = "purchaseInvoices") -> list[Any]:
        name = "vendorInvoiceNumber" if kind == "purchaseInvoices" else "vendorCreditMemoNumber"
        books = self.customer.ledger()[kind]
        return [row for row in books if row[name] == f"RE-2024-{number:04d}"]

    def draft(self, number: int, kind: str = "purchaseInvoices") -> list[tuple[str, Any, Any]]:
        """The only document of this number in the ledger: (account, quantity, price) by line."""
        [found] = self.drafts(number, kind)
        lines = sorted(found["lines"], key=lambda each: each["sequence"])
        return [
            (each["lineObjectNumber"], _plain(each["quantity"]), _plain(each["unitCost"]))
            for each in lines
            if each["lineObjectNumber"]
        ]

    def sent(self, number: int) -> dict[str, Any]:
        """The body that created the document."""
        with self.customer.scope():
            row = Write.objects.get(document=self.billed(number), operation="create")
        return row.content["body"]


def _plain(number: Any) -> str:
    return format(Decimal(str(number)).normalize(), "f")


@pytest.fixture
def rows(tmp_path):
    policy = {"match": {"overrides": [THREE_WAY]}, "accounts": ACCOUNTS}
    with small_world(tmp_path, **policy) as customer:
        elsewhere = {"supplierId": 77, "id": 77, "erpNumber": "30000"}
        put(customer, "suppliers", supplier(**elsewhere, name="Graphic Design Institute"))
        customer.run(FlowName.SUPPLIERS)
        yield Rows(customer)


def test_each_row_of_the_checklist_ends_in_the_ledger_as_it_must(rows, subtests):
    orders(rows)
    rows.run(ORDERS)
    bills(rows)
    rows.run()

    for name, check in CHECKS.items():
        with subtests.test(name):
            check(rows)


def orders(rows: Rows) -> None:
    special = (3, 12, 18, 20, 23, 44)
    for row in range(1, 47):
        if row not in special:
            rows.order(row, 0, line(1, 10), line(2, 5))
    rows.order(3, 0, line(1, 10))
    rows.order(12, 0, line(1, 10, account="6120"))
    rows.order(18, 0, line(1, 10), line(2, 10))
    rows.order(20, 0, line(1, 20))
    rows.order(23, 0, line(1, 10), shippingCharge=20)
    rows.order(44, 0, line(1, 10), supplier=ELSEWHERE)
    rows.order(116, 0, line(1, 10))


def bills(rows: Rows) -> None:
    """All that arrives in the first run; a row may let more arrive later."""
    rows.bill(1, 1, 10)
    rows.invoice(2, invoice_line("po # 2", 10))
    rows.invoice(3, _unnamed(invoice_line("n/a", 10)))
    rows.invoice(6, invoice_line("0000000006", 10, Decimal("10.20")))
    rows.bill(7, 7, 10, 11)
    rows.bill(9, 99, 10)  # its order is still to come
    rows.bill(12, 12, 4)
    rows.bill(14, 14, 4)
    rows.invoice(
        16, invoice_line("0000000016", 10), invoice_line("0000000116", 10) | {"lineNumber": 2}
    )
    rows.bill(17, 17, 6)
    rows.bill(117, 17, 6)
    rows.bill(217, 17, 4, invoiceDate="2024-02-16T00:00:00.000Z")
    rows.invoice(18, _unnamed(invoice_line("0000000018", 15)))
    rows.invoice(20, _in_boxes(invoice_line("0000000020", 1, 100)))
    rows.invoice(22, invoice_line("0000000022", 10), **_total(95, discountAmount=5))
    rows.invoice(23, invoice_line("0000000023", 4), **_total(60, shippingCharge=20))
    rows.invoice(123, invoice_line("0000000023", 4), **_total(60, shippingCharge=20))
    rows.invoice(24, invoice_line("0000000024", 10), **_total(110, shippingCharge=10))
    rows.bill(30, 30, 10)
    rows.bill(31, 31, 1)
    rows.bill(33, 33, 1, invoiceDate="2025-02-14T00:00:00.000Z")
    rows.bill(34, 34, 10)
    rows.bill(35, 35, 10)
    rows.bill(36, 36, 10)
    rows.bill(37, 37, 10)
    rows.bill(38, 38, 10, paymentStatus="Cancelled")
    rows.bill(39, 39, 10)
    rows.invoice(
        40, invoice_line("0000000040", 1, 30) | {"item": {"description": "Deposit of 30 %"}}
    )
    rows.invoice(41, invoice_line("0000000041", 10), **_total(Decimal("100.02")))
    rows.invoice(
        42,
        invoice_line("0000000042", 10),
        invoice_line("0000000042", 5, 0, number=2) | {"lineNumber": 2},
        **_total(100),
    )
    rows.bill(44, 44, 10, supplier=ELSEWHERE)
    rows.invoice(45, _unnamed(invoice_line("0000000045", 10)))


def _total(value: Any, **header: Any) -> dict[str, Any]:
    return {"total": {"currency": "GBP", "value": value}, **header}


def _unnamed(body: dict[str, Any]) -> dict[str, Any]:
    """A line that does not say which line of its order it bills."""
    del body["poLineNumber"]
    return body


def _in_boxes(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"item": body["item"] | {"unitOfMeasure": {"dimension": "BX"}}}


def row_1(rows: Rows) -> None:
    assert rows.draft(1) == [("8210", "10", "10")]
    assert rows.billed(1).match["sentence"].startswith("100.00 GBP fits order 0000000001")
    rows.run()
    assert len(rows.drafts(1)) == 1


def row_2(rows: Rows) -> None:
    assert rows.draft(2) == [("8210", "10", "10")]
    assert '"po # 2" was read as order 0000000002' in rows.notes(2)


def row_3(rows: Rows) -> None:
    assert rows.codes(3) == ["order_reference_missing"]
    proposed = rows.billed(3).reasons[0]["evidence"]["proposed_orders"]
    assert "0000000003" in proposed
    assert rows.drafts(3) == []
    rows.resolve(3, "retry", "order_reference_missing", order="3")
    assert rows.draft(3) == [("8210", "10", "10")]


def row_6(rows: Rows) -> None:
    assert rows.draft(6) == [("8210", "10", "10.2")]
    assert "2.00 % above the order's 10.00 GBP, 2.00 GBP in all" in rows.notes(6)


def row_7(rows: Rows) -> None:
    assert rows.codes(7) == ["price_over_tolerance"]
    rows.order(7, 1, line(1, 10, 11), line(2, 5))
    rows.run(ORDERS)
    assert rows.draft(7) == [("8210", "10", "11")]


def row_9(rows: Rows) -> None:
    assert rows.codes(9) == ["order_not_found"]
    rows.order(99, 0, line(1, 10))
    rows.run(ORDERS)
    assert rows.draft(9) == [("8210", "10", "10")]


def row_12(rows: Rows) -> None:
    assert rows.codes(12) == ["quantity_over_received"]
    with rows.customer.scope():
        first = ReviewItem.objects.get(document=rows.billed(12))
    rows.run()
    with rows.customer.scope():
        still = ReviewItem.objects.get(document=rows.billed(12))
    assert (still.pk, still.opened_at, still.due_at) == (first.pk, first.opened_at, first.due_at)
    rows.receive(12, 4)
    rows.run()
    assert rows.draft(12) == [("8230", "4", "10")]


def row_14(rows: Rows) -> None:
    assert rows.draft(14) == [("8210", "4", "10")]
    assert rows.stands(14) == [("8210", 10, 10), ("8210", 5, 10)]
    rows.bill(114, 14, 6)
    rows.run()
    assert rows.draft(114) == [("8210", "6", "10")]


def row_16(rows: Rows) -> None:
    assert rows.draft(16) == [("8210", "10", "10"), ("8210", "10", "10")]
    orders = {item["order"] for item in rows.billed(16).match["allocations"]}
    assert orders == {"0000000016", "0000000116"}


def row_17(rows: Rows) -> None:
    assert rows.is_written(17)
    assert rows.codes(117) == ["quantity_over_order"]
    assert rows.codes(217) == ["quantity_over_order"]  # what came before counts, parked or not
    rows.resolve(117, "reject", "quantity_over_order")
    assert rows.draft(217) == [("8210", "4", "10")]


def row_18(rows: Rows) -> None:
    assert rows.draft(18) == [("8210", "10", "10"), ("8210", "5", "10")]
    assert "10 on line 1, 5 on line 2" in rows.notes(18)


def row_20(rows: Rows) -> None:
    assert rows.codes(20) == ["unit_differs"]
    with rows.customer.scope(), acting("user:anna"):
        factors = [{"unit": "BX", "of": "EA", "factor": "10"}]
        integration_update(Integration.objects.get(), policy={"match": {"unit_factors": factors}})
    rows.customer.settle()
    with rows.customer.scope():
        event = AuditEvent.objects.filter(action="integration.changed").latest("seq")
    assert event.changes["policy.match.unit_factors"][1] == factors
    assert rows.draft(20) == [("8210", "1", "100")]
    assert "1 BX are 10 EA of order 0000000020 line 1 (1 BX = 10 EA, says the policy)" in (
        rows.notes(20)
    )
    rows.bill(120, 20, 10)
    body = _in_boxes(invoice_line("0000000020", 1, 100))
    rows.invoice(220, body, invoiceDate="2024-02-17T00:00:00.000Z")
    rows.run()
    assert rows.is_written(120)  # ten pieces, and the ten of the box: the order is used up
    assert rows.codes(220) == ["quantity_over_order"]
    assert "30 invoiced in all, 20 ordered" in plainly(rows.billed(220).reasons[0]["message"])


def row_22(rows: Rows) -> None:
    assert rows.draft(22) == [("8210", "1", "95")]
    assert rows.billed(22).amount == 95


def row_23(rows: Rows) -> None:
    assert rows.draft(23) == [("8210", "4", "10"), ("8310", "1", "20")]
    assert rows.codes(123) == ["charge_over_limit"]  # ordered once, billed twice
    rows.order(23, 1, line(1, 10), shippingCharge=40)
    rows.run(ORDERS)
    assert rows.draft(123) == [("8210", "4", "10"), ("8310", "1", "20")]


def row_24(rows: Rows) -> None:
    assert rows.draft(24) == [("8210", "10", "10"), ("8310", "1", "10")]


def row_30(rows: Rows) -> None:
    assert rows.sent(30)["currencyCode"] == ""
    [draft] = rows.drafts(30)
    assert draft["currencyCode"] in ("", "GBP")


def row_31(rows: Rows) -> None:
    rows.bill(131, 31, 1, supplierInvoiceNumber="re-2024-0031 ")
    rows.run()
    assert rows.codes(131) == ["duplicate_invoice"]
    evidence = rows.billed(131).reasons[0]["evidence"]
    assert evidence["existing_document"] == str(rows.billed(31).pk)
    assert len(rows.drafts(31)) == 1
    with rows.customer.scope():
        assert not Write.objects.filter(document=rows.billed(131)).exists()


def row_33(rows: Rows) -> None:
    rows.bill(133, 33, 2, supplierInvoiceNumber="RE-2024-0033")
    rows.run()
    assert rows.codes(133) == ["duplicate_invoice"]
    assert len(rows.drafts(33)) == 1
    rows.resolve(133, "accept", "duplicate_invoice")
    assert rows.is_written(133)
    assert len(rows.drafts(33)) == 2


def row_33_entered(rows: Rows) -> None:
    """Somebody typed the number into NAV in another year; both are real invoices."""
    values = {"vendorNumber": "20000", "vendorInvoiceNumber": "RE-2024-0019"}
    lines = [{"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": 3}]
    typed = type_in(rows.customer, "purchaseInvoices", "insert", values=values, lines=lines)
    rows.bill(19, 19, 10)
    rows.run()
    assert rows.codes(19) == ["duplicate_invoice"]
    assert [row["id"] for row in rows.drafts(19)] == [typed["id"]]
    rows.resolve(19, "accept", "duplicate_invoice")
    assert rows.is_written(19)
    assert len(rows.drafts(19)) == 2


def row_35(rows: Rows) -> None:
    assert rows.is_written(35)
    rows.bill(35, 35, 10, supplier=ELSEWHERE)
    rows.run()
    assert rows.codes(35) == ["changed_at_source"]
    assert [row["vendorNumber"] for row in rows.drafts(35)] == ["20000"]
    rows.withdraw(35)
    assert rows.codes(35) == ["order_of_other_supplier"]
    assert rows.drafts(35) == []


def row_36(rows: Rows) -> None:
    rows.bill(136, 36, 4, invoiceDate="2024-02-17T00:00:00.000Z")
    rows.run()
    assert rows.codes(136) == ["quantity_over_order"]
    rows.credit(236, 36, 4)
    rows.run()
    assert rows.draft(236, "purchaseCreditMemos") == [("8210", "4", "10")]
    assert rows.draft(136) == [("8210", "4", "10")]  # the quantity is free again
    assert "To be applied to invoice RE-2024-0036 in the ledger by hand" in rows.notes(236)


def row_36_posted(rows: Rows) -> None:
    rows.invoice_by_hand(34, "post")
    let_payments_fall_due(rows.customer)
    rows.run()
    rows.credit(134, 34, 4)
    rows.run()
    [posted] = rows.drafts(34)
    [memo] = rows.drafts(134, "purchaseCreditMemos")
    assert memo["invoiceNumber"] == posted["number"]
    assert f"Applied to {posted['number']}" in rows.notes(134)


def row_38(rows: Rows) -> None:
    assert rows.state(38, INVOICES) == ("settled", [])
    rows.bill(238, 38, 10, supplierInvoiceNumber="RE-2024-0038")
    rows.run()
    assert rows.is_written(238)

    rows.bill(338, 38, 10, supplierInvoiceNumber="RE-2024-0038")
    rows.run()
    assert rows.codes(338) == ["duplicate_invoice", "quantity_over_order"]
    rows.bill(238, 38, 10, supplierInvoiceNumber="RE-2024-0038", workflowStatus="Cancelled")
    rows.run()
    assert rows.codes(338) == ["duplicate_invoice", "quantity_over_order"]  # not withdrawn yet
    rows.withdraw(238)
    assert rows.is_written(338)
    assert len(rows.drafts(38)) == 1


def row_38_posted(rows: Rows) -> None:
    rows.invoice_by_hand(37, "post")
    rows.invoice_by_hand(37, "cancel")
    rows.bill(137, 37, 10, supplierInvoiceNumber="RE-2024-0037")
    rows.run()
    let_payments_fall_due(rows.customer)
    rows.run()
    assert rows.is_written(137)
    assert len(rows.drafts(37)) == 2


def row_39(rows: Rows) -> None:
    assert rows.is_written(39)
    rows.order(39, 1, line(1, 10), line(2, 5), workflowStatus="Cancelled")
    rows.bill(139, 39, 5)
    rows.run(ORDERS, INVOICES)
    assert rows.codes(139) == ["order_cancelled", "quantity_over_order"]
    rows.order(39, 2, line(1, 15), line(2, 5))
    rows.run(ORDERS)
    assert rows.is_written(139)


def row_40(rows: Rows) -> None:
    assert rows.codes(40) == ["line_not_on_order"]
    assert "asks for money in advance" in rows.billed(40).reasons[0]["message"]
    rows.bill(140, 40, 10)
    rows.run()
    assert rows.is_written(140)  # nothing of the order was used up


def row_41(rows: Rows) -> None:
    assert rows.draft(41) == [("8210", "10", "10"), ("8120", "1", "0.02")]


def row_42(rows: Rows) -> None:
    assert rows.codes(42) == ["written"]
    assert rows.draft(42) == [("8210", "10", "10"), ("8210", "5", "0")]


def row_43(rows: Rows) -> None:
    control(
        rows.customer.nav,
        "setup",
        {"company": COMPANY, "values": {"allowPostingFrom": "2024-03-01"}},
    )
    rows.run(FlowName.REFERENCE)
    rows.bill(43, 43, 10)
    rows.run()
    assert rows.codes(43) == ["posting_date_closed"]
    control(
        rows.customer.nav,
        "setup",
        {"company": COMPANY, "values": {"allowPostingFrom": "0001-01-01"}},
    )
    rows.run(FlowName.REFERENCE)
    assert rows.is_written(43)


def row_44(rows: Rows) -> None:
    assert rows.is_written(44)
    rows.vendor(blocked="Payment")
    rows.run(FlowName.SUPPLIERS)
    rows.order(144, 0, line(1, 10), supplier=ELSEWHERE)
    rows.bill(144, 144, 10, supplier=ELSEWHERE)
    rows.run(ORDERS, INVOICES)
    assert rows.is_written(144)
    assert "blocked for payment" in rows.notes(144)

    rows.vendor(blocked="All")
    rows.run(FlowName.SUPPLIERS)
    rows.order(244, 0, line(1, 10), supplier=ELSEWHERE)
    rows.bill(244, 244, 10, supplier=ELSEWHERE)
    rows.run(ORDERS, INVOICES)
    assert rows.codes(244) == ["supplier_blocked"]
    rows.vendor(blocked=" ")
    rows.run(FlowName.SUPPLIERS)
    assert rows.is_written(244)


def row_45(rows: Rows) -> None:
    assert rows.draft(45) == [("8210", "10", "10")]
    rows.invoice(145, _unnamed(invoice_line("0000000045", 1) | {"item": {"description": "Paint"}}))
    rows.run()
    assert rows.codes(145) == ["line_not_on_order"]


CHECKS = {
    "1 all equal: one draft, with its evidence": row_1,
    "2 the order's number in another spelling": row_2,
    "3 no number: proposed, and written once a person names it": row_3,
    "6 a price within the tolerance is booked, and kept with percent and amount": row_6,
    "7 a price above it goes on once the order is corrected": row_7,
    "9 an invoice before its order": row_9,
    "12 waits for the receipt, and grows old as one review": row_12,
    "14 a part, then the rest; the order stays open": row_14,
    "16 one invoice for two orders is one document": row_16,
    "17 invoices of one block for the same line": row_17,
    "18 one line for two order lines": row_18,
    "20 another unit goes on once the policy has its factor": row_20,
    "22 a discount of the whole document": row_22,
    "23 ordered freight, billed twice": row_23,
    "24 freight that was not ordered": row_24,
    "30 local currency is sent blank": row_30,
    "31 an exact duplicate": row_31,
    "33 the same number in another year": row_33,
    "33 the same number, entered in the ledger by hand": row_33_entered,
    "35 another supplier after the draft": row_35,
    "36 a credit note gives its quantity back": row_36,
    "36 a credit note is applied to its posted invoice": row_36_posted,
    "38 cancelled and billed again": row_38,
    "38 posted, cancelled in the ledger and billed again": row_38_posted,
    "39 an order that was cancelled, and reopened": row_39,
    "40 a deposit": row_40,
    "41 a rounding difference": row_41,
    "42 free goods": row_42,
    "43 a closed period": row_43,
    "44 a blocked vendor": row_44,
    "45 no order line named": row_45,
}
