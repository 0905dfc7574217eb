"""The words of OData as NAV takes them: literals, options, days, numbers, codes, texts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from connectors.errors import UnexpectedAnswer
from connectors.nav import odata, texts, urls
from connectors.nav.pages.client import wire_body as pages_body

LITERALS = {
    "text": ("A-17", "'A-17'"),
    "a quote": ("O'Neill", "'O''Neill'"),
    "an attack": ("x' or number ne '", "'x'' or number ne '''"),
    "unicode": ("Müller 株", "'Müller 株'"),
    "a day": (date(2026, 1, 1), "2026-01-01"),
    "an instant": (datetime(2026, 1, 1, 9, 0, 0, 123456, UTC), "2026-01-01T09:00:00.123Z"),
    "an instant elsewhere": (
        datetime(2026, 1, 1, 9, tzinfo=timezone(timedelta(hours=2))),
        "2026-01-01T07:00:00.000Z",
    ),
    "a decimal": (Decimal("1E+2"), "100"),
    "a number": (5, "5"),
    "a truth": (True, "true"),
}


@pytest.mark.parametrize("case", LITERALS.values(), ids=LITERALS)
def test_filter_literals_are_escaped(case):
    value, text = case
    assert odata.literal(value) == text


@pytest.mark.parametrize("value", ["a\x00b", "a\nb", "\ud800", 1.5, None])
def test_what_has_no_literal_is_refused(value):
    with pytest.raises(ValueError):
        odata.literal(value)


def test_alternatives_stand_in_brackets_beside_another_condition():
    vendors = odata.any_of("vendorNumber", ["1", "2"])

    assert odata.both(vendors, "status eq 'Draft'") == (
        "(vendorNumber eq '1' or vendorNumber eq '2') and status eq 'Draft'"
    )


ENUMS = {
    "G/L Account": "G_x002F_L_x0020_Account",
    "": "_x0020_",
    "Non-Inventory": "Non_x002D_Inventory",
    "Charge (Item)": "Charge_x0020__x0028_Item_x0029_",
    "Draft": "Draft",
}


@pytest.mark.parametrize("name", ENUMS)
def test_enum_words_travel_encoded_and_are_read_in_both_forms(name):
    assert odata.encode_enum(name) == ENUMS[name]
    assert odata.decode_enum(ENUMS[name]) == name
    assert odata.decode_enum(name) == name


def test_empty_values_are_none():
    assert odata.parse_date("0001-01-01") is None
    assert odata.parse_date("") is None
    assert odata.parse_instant("0001-01-01T00:00:00Z") is None
    assert odata.is_blank_id(urls.ZERO_GUID)
    assert odata.parse_date("2026-01-10") == date(2026, 1, 10)
    assert odata.parse_instant("2026-01-10T09:00:00Z") == datetime(2026, 1, 10, 9, tzinfo=UTC)


@pytest.mark.parametrize("value", ["10/01/2026", "2026-13-01"])
def test_a_date_that_is_none_is_an_unexpected_answer(value):
    with pytest.raises(UnexpectedAnswer):
        odata.parse_date(value)


BODIES = {
    "decimals exactly": ({"a": Decimal("19.990"), "b": Decimal("1E+3")}, '{"a":19.990,"b":1000}'),
    "28 digits": ([Decimal("1234567890123456789.123456789")], "[1234567890123456789.123456789]"),
    "order kept": ({"z": 1, "a": {"y": None, "b": [True]}}, '{"z":1,"a":{"y":null,"b":[true]}}'),
    "unicode": ({"n": 'Müller "株"'}, '{"n":"Müller \\"株\\""}'),
}


@pytest.mark.parametrize("case", BODIES.values(), ids=BODIES)
def test_bodies_are_written_exactly(case):
    body, text = case
    assert odata.dumps(body).decode() == text


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity")])
def test_what_is_no_amount_is_never_written(value):
    with pytest.raises(ValueError):
        odata.dumps({"amount": value})


def test_stored_decimals_become_numbers_and_other_text_stays():
    stored = {"number": "0010", "lines": [{"quantity": "2.50", "description": "2.50"}]}

    assert odata.wire_body(stored) == {
        "number": "0010",
        "lines": [{"quantity": Decimal("2.50"), "description": "2.50"}],
    }


CODES = {" a-17 ": "A-17", "straße": "STRAßE", "ñandú": "ÑANDÚ", "": ""}


@pytest.mark.parametrize("text", CODES)
def test_codes_are_upper_case_without_blanks_around(text):
    assert odata.code(text) == CODES[text]


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("straße", "STRASSE", True),
        ("straße", "STRAßE", True),
        ("ñandú", "ÑANDÚ ", True),
        ("ñandú", "NANDU", False),
        ("A-17", "A17", False),
    ],
)
def test_codes_are_the_same_however_the_ledger_writes_their_upper_case(ours, theirs, same):
    assert odata.same_code(ours, theirs) is same


def test_a_key_of_our_own_that_is_too_long_keeps_its_start_and_gets_a_tail():
    first, second = texts.own_key("A" * 30 + "1", 20), texts.own_key("A" * 30 + "2", 20)

    assert len(first) == len(second) == 20
    assert first != second
    assert first == texts.own_key("A" * 30 + "1", 20)
    assert texts.own_key("short", 20) == "short"


@pytest.mark.parametrize("number", ["", "   ", "x" * 36])
def test_somebody_elses_number_is_refused_rather_than_cut(number):
    with pytest.raises(ValueError):
        texts.foreign_code(number, 35, "external_number")


def test_texts_become_one_line_without_control_characters():
    assert texts.shorten("a\x00b\tc\ud800 \n d", 10) == "a b c d"
    assert texts.shorten("abcdefghij", 5) == "abcd…"


def test_this_folder_asks_neither_the_sandbox_nor_another_connector():
    folder = Path(odata.__file__).parent
    for path in folder.glob("*.py"):
        text = path.read_text()
        assert "nav.sandbox" not in text, path.name
        assert "connectors.jaggaer" not in text, path.name


def test_members_go_out_in_navs_order_whatever_order_a_database_gave_them_back_in():
    stored = {"orderDate": "2026-01-10", "currencyCode": "EUR", "vendorNumber": "20000"}
    line = {"Type": "G/L Account", "No": "8210", "Line_No": 20000}

    assert list(odata.wire_body(stored)) == ["vendorNumber", "orderDate", "currencyCode"]
    assert list(pages_body(dict(sorted(line.items())))) == ["Line_No", "Type", "No"]
