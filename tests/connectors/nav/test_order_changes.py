"""Changing an order that stands at a running NAV: what happens for each row of its life cycle."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.request import urlopen

import pytest

from connectors import codec
from connectors.base import Written
from connectors.documents import LedgerOrder, LedgerOrderChange, OrderStanding
from connectors.errors import ChangedInLedger, Conflict, ConnectorError
from connectors.nav.connector import NavConnector
from sync.domain.order_changes import close, revise, standing_of
from tests.connectors.nav.builders import COMPANY, line, order

HOME = {"api": COMPANY, "pages": "CRONUS International Ltd."}


def numbered(number: int, quantity: str, price: str = "10", **values: Any) -> Any:
    amounts = {"quantity": Decimal(quantity), "unit_price": Decimal(price)}
    return line(source_line=number, **amounts, **values)


WRITTEN = order(lines=(numbered(1, "10"), numbered(2, "5")))


class Order:
    """An order that was written, and what became of it."""

    def __init__(self, ledger: NavConnector, document: LedgerOrder, home: str) -> None:
        self.ledger, self.home, self.version = ledger, home, 1
        self.known: dict[str, Any] = {}
        for step in ledger.plan(home, document):
            self._learn(ledger.send(home, step, self.known))
        self.number = self.known["number"]
        self.standing = standing_of(document)

    def _learn(self, done: Written) -> Written:
        self.known |= {"id": done.remote_id, "number": done.number, **done.facts}
        return done

    def step(self, changes: Any, **values: Any) -> Any:
        self.version += 1
        change = LedgerOrderChange(
            remote_id=self.known["id"],
            source_reference=WRITTEN.source_reference,
            version=self.version,
            standing=self.standing,
            changes=tuple(changes),
            **values,
        )
        [step] = self.ledger.plan(self.home, change)
        return step

    def carry_out(self, changes: Any, **values: Any) -> Written:
        written = self.ledger.send(self.home, self.step(changes, **values), self.known)
        self.standing: OrderStanding = codec.load(written.facts["standing"])
        return written

    def revise(self, *lines: Any) -> Written:
        return self.carry_out(revise(self.standing, order(lines=lines), {}))

    def find(self, step: Any) -> Any:
        return self.ledger.find(self.home, [(step, self.known)])


@pytest.fixture(params=["api", "pages"])
def dialect(request: Any) -> str:
    return request.param


@pytest.fixture
def ledger(nav: Any, dialect: str) -> Any:
    connector = nav.connect(dialect=dialect)
    connector.setup(HOME[dialect])
    yield connector
    connector.close()


@pytest.fixture
def written(ledger: NavConnector, nav: Any, dialect: str) -> Order:
    found = Order(ledger, WRITTEN, HOME[dialect])
    nav.forget_calls()
    return found


@pytest.fixture
def stored(nav: Any, written: Order) -> Any:
    """The order with its lines as NAV keeps it, whatever dialect wrote it."""

    def read() -> dict[str, Any]:
        url = f"{nav.server.url}/__ctl/ledger?company={COMPANY}"
        with urlopen(url) as answer:
            orders = json.load(answer, parse_float=Decimal)["purchaseOrders"]
        [found] = [each for each in orders if each["number"] == written.number]
        return found | {"lines": sorted(found["lines"], key=lambda each: each["sequence"])}

    return read


@pytest.fixture
def lines(stored: Any) -> Any:
    """Account lines of the order as (account, quantity, price)."""

    def read() -> list[tuple[str, Decimal, Decimal]]:
        return [
            (x["lineObjectNumber"], Decimal(x["quantity"]), Decimal(x["directUnitCost"]))
            for x in stored()["lines"][1:]
        ]

    return read


@pytest.fixture
def by_hand(nav: Any, written: Order) -> Any:
    """What a person does with the order in NAV's own client."""

    def act(op: str, **wish: Any) -> None:
        nav.type_in("purchaseOrders", op, key={"number": written.number}, **wish)

    return act


@pytest.fixture
def receive(by_hand: Any) -> Any:
    def act(quantities: dict[str, int]) -> None:
        by_hand("receive", quantities=quantities)

    return act


def test_3_4_a_revision_patches_quantity_and_price_and_nothing_else(written, lines, nav, dialect):
    written.revise(numbered(1, "12"), numbered(2, "5", "11"))

    assert lines() == [("8210", 12, 10), ("8210", 5, 11)]
    assert len(nav.calls()) == 3  # read, change in one batch, read; or read and two lines
    assert ("POST $batch" in nav.calls()) == (dialect == "api")


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


def test_6_a_new_line_comes_with_its_dimensions(written, lines, stored):
    added = numbered(3, "7", dimensions={"DEPARTMENT": "SALES"})
    written.revise(numbered(1, "10"), numbered(2, "5"), added)

    assert lines()[2] == ("8210", 7, 10)
    last = stored()["lines"][-1]
    assert last["dimensions"]["DEPARTMENT"] == "SALES"


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


def test_9_a_line_edited_by_hand_is_shown_three_ways_and_left_alone(written, lines, stored, nav):
    first = stored()["lines"][1]
    nav.type_in("purchaseOrderLines", "patch", id=first["id"], values={"quantity": 11})

    with pytest.raises(ChangedInLedger) as refused:
        written.revise(numbered(1, "12"), numbered(2, "6"))

    assert refused.value.differences == (
        {"field": "line 1 quantity", "written": "10", "ledger": "11", "wanted": "12"},
    )
    assert lines() == [("8210", 11, 10), ("8210", 5, 10)]


def test_9_a_released_order_is_not_reopened(written, lines, by_hand):
    by_hand("release")

    with pytest.raises(ChangedInLedger, match="released"):
        written.revise(numbered(1, "12"), numbered(2, "5"))

    assert lines() == [("8210", 10, 10), ("8210", 5, 10)]


def test_9_dimensions_that_a_person_set_on_a_line_stay(written, stored, nav):
    first = stored()["lines"][1]
    nav.type_in("purchaseOrderLines", "patch", id=first["id"], values={"dims": {"DEPARTMENT": "X"}})

    written.revise(numbered(1, "12"), numbered(2, "5"))

    assert stored()["lines"][1]["dimensions"] == {"DEPARTMENT": "X"}


def test_9_what_changes_between_reading_and_writing_is_refused_by_its_version(
    written, nav, dialect
):
    nav.fault(method="PATCH" if dialect == "pages" else "POST", kind="status", status=409)

    with pytest.raises(Conflict):
        written.revise(numbered(1, "12"), numbered(2, "5"))


def test_23_a_new_date_changes_the_header_and_no_line(written, lines, stored):
    later = replace(written.standing.header, order_date=date(2027, 1, 4))

    written.carry_out((), header=later)

    found = stored()
    assert found["orderDate"] == "2027-01-04"
    assert lines() == [("8210", 10, 10), ("8210", 5, 10)]
    assert written.standing.header == later


def test_23_a_date_that_a_person_changed_is_a_difference(written, by_hand):
    by_hand("patch", values={"orderDate": "2026-03-03"})
    later = replace(written.standing.header, order_date=date(2027, 1, 4))

    with pytest.raises(ChangedInLedger) as refused:
        written.carry_out((), header=later)

    assert refused.value.differences[0]["ledger"] == "2026-03-03"


def test_an_order_that_nav_deleted_cannot_grow_but_can_be_closed(written, by_hand):
    by_hand("delete")

    with pytest.raises(ChangedInLedger, match="in the ledger deleted, wanted line 1"):
        written.revise(numbered(1, "12"), numbered(2, "5"))
    assert written.carry_out(close(written.standing, {})).status == "gone"


def test_12_an_order_that_was_deleted_is_found_as_deleted(ledger, written):
    step = written.step(close(written.standing, {}), delete=True)
    assert written.find(step) == [[]]

    sent = ledger.send(written.home, step, written.known)

    assert (sent.status, sent.facts["deleted"]) == ("deleted", True)
    [[found]] = written.find(step)  # as after a lost answer
    assert (found.same, found.written.status) == (True, "deleted")


def test_12_an_order_of_which_something_came_is_closed_and_not_deleted(written, by_hand):
    by_hand("receive", quantities={"20000": 4})

    sent = written.carry_out(close(written.standing, {}), delete=True)

    assert (sent.status, "deleted" in sent.facts) == ("Draft", False)
    assert [str(each.line.quantity) for each in written.standing.lines] == ["4", "0"]


def test_a_change_that_stands_is_found_and_sending_it_again_changes_nothing(ledger, written, nav):
    wanted = order(lines=(numbered(1, "12"), numbered(2, "5"), numbered(3, "7")))
    step = written.step(revise(written.standing, wanted, {}))
    assert written.find(step) == [[]]

    ledger.send(written.home, step, written.known)
    nav.forget_calls()
    ledger.send(written.home, step, written.known)

    assert [call.split()[0] for call in nav.calls()] == ["GET"]
    [[found]] = written.find(step)
    assert found.same


def test_a_change_that_broke_off_goes_on_where_it_ended(ledger, written, lines, nav, dialect):
    wanted = order(lines=(numbered(1, "12"), numbered(3, "7", account="8230")))
    step = written.step(revise(written.standing, wanted, {}))
    nav.fault(method="DELETE" if dialect == "pages" else "POST", kind="status", status=503)

    with pytest.raises(ConnectorError):
        ledger.send(written.home, step, written.known)
    ledger.send(written.home, step, written.known)

    assert lines() == [("8210", 12, 10), ("8230", 7, 10)]


def test_the_preview_names_every_request_at_most(ledger, written, dialect):
    gone = numbered(3, "7")
    wanted = order(lines=(numbered(1, "12"), gone))
    later = replace(written.standing.header, order_date=date(2027, 1, 4))
    step = written.step(revise(written.standing, wanted, {}), header=later)

    planned = ledger.requests(written.home, step)

    methods = [each.method for each in planned]
    if dialect == "api":
        methods = [each["method"] for each in planned[0].body["requests"]]
    assert sorted(methods) == ["DELETE", "PATCH", "PATCH", "POST"]
