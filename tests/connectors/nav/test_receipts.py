"""When NAV received what it received of orders: posted receipts by the number of their order."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.nav.pages.dialect import PagesDialect
from connectors.standing import ReceivedLine
from tests.connectors.nav.builders import COMPANY, line, order


@pytest.fixture
def ordered(ledger, nav) -> Any:
    """An order of two lines, of which NAV received twice."""
    lines = (line(quantity=Decimal(10)), line(quantity=Decimal(4), description="Pens"))
    [step] = ledger.plan(COMPANY, order(lines=lines))
    written = ledger.send(COMPANY, step, {})
    came = (("2026-02-03", {"20000": "3", "30000": "1"}), ("2026-01-20", {"20000": "2"}))
    for day, quantities in came:
        wish = {"postingDate": day, "quantities": quantities}
        nav.type_in("purchaseOrders", "receive", id=written.remote_id, **wish)
    nav.forget_calls()
    return written


def told(found: list[ReceivedLine]) -> list[tuple[date, int, str, str]]:
    return sorted(
        (each.received_on, each.place, each.description, str(each.quantity)) for each in found
    )


CAME = [
    (date(2026, 1, 20), 1, "Paper", "2"),
    (date(2026, 2, 3), 1, "Paper", "3"),
    (date(2026, 2, 3), 2, "Pens", "1"),
]


def test_receipts_of_many_orders_are_one_call(ledger, nav, ordered):
    found = ledger.receipts(COMPANY, [ordered.number, *(f"X{n}" for n in range(39))])

    assert told(found[ordered.number]) == CAME
    assert {each.account for each in found[ordered.number]} == {"8210"}
    assert found["X0"] == []
    assert [call.partition("?")[0] for call in nav.calls()] == [
        "GET companies(id)/purchaseReceipts"
    ]


def test_receipts_come_page_by_page(ledger, nav, ordered):
    nav.switch(page_size=1)

    assert told(ledger.receipts(COMPANY, [ordered.number])[ordered.number]) == CAME


@pytest.mark.parametrize(
    "switches",
    [
        {"hidden": ["purchaseReceipts"]},
        {"hidden": ["purchaseReceiptLines"]},
        {"denied_sets": ["purchaseReceipts"]},
    ],
    ids=["receipts not published", "lines not published", "no permission"],
)
def test_an_instance_may_show_no_receipts(nav, ordered, switches):
    nav.switch(**switches)
    fresh = nav.connect()

    assert fresh.receipts(COMPANY, [ordered.number]) is None
    fresh.close()


def test_page_web_services_have_no_receipts():
    assert PagesDialect.receipts(None, COMPANY, ["106001"]) is None
