"""Values as a profile types them: numbers, days, instants, and dates as filters want them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.jaggaer.profile.values import Converter, DatePattern, PatternError
from connectors.jaggaer.settings import default_profile

CONVERTER = Converter(default_profile()["dates"], default_profile()["text"])


@pytest.mark.parametrize(
    ("kind", "raw", "value"),
    [
        ("string", 2526304, "2526304"),
        ("string", "006105", "006105"),
        ("string", Decimal("1E+2"), "100"),
        ("int", "30", 30),
        ("int", Decimal("30.0"), 30),
        ("decimal", "102.50", Decimal("102.50")),
        ("decimal", 7, Decimal(7)),
        ("decimal", "-0.005", Decimal("-0.005")),
        ("bool", "Yes", True),
        ("bool", "FALSE", False),
        ("bool", True, True),
        ("date", "2024-02-14T00:00:00.000Z", date(2024, 2, 14)),
        ("date", "2024-02-14T00:00:00.000+13:00", date(2024, 2, 14)),
        ("date", "20240214", date(2024, 2, 14)),
        ("date", "9999-12-31", date(9999, 12, 31)),
        (
            "instant",
            "2024-02-14T19:58:56.973Z",
            datetime(2024, 2, 14, 19, 58, 56, 973000, tzinfo=UTC),
        ),
        ("instant", "2024-02-14T19:58:56Z", datetime(2024, 2, 14, 19, 58, 56, tzinfo=UTC)),
        ("instant", "2024-02-14T19:58:56-05:00", datetime(2024, 2, 15, 0, 58, 56, tzinfo=UTC)),
        ("instant", "20240201080000", datetime(2024, 2, 1, 8, tzinfo=UTC)),
        ("instant", "20240201", datetime(2024, 2, 1, tzinfo=UTC)),
        ("instant", "2016-12-31T23:59:60Z", datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_values_are_typed_without_losing_anything(kind: str, raw: Any, value: Any):
    assert CONVERTER.of(kind)(raw) == value


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("int", "1.5"),
        ("int", "x"),
        ("decimal", "1.234,50"),
        ("decimal", "1,000"),
        ("decimal", "NaN"),
        ("decimal", True),
        ("decimal", "1e999"),
        ("bool", "perhaps"),
        ("date", "2024-02-30"),
        ("date", "14.02.2024"),
        ("date", ""),
        ("instant", "yesterday"),
        ("instant", "2024-02-14"),
    ],
)
def test_what_is_not_of_the_type_is_an_error_and_no_guess(kind: str, raw: Any):
    with pytest.raises(ValueError):
        CONVERTER.of(kind)(raw)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("d/M/yyyy H:mm:ss", "4/7/2024 9:05:00"),
        ("MM/dd/yyyy hh:mm:ss a", "07/04/2024 09:05:00 AM"),
        ("dd.MM.yy HH:mm", "04.07.24 09:05"),
        ("yyyyMMdd'T'HHmmssX", "20240704T110500+0200"),
    ],
)
def test_times_are_read_in_the_customer_s_own_form(pattern: str, text: str):
    reads = Converter({"instant": [pattern], "date": [pattern]}, {})

    assert reads.of("instant")(text) == datetime(2024, 7, 4, 9, 5, tzinfo=UTC)
    assert reads.of("date")(text) == date(2024, 7, 4)


def test_noon_and_midnight_are_told_apart_on_a_clock_of_twelve_hours():
    reads = Converter({"instant": ["yyyy-MM-dd h:mm a"]}, {}).of("instant")

    assert [reads(f"2024-07-04 12:00 {half}").hour for half in ("AM", "pm")] == [0, 12]
    with pytest.raises(ValueError, match="between 1 and 12"):
        reads("2024-07-04 13:00 PM")


def test_a_profile_that_says_nothing_of_dates_takes_those_of_the_contract():
    bare = Converter({}, {})

    assert bare.of("instant")("2024-02-14T19:58:56.973Z").hour == 19
    assert bare.of("date")("2024-02-14T00:00:00.000Z") == date(2024, 2, 14)


def test_a_filter_s_date_without_zone_is_written_as_its_reader_takes_it():
    at, there = datetime(2024, 7, 14, 10, tzinfo=UTC), ZoneInfo("America/New_York")

    assert DatePattern("yyyyMMddHHmmss").write(at, there) == "20240714060000"
    assert DatePattern("yyyy-MM-dd'T'HH:mm:ss'Z'").write(at, there) == "2024-07-14T10:00:00Z"
    assert DatePattern("yyyy-MM-dd'T'HH:mm:ssX").write(at, there) == "2024-07-14T10:00:00Z"


def test_times_without_zone_are_of_the_profile_s_zone():
    berlin = Converter({"instant": ["yyyyMMddHHmmss"], "compactTimeZone": "Europe/Berlin"}, {})

    assert berlin.of("instant")("20240714120000") == datetime(2024, 7, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'", "2024-02-14T19:58:56.973Z"),
        ("yyyyMMdd", "20240214"),
        ("dd/MM/yyyy HH:mm", "14/02/2024 19:58"),
        ("yyyy-MM-dd'T'HH:mm:ssX", "2024-02-14T19:58:56Z"),
    ],
)
def test_a_filter_s_date_is_written_as_the_customer_s_system_wants_it(pattern: str, text: str):
    at = datetime(2024, 2, 14, 19, 58, 56, 973999, tzinfo=UTC)

    assert DatePattern(pattern).write(at) == text


@pytest.mark.parametrize("pattern", ["", "YYYY-MM-dd", "yyyy-MM-dd'T", "EEE", "MMM"])
def test_a_pattern_with_unknown_letters_is_refused(pattern: str):
    with pytest.raises(PatternError):
        DatePattern(pattern)
