"""Factors between units of measure, written and read as lines."""

from __future__ import annotations

import pytest

from sync.web.factor_lines import as_lines, from_lines

FACTORS = [
    {"unit": "BX", "of": "EA", "factor": "12"},
    {"unit": "BX", "of": "EA", "factor": "10", "item": "5221717"},
    {"unit": "Pallet XL", "of": "Big Box", "factor": "2.5", "item": "A 7 for labs"},
]
LINES = "1 BX = 12 EA\n1 BX = 10 EA for 5221717\n1 Pallet XL = 2.5 Big Box for A 7 for labs"


def test_factors_are_written_one_a_line_and_read_back():
    assert as_lines(FACTORS) == LINES
    assert from_lines(LINES) == FACTORS


def test_blanks_and_a_missing_one_do_not_matter():
    assert from_lines("\n  BX=12 EA \n\n 1 bx  =  12   EA FOR 7") == [
        {"unit": "BX", "of": "EA", "factor": "12"},
        {"unit": "bx", "of": "EA", "factor": "12", "item": "7"},
    ]


def test_a_unit_that_begins_with_a_number_is_told_by_the_one_before_it():
    pack = [{"unit": "12 pack", "of": "EA", "factor": "12"}]

    assert as_lines(pack) == "1 12 pack = 12 EA"
    assert from_lines(as_lines(pack)) == pack


@pytest.mark.parametrize(
    "line", ["BX 12 EA", "1 BX = 12", "= 12 EA", "2 BX = 24 EA", "12 EA = 1 BX", "0.5 KG = 500 G"]
)
def test_a_line_that_cannot_be_read_is_named_with_how_one_reads(line):
    with pytest.raises(ValueError, match=f"{line}: a line reads 1 BX = 12 EA"):
        from_lines(line)
