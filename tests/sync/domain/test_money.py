"""What rounding, dividing and converting keep."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain import money
from sync.domain.rates import ExchangeRate, RateTable

D = Decimal
amounts = st.decimals(-(10**9), 10**9, places=2)


def test_the_target_says_how_many_decimals_a_currency_has() -> None:
    assert money.exponent("HUF") == 2
    assert money.exponent(money.Currency("HUF", 0)) == 0
    assert money.exponent("clf ") == 4
    assert [money.decimals_in(D(step)) for step in ("1.00", "0.01", "0.05", "10")] == [0, 2, 2, 0]
    assert money.unit("TND") == D("0.001")


@pytest.mark.parametrize(
    ("rest", "parts"),
    [("largest", ["33.33", "66.67"]), ("last", ["33.33", "66.67"])],
)
def test_a_third_and_two_thirds_sum_to_the_whole(rest, parts) -> None:
    found = money.allocate(D(100), [D(1), D(2)], "EUR", rest=rest)

    assert found == [D(part) for part in parts]


def test_the_rest_goes_to_the_largest_part_or_to_the_last() -> None:
    weights = [D(2), D(1), D(1)]

    assert money.allocate(D("0.05"), weights, "EUR") == [D("0.03"), D("0.01"), D("0.01")]
    assert money.allocate(D("0.10"), [D(1)] * 3, "EUR", rest="last")[-1] == D("0.04")


@given(amount=amounts, weights=st.lists(st.integers(0, 1000).map(D), min_size=1, max_size=9))
def test_parts_always_sum_to_what_was_divided(amount, weights) -> None:
    assert sum(money.allocate(amount, weights, "EUR")) == amount
    assert sum(money.allocate(amount, weights, "EUR", rest="last")) == amount


@given(
    lines=st.lists(amounts, min_size=1, max_size=9),
    rate=st.decimals("0.0001", 1000, places=4),
)
def test_converted_lines_sum_to_the_converted_total(lines, rate) -> None:
    whole = money.round_amount(money.multiply(sum(lines, D(0)), rate), "EUR")

    assert sum(money.convert(lines, rate, "EUR")) == whole


def test_nothing_cannot_be_divided_and_money_not_by_nothing() -> None:
    with pytest.raises(ValueError):
        money.allocate(D(1), [], "EUR")
    with pytest.raises(ZeroDivisionError):
        money.divide(D(1), D(0))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("1E+3", "1000"),
        ("0.500000", "0.50"),
        ("12.3456", "12.3456"),
        ("-0.00", "0.00"),
        ("-0", "0"),
        ("7", "7"),
    ],
)
def test_numbers_are_written_plainly(value, text) -> None:
    assert money.plain(D(value)) == text


@pytest.mark.parametrize(
    ("value", "currency", "text"),
    [
        ("100", "GBP", "100.00 GBP"),
        ("100.5", "GBP", "100.50 GBP"),
        ("0.1253", "GBP", "0.1253 GBP"),
        ("1500.00", "JPY", "1500 JPY"),
        ("1.2", "KWD", "1.200 KWD"),
        ("1500", money.Currency("HUF", 0), "1500 HUF"),
        ("7", None, "7.00"),
    ],
)
def test_a_sentence_says_an_amount_with_the_decimals_of_its_currency(value, currency, text) -> None:
    assert money.spoken(D(value), currency) == text


def test_the_rate_of_a_day_is_the_latest_that_had_started() -> None:
    rates = RateTable(
        [
            ExchangeRate("USD", date(2025, 1, 1), D(100), D(90)),
            ExchangeRate("USD", date(2025, 2, 1), D(100), D(95)),
        ]
    )

    assert rates.on("usd", date(2025, 1, 31)).rate == D("0.9")
    assert rates.on("USD", date(2025, 2, 1)).rate == D("0.95")
    assert rates.on("USD", date(2024, 12, 31)) is None
    assert rates.on("GBP", date(2025, 2, 1)) is None
