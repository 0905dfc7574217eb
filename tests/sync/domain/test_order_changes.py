"""Orders that change: one case for each row of the life cycle that is decided by values alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.documents import LedgerLine, LedgerOrder, LineAction
from sync.domain.order_changes import close, reduce, revise, standing_of
from sync.matching.context import Usage


def line(number: int, quantity: str, price: str = "10", account: str = "6110") -> LedgerLine:
    return LedgerLine(
        description="Tips",
        account=account,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        source_line=number,
    )


def order(*lines: LedgerLine) -> LedgerOrder:
    return LedgerOrder(
        vendor_number="V1",
        order_date=date(2026, 1, 5),
        currency="USD",
        lines=lines,
        source_reference="JAGGAER 4711",
    )


def used(quantity: str, price: str = "10") -> dict[int, Usage]:
    return {1: Usage(Decimal(quantity), Decimal(quantity) * Decimal(price))}


def said(changes) -> list[tuple]:
    """Changes as (action, place, new place, quantity, price, keep)."""
    return [
        (
            change.action.value,
            change.place,
            change.new_place,
            str(change.line.quantity) if change.line else None,
            str(change.line.unit_price) if change.line else None,
            str(change.keep),
        )
        for change in changes
    ]


WRITTEN = order(line(1, "10"), line(2, "5"))
CASES = {
    "2 the same order read again": (WRITTEN, {}, []),
    "3 quantity up": (
        order(line(1, "12"), line(2, "5")),
        {},
        [("set", 1, None, "12", "10", "0")],
    ),
    "3 quantity down, above what was invoiced": (
        order(line(1, "6"), line(2, "5")),
        used("4"),
        [("set", 1, None, "6", "10", "4")],
    ),
    "3 quantity down, never below what was invoiced": (
        order(line(1, "2"), line(2, "5")),
        used("4"),
        [("set", 1, None, "4", "10", "4")],
    ),
    "4 price": (
        order(line(1, "10", "11"), line(2, "5")),
        used("4"),
        [("set", 1, None, "10", "11", "4")],
    ),
    "5 another account before any invoice": (
        order(line(1, "10", account="6120"), line(2, "5")),
        {},
        [("replace", 1, 3, "10", "10", "0")],
    ),
    "5 another account after an invoice: the invoiced part stays": (
        order(line(1, "10", account="6120"), line(2, "5")),
        used("4"),
        [("replace", 1, 3, "10", "10", "4")],
    ),
    "6 a line more, with a place of its own": (
        order(line(1, "10"), line(2, "5"), line(3, "7")),
        {},
        [("add", None, 3, "7", "10", "0")],
    ),
    "6 a line less": (order(line(1, "10")), {}, [("remove", 2, None, None, None, "0")]),
    "6 a line less after an invoice": (
        order(line(2, "5")),
        used("4"),
        [("remove", 1, None, None, None, "4")],
    ),
    "8 two revisions at once: only the last counts": (
        order(line(1, "12"), line(2, "6")),
        {},
        [("set", 1, None, "12", "10", "0"), ("set", 2, None, "6", "10", "0")],
    ),
    "lines in another order are the same lines": (order(line(2, "5"), line(1, "10")), {}, []),
}


@pytest.mark.parametrize(("wanted", "invoiced", "expected"), CASES.values(), ids=CASES.keys())
def test_a_revision_changes_only_the_lines_that_differ(wanted, invoiced, expected) -> None:
    assert said(revise(standing_of(WRITTEN), wanted, invoiced)) == expected


def test_12_a_cancelled_order_has_nothing_left_to_come() -> None:
    assert said(close(standing_of(WRITTEN), {})) == [
        ("set", 1, None, "0", "10", "0"),
        ("set", 2, None, "0", "10", "0"),
    ]


def test_13_a_cancelled_order_keeps_what_was_invoiced() -> None:
    changes = close(standing_of(WRITTEN), used("4"))

    assert said(changes)[0] == ("set", 1, None, "4", "10", "4")


def test_16_a_reopened_order_gets_its_quantities_back() -> None:
    standing = standing_of(order(line(1, "0"), line(2, "0")))

    assert said(revise(standing, WRITTEN, {})) == [
        ("set", 1, None, "10", "10", "0"),
        ("set", 2, None, "5", "10", "0"),
    ]


def test_what_stays_on_a_retired_line_is_not_ordered_again() -> None:
    standing = standing_of(WRITTEN)
    first = replace(standing.lines[0], retired=True, line=line(1, "4"))
    standing = replace(standing, lines=(first, standing.lines[1]))

    [change] = revise(standing, order(line(1, "10", account="6120"), line(2, "5")), {})

    assert change.action is LineAction.ADD
    assert change.line.quantity == Decimal(6)


def test_parts_of_a_split_line_are_told_apart() -> None:
    written = order(line(1, "1", "60"), line(1, "1", "40", account="6120"))
    wanted = order(line(1, "1", "60"), line(1, "1", "50", account="6120"))

    [change] = revise(standing_of(written), wanted, {})

    assert (change.key, change.place, change.line.unit_price) == ("1.2", 2, Decimal(50))


def test_a_line_written_as_one_piece_is_used_up_by_amount() -> None:
    written = order(line(1, "1", "200"))
    invoiced = {1: Usage(Decimal(10), Decimal(50))}

    [change] = close(standing_of(written), invoiced)

    assert change.line.quantity == Decimal("0.25000")


REDUCED = {
    "nothing was invoiced": (order(line(1, "10")), {}, []),
    "a part": (order(line(1, "10")), used("4"), [("set", 1, None, "6", "10", "0")]),
    "all of it and more": (order(line(1, "10")), used("12"), [("set", 1, None, "0", "10", "0")]),
    "one piece of its amount is used up by amount": (
        order(line(1, "1", "1000")),
        used("1", "250"),
        [("set", 1, None, "0.75", "1000", "0")],
    ),
    "the parts of a split are used up alike": (
        order(line(1, "1", "60"), line(1, "1", "40", account="6120")),
        used("1", "50"),
        [("set", 1, None, "0.5", "60", "0"), ("set", 2, None, "0.5", "40", "0")],
    ),
    "what the order before kept was invoiced first": (
        replace(order(line(1, "6")), again=2, left={"1": Decimal(4)}),
        used("5"),
        [("set", 1, None, "5", "10", "0")],
    ),
}


@pytest.mark.parametrize(("written", "invoiced", "expected"), REDUCED.values(), ids=REDUCED.keys())
def test_an_order_is_reduced_by_what_was_invoiced(written, invoiced, expected) -> None:
    assert said(reduce(standing_of(written), invoiced)) == expected


def test_what_was_accounted_for_is_not_taken_off_again_though_the_ledger_kept_more() -> None:
    [first] = standing_of(order(line(1, "10"))).lines
    kept = replace(first, line=line(1, "8"), reduced=Decimal(2), accounted=Decimal(4))
    standing = replace(standing_of(order()), lines=(kept,))

    assert reduce(standing, used("4")) == ()
    assert said(reduce(standing, used("5"))) == [("set", 1, None, "5", "10", "0")]
    assert said(reduce(standing, used("1"))) == [("set", 1, None, "9", "10", "0")]
    assert said(revise(standing, order(line(1, "12")), used("4"), written=used("4"))) == [
        ("set", 1, None, "8", "10", "0")
    ]
    assert said(close(standing, used("4"), written=used("4"))) == [("set", 1, None, "0", "10", "0")]
