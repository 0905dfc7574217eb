"""Units of measure of invoice and order: whose factor counts, and what is counted with it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sync.matching import Usage, Verdict, match
from tests.sync.building import (
    codes,
    context,
    credit_note,
    earlier,
    factors,
    invoice,
    line,
    order,
    order_line,
    used,
)

D = Decimal
BOX_OF_12 = {"unit_factor": D(12), "unit_base": "EA"}
BOX_OF_10 = {"unit_factor": D(10), "unit_base": "EA"}


def matched(billed: Any, ordered: Any, *lines: str, **details: Any) -> Verdict:
    return match(invoice(billed), context(order(ordered), limits=factors(*lines), **details))


def converted(verdict: Verdict) -> tuple[str, str, str, str]:
    """Both quantities, the factor and who said it."""
    [check] = [item for item in verdict.checks if item.rule == "unit"]
    return tuple(check.numbers.values())


WHO = {
    "a general entry": (["1 BX = 12 EA"], {}, {}, ("24", "the policy")),
    "an entry of another item does not hold": (
        ["1 BX = 10 EA for 77", "1 BX = 12 EA"],
        {},
        {"catalog_number": "78"},
        ("24", "the policy"),
    ),
    "the entry of the item before the general one": (
        ["1 BX = 12 EA", "1 BX = 10 EA for A-77"],
        {},
        {"catalog_number": "a-77"},
        ("20", "the policy for item a-77"),
    ),
    "the item as the invoice names it": (
        ["1 BX = 10 EA for 77"],
        {"catalog_number": "77"},
        {},
        ("20", "the policy for item 77"),
    ),
    "what the lines say before a general entry": (
        ["1 BX = 12 EA"],
        BOX_OF_10,
        {},
        ("20", "the line of the invoice"),
    ),
    "the entry of the item before what the lines say": (
        ["1 BX = 12 EA for 77"],
        BOX_OF_10,
        {"catalog_number": "77"},
        ("24", "the policy for item 77"),
    ),
    "names in common use for one unit": (["1 Boxes = 12 Each"], {}, {}, ("24", "the policy")),
    "entries one after the other": (
        ["1 BX = 4 PK", "1 PK = 3 EA"],
        {},
        {},
        ("24", "the policy"),
    ),
}


@pytest.mark.parametrize(("entries", "billed", "ordered", "said"), WHO.values(), ids=WHO)
def test_the_most_particular_factor_counts(entries, billed, ordered, said) -> None:
    verdict = matched(
        line("2", "600", unit="BX", **billed), order_line("24", "50", **ordered), *entries
    )

    ours, theirs, _, source = converted(verdict)
    assert (ours, theirs, source) == ("2 BX", f"{said[0]} EA", said[1])


def test_an_order_s_own_factor_counts_the_other_way_round() -> None:
    verdict = matched(line("24", "5"), order_line("2", "60", unit="BX", **BOX_OF_12))

    assert verdict.ok
    assert converted(verdict) == ("24 EA", "2 BX", "1 BX = 12 EA", "the line of the order")


def test_two_units_of_one_base_are_compared_by_it() -> None:
    billed = line("12", "60", unit="BX", **BOX_OF_12)
    ordered = order_line("1", "720", unit="CTN", unit_factor=D(144), unit_base="ea")

    assert converted(matched(billed, ordered)) == ("12 BX", "1 CTN", "1 CTN = 12 BX", "both lines")


def test_boxes_of_ten_are_no_boxes_of_twelve() -> None:
    billed = line("12", "50", unit="BX", **BOX_OF_10)

    verdict = matched(billed, order_line("12", "60", unit="BX", **BOX_OF_12))

    assert verdict.ok
    assert converted(verdict) == ("12 BX", "10 BX", "6 BX of 10 EA = 5 BX of 12 EA", "both lines")


@pytest.mark.parametrize("factor", ["0", "-12"])
def test_a_factor_that_says_nothing_parks(factor) -> None:
    billed = line("1", "600", unit="BX", unit_factor=D(factor), unit_base="EA")

    verdict = matched(billed, order_line("12", "50"))

    assert codes(verdict) == {"unit_differs"}
    assert "how many EA one BX is (match.unit_factors)" in verdict.reasons[0].fix


def test_parts_that_have_no_end_come_to_the_whole() -> None:
    """Twelve times two pieces are two dozen, as they are stored; one piece more is too much."""
    taken, key = Usage(), ("po 4711", 1)

    def bill(pieces: str) -> Verdict:
        ordered = order_line("2", "12", unit="DZN")
        return matched(line(pieces, "1"), ordered, "1 DZN = 12 EA", used={key: taken})

    for _ in range(12):
        verdict = bill("2")
        assert verdict.ok, verdict.sentence
        took = verdict.usage[key]
        taken += Usage(D(format(took.quantity, ".15f")), took.amount)

    assert taken.quantity == 2
    assert codes(bill("1")) == {"quantity_over_order"}


def test_a_credit_note_gives_back_in_the_unit_of_the_order() -> None:
    note = credit_note(line("1", "600", unit="BX"))
    given = context(
        order(order_line("24", "50")),
        limits=factors("1 BX = 12 EA"),
        used=used("24", "1200"),
        before=[earlier("RE-100", "1200.00")],
    )

    assert match(note, given).usage == {("po 4711", 1): Usage(D(-12), D("-600.00"))}
