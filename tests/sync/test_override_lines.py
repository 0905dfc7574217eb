"""Limits of single suppliers and accounts, written and read as lines."""

from __future__ import annotations

import pytest

from sync.web.override_lines import as_lines, from_lines

OVERRIDES = [
    {"supplier": "006105", "price_percent": "5", "total_amount": None},
    {"account": "Contract Hire", "mode": "two_way"},
    {"supplier": "V 7", "reverse_charge": True},
    {"supplier": "V8", "reverse_charge": False},
]
LINES = "supplier 006105: price percent 5, total amount none\naccount Contract Hire: mode two_way"
LINES += "\nsupplier V 7: reverse charge yes\nsupplier V8: reverse charge no"


def test_limits_are_written_one_a_line_and_read_back():
    assert as_lines(OVERRIDES) == LINES
    assert from_lines(LINES) == OVERRIDES


def test_empty_lines_and_capitals_do_not_matter():
    assert from_lines("\n Supplier 006105: Price percent 5 \n\n") == [
        {"supplier": "006105", "price_percent": "5"}
    ]


@pytest.mark.parametrize(
    "line",
    ["006105: price percent 5", "supplier : price percent 5", "supplier 6", "supplier 6: price"],
)
def test_a_line_that_cannot_be_read_is_named_with_how_one_reads(line):
    with pytest.raises(ValueError, match="a line reads supplier 006105: price percent 5"):
        from_lines(line)
