"""One invoice line for several order lines, where NAV received them on different days.

Lines 1 and 2 of each order are alike; which of them an invoice means, its receipts decide.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.journeys.life import INVOICES, ORDERS, Life
from tests.journeys.small import invoice, invoice_line, line, put, small_world, type_in
from tests.world import control

pytestmark = pytest.mark.django_db(transaction=True)

THREE_WAY = {"mode": "three_way"}


class Rows(Life):
    def invoice(self, number: int, row: int, quantity: int, *, at: int | None = None) -> None:
        """Bill a quantity of an order; `at` names the line."""
        body = invoice_line(f"{row:010d}", quantity, number=at or 1)
        if at is None:
            del body["poLineNumber"]
        put(self.customer, "invoices", invoice(number, body))

    def run(self) -> None:
        self.customer.run(INVOICES)

    def match(self, number: int) -> dict[str, Any]:
        return self.document(number, INVOICES).match

    def parts(self, number: int) -> list[tuple[int, str]]:
        return [
            (part["order_line"], part["quantity"]) for part in self.match(number)["allocations"]
        ]

    def notes(self, number: int) -> str:
        return " ".join(self.match(number)["notes"])

    def asked(self, entity_set: str) -> int:
        calls = self.customer.requests(self.customer.nav, f"/{entity_set}")
        return sum(call.method == "GET" and "/__ctl/" not in call.path for call in calls)


@pytest.fixture
def rows(tmp_path, request):
    dialect = getattr(request, "param", "api")
    with small_world(tmp_path, dialect=dialect, match=THREE_WAY) as customer:
        yield Rows(customer)


def with_orders(rows: Rows, *numbers: int) -> None:
    for number in numbers:
        rows.order(number, 0, line(1, 10), line(2, 10))
    rows.customer.run(ORDERS)
    for number in numbers:
        rows.receive(number, 6, line=1, postingDate="2024-03-05")
        rows.receive(number, 5, line=2, postingDate="2024-03-01")


def test_the_oldest_receipt_that_is_not_invoiced_is_billed_first(rows):
    with_orders(rows, 18, 19)
    rows.invoice(18, 18, 8)
    rows.invoice(19, 19, 4)
    rows.customer.nav.log.clear()

    rows.run()

    assert rows.state(18, INVOICES) == ("written", [])
    assert rows.parts(18) == [(2, "5"), (1, "3")]
    assert rows.match(18)["allocations"][0]["receipts"] == [
        {"received_on": "2024-03-01", "quantity": "5"}
    ]
    assert rows.match(18)["sentence"].endswith(
        "Line 1 is spread, the oldest receipt first: 5 on line 2 (received 2024-03-01), 3 on line 1"
        " (received 2024-03-05)."
    )
    assert rows.parts(19) == [(2, "4")]
    assert "line 2 has the oldest receipt that is not invoiced (2024-03-01)" in rows.notes(19)
    assert rows.asked("purchaseReceipts") == 1  # for both orders

    rows.invoice(118, 18, 3)
    rows.invoice(119, 19, 3)
    rows.run()
    assert rows.parts(118) == [(1, "3")]
    assert rows.parts(119) == [(1, "3")]  # one piece is left of line 2
    assert rows.state(118, INVOICES) == rows.state(119, INVOICES) == ("written", [])


def test_receipts_are_read_only_where_they_may_decide(rows):
    with_orders(rows, 20, 21)
    rows.order(22, 0, line(1, 10))
    rows.customer.run(ORDERS)
    rows.receive(22, 10)
    rows.customer.nav.log.clear()

    rows.invoice(20, 20, 6, at=1)
    rows.invoice(21, 21, 5, at=2)
    rows.invoice(22, 22, 10)
    rows.run()

    assert [rows.state(row, INVOICES)[0] for row in (20, 21, 22)] == ["written"] * 3
    assert rows.asked("purchaseReceipts") == 0
    assert rows.asked("purchaseOrders") == 1


def test_without_published_receipts_the_order_of_the_lines_counts_and_is_said(rows):
    control(rows.customer.nav, "switches", {"hidden": ["purchaseReceipts"]})
    with_orders(rows, 18)
    rows.invoice(18, 18, 8)

    rows.run()

    assert rows.parts(18) == [(1, "6"), (2, "2")]
    why = "since the ledger does not publish its receipts"
    assert f"6 on line 1, 2 on line 2. In the order in which they were expected, {why}." in (
        rows.notes(18)
    )
    assert why.removeprefix("since ") in {
        part["told_apart_by"] for part in rows.match(18)["allocations"]
    }


def test_receipts_that_do_not_come_to_what_the_lines_say_are_not_believed(rows):
    with_orders(rows, 18)
    books = rows.customer.ledger()["purchaseReceipts"]
    [late] = [row for row in books if row["postingDate"] == "2024-03-05"]
    [moved] = [each for each in late["lines"] if each["quantity"]]
    type_in(rows.customer, "purchaseReceiptLines", "patch", id=moved["id"], values={"sequence": 1})
    rows.invoice(18, 18, 8)

    rows.run()

    assert rows.parts(18) == [(1, "6"), (2, "2")]
    assert "since its receipts cannot be told apart by line" in rows.notes(18)


@pytest.mark.parametrize("rows", ["pages"], indirect=True)
def test_page_web_services_show_no_receipts(rows):
    with_orders(rows, 18)
    rows.invoice(18, 18, 8)

    rows.run()

    assert rows.parts(18) == [(1, "6"), (2, "2")]
    assert "since the ledger does not publish its receipts" in rows.notes(18)
