"""What the ledger received on its lines, brought back to the lines of the order."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from connectors.documents import (
    CodingPart,
    LedgerLine,
    LedgerOrder,
    OrderLine,
    OrderStanding,
    PurchaseOrder,
    Readiness,
    StandingLine,
    SupplierRef,
)
from connectors.standing import OrderedLine, ReceivedLine
from sync.domain.order_changes import standing_of
from sync.engine.deciding.receipt_dates import by_place, of_line
from sync.engine.deciding.receipts import _by_order_line
from sync.matching.context import Receipt

ORDER = UUID(int=7)


def _order(*lines: OrderLine) -> PurchaseOrder:
    return PurchaseOrder(
        source_id="1",
        version="1",
        modified_at=None,
        reference="49",
        readiness=Readiness.POSTABLE,
        supplier=SupplierRef(),
        currency="USD",
        lines=lines,
    )


def _line(number: int, quantity: str, parts: int = 1, **more) -> OrderLine:
    coding = tuple(CodingPart({"glAccount": "1"}, Decimal(100) / parts) for _ in range(parts))
    amount = Decimal(quantity)
    return OrderLine(
        number=number,
        description="x",
        quantity=amount,
        unit_price=Decimal(1),
        amount=amount,
        coding=coding,
        **more,
    )


def _ledger(place: int, ordered: str, received: str) -> OrderedLine:
    return OrderedLine(place, Decimal(ordered), Decimal(received), Decimal(0))


def _written(source_line: int, quantity: str, price: str = "1") -> LedgerLine:
    return LedgerLine(
        description="x",
        account="1",
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        source_line=source_line,
    )


def _standing(*lines: LedgerLine) -> OrderStanding:
    return standing_of(
        LedgerOrder(
            vendor_number="V1",
            order_date=date(2026, 1, 5),
            currency=None,
            lines=lines,
            source_reference="JAGGAER 49",
        )
    )


def _at(place: int, line: LedgerLine, **more) -> StandingLine:
    return StandingLine(key=str(line.source_line), place=place, line=line, **more)


def _stands(*lines: StandingLine) -> OrderStanding:
    return OrderStanding(vendor_number="V1", currency=None, lines=lines)


CASES = {
    "as it was written": (
        _order(_line(1, "10")),
        _standing(_written(1, "10")),
        [_ledger(1, "10", "4")],
        {1: "4"},
    ),
    "a cancelled line was never written": (
        _order(_line(1, "5", cancelled=True), _line(2, "10")),
        _standing(_written(2, "10")),
        [_ledger(1, "10", "10")],
        {2: "10"},
    ),
    "one piece of its amount: the same proportion": (
        _order(_line(1, "44")),
        _standing(_written(1, "1", "44")),
        [_ledger(1, "1", "0.5")],
        {1: "22"},
    ),
    "a split line is received as far as all of its parts are": (
        _order(_line(1, "10", parts=2), _line(2, "3")),
        _standing(_written(1, "1", "6"), _written(1, "1", "4"), _written(2, "3")),
        [_ledger(1, "1", "1"), _ledger(2, "1", "0"), _ledger(3, "3", "2")],
        {1: "0", 2: "2"},
    ),
    "an added line has a place of its own, and what people typed between has none": (
        _order(_line(1, "10"), _line(3, "7"), _line(2, "5")),
        _stands(_at(1, _written(1, "10")), _at(2, _written(2, "5")), _at(3, _written(3, "7"))),
        [_ledger(1, "10", "4"), _ledger(-1, "9", "9"), _ledger(2, "5", "5"), _ledger(3, "7", "6")],
        {1: "4", 2: "5", 3: "6"},
    ),
    "a removed line leaves the others where they are": (
        _order(_line(2, "5")),
        _stands(_at(2, _written(2, "5"))),
        [_ledger(2, "5", "3")],
        {2: "3"},
    ),
    "a line coded anew has what both ledger lines received": (
        _order(_line(1, "10")),
        _stands(_at(1, _written(1, "4"), retired=True), _at(2, _written(1, "6"))),
        [_ledger(1, "4", "4"), _ledger(2, "6", "1")],
        {1: "5"},
    ),
    "a line closed short has what was received, not more": (
        _order(_line(1, "10")),
        _stands(_at(1, _written(1, "4"))),
        [_ledger(1, "4", "4")],
        {1: "4"},
    ),
}


@pytest.mark.parametrize(("order", "standing", "ledger", "received"), CASES.values(), ids=CASES)
def test_received_quantities_come_back_to_the_lines_of_the_order(order, standing, ledger, received):
    found = _by_order_line(ORDER, order, standing, ledger)

    assert found == {(str(ORDER), number): Decimal(text) for number, text in received.items()}


def _order_line_in_ledger(place: int, received: str, description: str = "x") -> OrderedLine:
    return OrderedLine(
        place, Decimal(10), Decimal(received), Decimal(0), account="8210", description=description
    )


def _came(day: int, place: int, quantity: str, description: str = "x", *, of: str = "") -> Any:
    received_on = date(2026, 1, day)
    receipt = of or f"R{day}"
    return ReceivedLine(receipt, received_on, place, "8210", description, Decimal(quantity))


TWINS = [_order_line_in_ledger(1, "6"), _order_line_in_ledger(2, "5")]
DATED = {
    "lines of one text are told apart by their number": (
        TWINS,
        [_came(3, 1, "2"), _came(1, 1, "4"), _came(2, 2, "5")],
        {1: [(1, "4"), (3, "2")], 2: [(2, "5")]},
    ),
    "another number is told by the only line of its text": (
        [_order_line_in_ledger(1, "6"), _order_line_in_ledger(2, "5", "y")],
        [_came(1, 1, "6"), _came(2, 7, "5", "Y")],
        {1: [(1, "6")], 2: [(2, "5")]},
    ),
    "a number that another line has now is not believed": (
        [_order_line_in_ledger(1, "6"), _order_line_in_ledger(2, "5", "y")],
        [_came(1, 2, "6"), _came(2, 1, "5", "y")],
        {1: [(1, "6")], 2: [(2, "5")]},
    ),
    "what was undone in its receipt is none": (
        TWINS,
        [_came(1, 1, "6"), _came(2, 2, "5"), _came(1, 2, "3", of="R9"), _came(1, 2, "-3", of="R9")],
        {1: [(1, "6")], 2: [(2, "5")]},
    ),
    "lines of others do not matter": (
        [*TWINS, _order_line_in_ledger(-1, "4", "tea")],
        [_came(1, 1, "6"), _came(2, 2, "5"), _came(2, -1, "4", "tea")],
        {1: [(1, "6")], 2: [(2, "5")]},
    ),
    "receipts that come to less than the line says": (
        TWINS,
        [_came(1, 1, "6"), _came(2, 2, "4")],
        None,
    ),
    "receipts of two lines of one text under other numbers": (
        TWINS,
        [_came(1, 7, "6"), _came(2, 8, "5")],
        None,
    ),
    "no receipts at all": (TWINS, [], None),
}


@pytest.mark.parametrize(("lines", "received", "dated"), DATED.values(), ids=DATED)
def test_receipts_are_brought_to_the_lines_of_the_order_or_to_none(lines, received, dated):
    found = by_place(lines, received)

    told = found and {
        place: [(each.received_on.day, str(each.quantity)) for each in receipts]
        for place, receipts in found.items()
    }
    assert told == dated


def test_a_line_that_was_written_as_one_piece_arrives_in_the_quantity_of_its_order():
    written = [[_at(1, _written(1, "1", "44"))]]
    dated = {
        1: [Receipt(date(2026, 1, 1), Decimal("0.25")), Receipt(date(2026, 1, 2), Decimal("0.25"))]
    }

    found = of_line(written, dated, Decimal(22))

    assert [str(each.quantity.normalize()) for each in found] == ["11", "11"]


def test_the_parts_of_a_split_line_have_no_day_of_their_own():
    written = [[_at(1, _written(1, "1", "6"))], [_at(2, _written(1, "1", "4"))]]

    assert of_line(written, {1: [], 2: []}, Decimal(0)) is None
