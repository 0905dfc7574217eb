"""Spellings of one reference agree, and nothing else does."""

from __future__ import annotations

import pytest

from sync.domain.references import (
    invoice_number_key,
    line_number,
    loose_number_key,
    order_reference_keys,
    text_key,
)

SPELLINGS = [
    "SO-498",
    "  so-498\t\n",
    "SO498",
    "SO 498",
    "SO_498",
    "SO–498",
    "SO/-498",
    "SO-4-98",
    "SO-00498",
    "SO-４９８",
    "#SO-498",
    "PO SO-498",
    "PO\xa0SO-498",
    "P.O. SO-498",
    "P. O. SO-498",
    "PO# SO-498",
    "Po-Nr. SO-498",
    "Order No.: SO-498",
    "Purchase order number SO-498",
    "Your order SO-498",
    "Ref: SO-498",
]


@pytest.mark.parametrize("text", SPELLINGS)
def test_an_order_is_known_in_every_spelling(text) -> None:
    assert order_reference_keys(text) == ("SO498", "498")


@pytest.mark.parametrize("text", ["SO-4980", "SO-489", "SCSO-498", "SO-498A", "498"])
def test_another_order_stays_another(text) -> None:
    assert order_reference_keys(text).strict != "SO498"


@pytest.mark.parametrize("text", ["0000000049", "PO 49", "049", "No. 49"])
def test_leading_zeros_do_not_count(text) -> None:
    assert order_reference_keys(text) == ("49", "49")


def test_zeros_inside_a_number_count() -> None:
    assert order_reference_keys("305-0652").strict == "3050652"
    assert order_reference_keys("100").strict == "100"


@pytest.mark.parametrize("text", [None, "", "-", "n/a", "0", "PO"])
def test_what_holds_no_digit_has_no_loose_key(text) -> None:
    assert order_reference_keys(text).loose == ""


@pytest.mark.parametrize("text", ["A-17", "A17", "0A17", "a 17", "A/17"])
def test_near_duplicates_share_the_loose_number(text) -> None:
    assert loose_number_key(text) == "A17"


def test_an_invoice_number_is_trimmed_and_upper_cased_and_no_more() -> None:
    assert invoice_number_key(" 90667/m ") == "90667/M"
    assert invoice_number_key("0A-17") == "0A-17"
    assert loose_number_key("000") == "0"


@pytest.mark.parametrize(
    ("text", "number"),
    [("1", 1), ("001", 1), ("Line 2", 2), ("", None), (None, None), ("1/2", None)],
)
def test_a_line_number_is_read_where_there_is_one(text, number) -> None:
    assert line_number(text) == number


def test_descriptions_are_compared_without_case_width_and_blanks() -> None:
    assert text_key("  Pipette\xa0 TIPS ") == text_key("pipette tips")
