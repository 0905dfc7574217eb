"""Changing an order that stands at a running NAV: what happens for each row of its life cycle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors import codec
from connectors.base import Written
from connectors.documents import LedgerOrder, LedgerOrderChange, OrderStanding
from connectors.errors import ChangedInLedger
from connectors.nav.connector import NavConnector
from sync.domain.order_changes import close, revise, standing_of
from tests.connectors.nav.builders import COMPANY, line, order

BATCH = "POST $batch"


def numbered(number: int, quantity: str, price: str = "10", **values: Any) -> Any:
    amounts = {"quantity": Decimal(quantity), "unit_price": Decimal(price)}
    return line(source_line=number, **amounts, **values)


WRITTEN = order(lines=(numbered(1, "10"), numbered(2, "5")))


class Order:
    """An order that was written, and what became of it."""

    def __init__(self, ledger: NavConnector, document: LedgerOrder) -> None:
        self.ledger, self.version = ledger, 1
        [step] = ledger.plan(COMPANY, document)
        self.id = ledger.send(COMPANY, step, {}).remote_id
        self.standing = standing_of(document)

    def step(self, changes: Any) -> Any:
        self.version += 1
        change = LedgerOrderChange(
            remote_id=self.id,
            source_reference=WRITTEN.source_reference,
            version=self.version,
            standing=self.standing,
            changes=tuple(changes),
        )
        [step] = self.ledger.plan(COMPANY, change)
        return step

    def carry_out(self, changes: Any) -> Written:
        written = self.ledger.send(COMPANY, self.step(changes), {})
        self.standing: OrderStanding = codec.load(written.facts["standing"])
        return written

    def revise(self, *lines: Any) -> Written:
        return self.carry_out(revise(self.standing, order(lines=lines), {}))


@pytest.fixture
def written(ledger: NavConnector, nav: Any) -> Order:
    found = Order(ledger, WRITTEN)
    nav.forget_calls()
    return found


@pytest.fixture
def lines(rows: Any) -> Any:
    """Account lines of the only order as (account, quantity, price)."""

    def read() -> list[tuple[str, Decimal, Decimal]]:
        [stored] = rows("purchaseOrders", expand="purchaseOrderLines")
        found = stored["purchaseOrderLines"]
        found = sorted(found, key=lambda each: each["sequence"])[1:]
        return [(x["lineObjectNumber"], x["quantity"], x["directUnitCost"]) for x in found]

    return read


@pytest.fixture
def receive(nav: Any, written: Order) -> Any:
    def act(quantities: dict[str, int]) -> None:
        nav.type_in("purchaseOrders", "receive", id=written.id, quantities=quantities)

    return act


def test_3_4_a_revision_patches_quantity_and_price_in_one_transaction(written, lines, nav):
    written.revise(numbered(1, "12"), numbered(2, "5", "11"))

    assert lines() == [("8210", 12, 10), ("8210", 5, 11)]
    assert [call for call in nav.calls() if call.startswith("POST")] == [BATCH]


def test_3_a_line_never_falls_below_what_was_received(written, lines, receive):
    receive({"20000": 4})

    done = written.revise(numbered(1, "1"), numbered(2, "5"))

    assert lines()[0] == ("8210", 4, 10)
    assert done.facts["kept"] == [{"line": "1", "kept": "4"}]


def test_5_another_account_splits_off_the_rest_of_a_received_line(written, lines, receive):
    receive({"20000": 4})

    written.revise(numbered(1, "10", account="8230"), numbered(2, "5"))

    assert lines() == [("8210", 4, 10), ("8210", 5, 10), ("8230", 6, 10)]


def test_5_another_account_of_an_untouched_line_is_a_new_line(written, lines):
    written.revise(numbered(1, "10", account="8230"), numbered(2, "5"))

    assert lines() == [("8210", 5, 10), ("8230", 10, 10)]


def test_6_a_new_line_comes_with_its_dimensions(written, lines, rows):
    added = numbered(3, "7", dimensions={"DEPARTMENT": "SALES"})
    written.revise(numbered(1, "10"), numbered(2, "5"), added)

    assert lines()[2] == ("8210", 7, 10)
    [stored] = rows("purchaseOrders", expand="purchaseOrderLines($expand=dimensionSetLines)")
    last = max(stored["purchaseOrderLines"], key=lambda each: each["sequence"])
    assert [each["valueCode"] for each in last["dimensionSetLines"]] == ["SALES"]


def test_6_a_line_that_nothing_was_received_of_goes(written, lines):
    written.revise(numbered(1, "10"))

    assert lines() == [("8210", 10, 10)]


def test_6_of_a_received_line_only_the_rest_goes(written, lines, receive):
    receive({"30000": 2})

    written.revise(numbered(1, "10"))

    assert lines() == [("8210", 10, 10), ("8210", 2, 10)]


def test_12_13_16_a_cancelled_order_keeps_what_was_received_and_can_be_reopened(
    written, lines, receive
):
    receive({"20000": 4})

    written.carry_out(close(written.standing, {}))
    assert [quantity for _, quantity, _ in lines()] == [4, 0]

    written.revise(numbered(1, "10"), numbered(2, "5"))
    assert [quantity for _, quantity, _ in lines()] == [10, 5]


def test_9_a_line_edited_by_hand_is_shown_three_ways_and_left_alone(written, lines, rows, nav):
    [stored] = rows("purchaseOrders", expand="purchaseOrderLines")
    first = sorted(stored["purchaseOrderLines"], key=lambda each: each["sequence"])[1]
    nav.type_in("purchaseOrderLines", "patch", id=first["id"], values={"quantity": 11})

    with pytest.raises(ChangedInLedger) as refused:
        written.revise(numbered(1, "12"), numbered(2, "6"))

    assert refused.value.differences == (
        {"field": "line 1 quantity", "written": "10", "ledger": "11", "wanted": "12"},
    )
    assert lines() == [("8210", 11, 10), ("8210", 5, 10)]


def test_9_a_released_order_is_not_reopened(written, lines, nav):
    nav.type_in("purchaseOrders", "release", id=written.id)

    with pytest.raises(ChangedInLedger, match="released"):
        written.revise(numbered(1, "12"), numbered(2, "5"))

    assert lines() == [("8210", 10, 10), ("8210", 5, 10)]


def test_an_order_that_nav_deleted_cannot_grow_but_can_be_closed(written, nav):
    nav.type_in("purchaseOrders", "delete", id=written.id)

    with pytest.raises(ChangedInLedger, match="deleted, or fully invoiced"):
        written.revise(numbered(1, "12"), numbered(2, "5"))
    assert written.carry_out(close(written.standing, {})).status == "gone"


def test_a_change_that_stands_is_found_and_sending_it_again_changes_nothing(
    ledger, written, lines, nav
):
    wanted = order(lines=(numbered(1, "12"), numbered(2, "5"), numbered(3, "7")))
    step = written.step(revise(written.standing, wanted, {}))
    assert ledger.find(COMPANY, [(step, {})]) == [[]]

    ledger.send(COMPANY, step, {})
    nav.forget_calls()
    ledger.send(COMPANY, step, {})

    assert nav.calls() == ["GET companies(id)/purchaseOrders(id)"]
    [[found]] = ledger.find(COMPANY, [(step, {})])
    assert found.same


def test_the_preview_names_every_request_at_most(ledger, written):
    gone = numbered(3, "7")
    step = written.step(revise(written.standing, order(lines=(numbered(1, "12"), gone)), {}))

    [planned] = ledger.requests(COMPANY, step)

    methods = [each["method"] for each in planned.body["requests"]]
    assert sorted(methods) == ["DELETE", "PATCH", "POST"]
