"""Fields of the ledger in a clerk's words, in either dialect."""

from __future__ import annotations

import pytest

from sync.domain.senses import Sense
from sync.domain.side_by_side import in_words, label, sense


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("vendorInvoiceNumber", "Vendor_Invoice_No"), "Supplier's invoice number"),
        (("dueDate", "Due_Date"), "Due date"),
        (("currencyCode", "Currency_Code"), "Currency"),
        (("shortcutDimension1Code", "Shortcut_Dimension_1_Code"), "First dimension"),
        (("lines[2].unitCost", "lines[2].Direct_Unit_Cost"), "Line 2: price"),
        (("lines[1].lineObjectNumber", "lines[1].No"), "Line 1: account"),
        (("number", "No"), "Number in the ledger"),
        (("prepaymentPercent", "Prepayment_Percent"), "Prepayment percent"),
    ],
)
def test_a_field_has_one_name_in_both_dialects(names, words):
    assert {label(name) for name in names} == {words}


def test_inside_a_sentence_a_name_begins_small_and_keeps_its_capitals():
    assert in_words("dueDate") == "due date"
    assert in_words("Vendor_Order_No") == "JAGGAER's order number"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("dueDate", Sense.DAY),
        ("Posting_Date", Sense.DAY),
        ("lines[2].unitCost", Sense.AMOUNT),
        ("currencyCode", Sense.CURRENCY),
        ("lines[2].quantity", Sense.TEXT),
    ],
)
def test_a_value_is_written_by_what_it_is(name, kind):
    assert sense(name) is kind
