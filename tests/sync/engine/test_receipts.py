"""What the ledger received on its lines, brought back to the lines of the order."""

from decimal import Decimal
from uuid import UUID

import pytest

from connectors.base import OrderedLine
from connectors.documents import CodingPart, OrderLine, PurchaseOrder, Readiness, SupplierRef
from sync.engine.deciding.receipts import _by_order_line

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


@pytest.mark.parametrize(
    ("order", "ledger", "received"),
    [
        (_order(_line(1, "10")), [_ledger(1, "10", "4")], {1: "4"}),
        # a cancelled line was never written
        (
            _order(_line(1, "5", cancelled=True), _line(2, "10")),
            [_ledger(1, "10", "10")],
            {2: "10"},
        ),
        # written as one piece of its amount: the same proportion
        (_order(_line(1, "44")), [_ledger(1, "1", "1")], {1: "44"}),
        # a split line is received as far as all of its parts are
        (
            _order(_line(1, "10", parts=2), _line(2, "3")),
            [_ledger(1, "1", "1"), _ledger(2, "1", "0"), _ledger(3, "3", "2")],
            {1: "0", 2: "2"},
        ),
    ],
)
def test_received_quantities_come_back_to_the_lines_of_the_order(order, ledger, received):
    found = _by_order_line(ORDER, order, ledger)

    assert found == {(str(ORDER), number): Decimal(text) for number, text in received.items()}
