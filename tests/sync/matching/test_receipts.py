"""First in, first out: what invoices left of receipts, and how a line is spread over them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from sync.matching import Usage, Verdict, match
from sync.matching.receipts import Room, not_invoiced, spread
from sync.matching.twins import orders_with_twins
from tests.sync.building import (
    coding,
    context,
    invoice,
    line,
    order,
    order_line,
    receipt,
)

D = Decimal
KEY_1, KEY_2 = ("po 4711", 1), ("po 4711", 2)
TWINS = order(order_line(), order_line(number=2))


@pytest.mark.parametrize(
    ("invoiced", "left"),
    [
        ("0", [receipt(1, "3"), receipt(2, "7")]),
        ("3", [receipt(2, "7")]),
        ("5", [receipt(2, "5")]),
        ("10", []),
        ("12", []),
        ("-2", [receipt(1, "3"), receipt(2, "7")]),
    ],
)
def test_what_came_in_first_went_out_first(invoiced, left) -> None:
    came = [receipt(2, "7"), receipt(1, "3")]

    assert list(not_invoiced(came, D(invoiced))) == left


SPREADS = {
    "by the days of the receipts": (
        [
            Room(order_line(), D(9), [receipt(1, "3"), receipt(5, "6")]),
            Room(order_line(number=2), D(4), [receipt(2, "4")]),
        ],
        "9",
        [(1, "5", [receipt(1, "3"), receipt(5, "2")]), (2, "4", [receipt(2, "4")])],
    ),
    "of one day in the order of the lines": (
        [
            Room(order_line(number=2), D(4), [receipt(1, "4")]),
            Room(order_line(), D(4), [receipt(1, "4")]),
        ],
        "5",
        [(1, "4", [receipt(1, "4")]), (2, "1", [receipt(1, "1")])],
    ),
    "without receipts by the day they were expected": (
        [
            Room(order_line(), D(4)),
            Room(order_line(number=2, requested_on=date(2025, 5, 2)), D(4)),
            Room(order_line(number=3, requested_on=date(2025, 5, 1)), D(4)),
        ],
        "10",
        [(3, "4", []), (2, "4", []), (1, "2", [])],
    ),
    "what was not received comes last": (
        [
            Room(order_line(), D(6)),
            Room(order_line(number=2), D(6), [receipt(3, "2")]),
        ],
        "9",
        [(2, "3", [receipt(3, "2")]), (1, "6", [])],
    ),
    "never more than there is room": (
        [
            Room(order_line(), D(1), [receipt(1, "4")]),
            Room(order_line(number=2), D(4), [receipt(2, "4")]),
        ],
        "5",
        [(1, "1", [receipt(1, "1")]), (2, "4", [receipt(2, "4")])],
    ),
}


@pytest.mark.parametrize(("rooms", "wanted", "parts"), SPREADS.values(), ids=SPREADS)
def test_a_quantity_is_spread(rooms, wanted, parts) -> None:
    found = spread(D(wanted), rooms)

    assert [(each.line.number, str(each.quantity), list(each.receipts)) for each in found] == parts


def received(first: Any, second: Any, **details: Any) -> dict[str, Any]:
    """What was received of both lines of TWINS, with the days."""
    receipts = {KEY_1: first, KEY_2: second}
    sums = {key: sum((each.quantity for each in all_), D(0)) for key, all_ in receipts.items()}
    return {"limits": {"mode": "three_way"}, "received": sums, "receipts": receipts, **details}


def billed(quantity: str, **known: Any) -> Verdict:
    return match(invoice(line(quantity, at=None)), context(TWINS, **known))


def parts(verdict: Verdict) -> list[tuple[int, str]]:
    return [(item.order_line, str(item.quantity)) for item in verdict.allocations]


def test_an_earlier_invoice_took_the_oldest_receipts() -> None:
    came = received([receipt(1, "6")], [receipt(2, "6")], used={KEY_1: Usage(D(4), D(400))})

    verdict = billed("7", **came)

    assert parts(verdict) == [(1, "2"), (2, "5")]
    assert verdict.sentence.endswith(
        "Line 1 is spread, the oldest receipt first: 2 on line 1 (received 2025-01-01), 5 on line 2"
        " (received 2025-01-02)."
    )
    assert verdict.as_dict()["allocations"][1]["receipts"] == [
        {"received_on": "2025-01-02", "quantity": "5"}
    ]


def test_lines_of_one_invoice_take_one_receipt_after_the_other() -> None:
    came = received([receipt(2, "6")], [receipt(1, "6")])
    two = (line("5", at=None), line("5", at=None, number=2))

    verdict = match(invoice(*two), context(TWINS, **came))

    assert parts(verdict) == [(2, "5"), (1, "5")]


def test_a_line_that_can_take_all_is_not_spread() -> None:
    verdict = billed("8", **received([receipt(1, "3")], [receipt(2, "9")]))

    assert parts(verdict) == [(2, "8")]
    assert verdict.notes == ()


def test_receipts_of_one_day_decide_nothing() -> None:
    verdict = billed("4", **received([receipt(1, "5")], [receipt(1, "5")]))

    assert parts(verdict) == [(1, "4")]
    assert "told_apart_by" not in verdict.as_dict()["allocations"][0]


EXPECTED_LATER = order(
    order_line(requested_on=date(2025, 3, 1)), order_line(number=2, requested_on=date(2025, 2, 1))
)
UNSURE = {"receipts": {KEY_2: [receipt(1, "9")]}, "undated": {"po 4711": "they are uncertain"}}


@pytest.mark.parametrize(
    ("ordered", "known", "taken"),
    [(EXPECTED_LATER, {}, 2), (EXPECTED_LATER, UNSURE, 2), (TWINS, UNSURE, 1)],
    ids=["not read", "uncertain", "uncertain and expected alike"],
)
def test_where_receipts_do_not_tell_the_line_expected_first_is_taken(ordered, known, taken) -> None:
    came = {"limits": {"mode": "three_way"}, "received": {KEY_1: D(9), KEY_2: D(9)}}

    verdict = match(invoice(line("4", at=None)), context(ordered, **came, **known))

    assert parts(verdict) == [(taken, "4")]
    assert any("In the order in which they were expected" in str(note) for note in verdict.notes)


def test_more_than_was_received_goes_to_the_received_first_and_waits() -> None:
    verdict = billed("12", **received([receipt(2, "4")], [receipt(1, "3")]))

    assert parts(verdict) == [(2, "3"), (1, "9")]
    assert {item.code for item in verdict.reasons} == {"quantity_over_received"}


NEEDED = {
    "one line may mean both": (line(at=None), TWINS, True),
    "the line is named": (line(at="1"), TWINS, False),
    "another text": (line(at=None, description="Gloves"), TWINS, False),
    "another order": (line(at=None, of="4712"), TWINS, False),
    "one of both is cancelled": (
        line(at=None),
        order(order_line(), order_line(number=2, cancelled=True)),
        False,
    ),
    "one of both is coded otherwise": (
        line(at=None),
        order(order_line(), order_line(number=2, coding=coding("6200"))),
        False,
    ),
    "amounts are not received by the piece": (
        line("1", at=None),
        order(order_line("1"), order_line("1", number=2)),
        False,
    ),
    "two lines of one number": (
        line(at="1"),
        order(order_line(), order_line(number=1001, named_as=1)),
        True,
    ),
    "a person named the order": (line(at=None, of=None), TWINS, True),
    "digits alone": (line(at=None, of="PO-4711"), TWINS, True),
}


@pytest.mark.parametrize(("billed", "ordered", "needed"), NEEDED.values(), ids=NEEDED)
def test_receipts_are_needed_where_a_line_may_mean_several(billed, ordered, needed) -> None:
    came = {(ordered.id, item.number): D(1) for item in ordered.document.lines}
    chosen = ["4711"] if billed.order_reference is None else []

    found = orders_with_twins([(invoice(billed), chosen)], [ordered], came)

    assert found == ({ordered.id} if needed else set())


def test_receipts_are_not_needed_where_one_line_received_anything() -> None:
    came = {KEY_1: D(3), KEY_2: D(0)}

    assert orders_with_twins([(invoice(line(at=None)), [])], [TWINS], came) == set()
