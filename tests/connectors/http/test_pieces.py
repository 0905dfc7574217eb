"""The small parts: JSON, Retry-After, budgets, paging."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from connectors.errors import RateLimited, UnexpectedAnswer
from connectors.http.jsonbody import REFUSED, parse_json
from connectors.http.limits import BodyCut
from connectors.http.pagination import (
    CursorPages,
    LinkedPages,
    NumberedPages,
    OffsetPages,
    PageFacts,
    PagingLoop,
    Position,
    SinglePage,
    walk,
)
from connectors.http.retry_after import parse_retry_after
from connectors.http.throttle import LocalThrottle


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 0.10}', {"a": Decimal("0.10")}),
        (
            b'{"a": 12345678901234567890.1234567890}',
            {"a": Decimal("12345678901234567890.123456789")},
        ),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        ('{"a": "Müller & Söhne \\ud83d\\ude00"}'.encode(), {"a": "Müller & Söhne 😀"}),
        (b"[-0.0, 1E2]", [Decimal("-0.0"), Decimal("1E2")]),
        (b"[" * 64 + b"]" * 64, None),
    ],
)
def test_json_is_read_to_the_last_digit(body: bytes, value: Any):
    parsed = parse_json(body, "application/json")

    assert value is None or parsed == value


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"a": [1, NaN]}', r"\$\.a\[1\]: NaN"),
        (b'{"a": {"b": -Infinity}}', r"\$\.a\.b: -Infinity"),
        (b'{"a": 1e400}', r"\$\.a: 1e400 is beyond"),
        (b'{"a": 1e999999999999999999999}', r"\$\.a"),
        (b'{"a": ' + b"9" * 300 + b"}", r"\$\.a: a number with more digits"),
        (b'{"x": [{"a": 1, "a": 2}]}', r"\$\.x\[0\]: the key 'a' occurs twice"),
        (b'{"a": "x\\u0000y"}', r"\$\.a: .*NUL"),
        (b'{"a": "\\ud800 alone"}', r"\$\.a: .*surrogate"),
        (b"[" * 65 + b"]" * 65, "deeper than 64"),
        (b"[" * 10_000 + b"]" * 10_000, "deeper than 64"),
        (b'{"a": "\xe4"}', "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "UTF-16"),
        (b"{'a': 1}", "not valid JSON"),
    ],
)
def test_what_json_must_not_smuggle_in_is_refused_with_its_place(body: bytes, words: str):
    with pytest.raises(UnexpectedAnswer, match=words):
        parse_json(body, "application/json")


@pytest.mark.parametrize("end", range(2, 30))
def test_json_that_ends_early_is_told_from_json_that_is_wrong(end: int):
    whole = json.dumps({"list": [1, 22, "text"], "x": {"y": 1}})

    with pytest.raises(BodyCut):
        parse_json(whole[:end].encode())


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7),
        ("0.5", 0.5),
        ("-3", 0),
        ("1000000000", 3600),
        ("Thu, 01 Jan 1970 00:01:40 GMT", 100),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 2099 00:00:00 GMT", 3600),
        ("garbage", 15),
        ("nan", 15),
        ("", 15),
        (None, 15),
    ],
)
def test_retry_after_is_read_in_all_its_spellings(value: str | None, seconds: float):
    assert parse_retry_after(value, default=15, now=0) == seconds


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_bucket_refuses_instead_of_waiting_beyond_its_patience():
    clock = Clock()
    throttle = LocalThrottle(per_second=2, max_parallel=9, burst=2, patience=0, clock=clock)

    for _ in range(2):
        with throttle.slot():
            pass
    with pytest.raises(RateLimited) as caught, throttle.slot():
        pass
    clock.now += 0.5
    with throttle.slot():
        pass

    assert caught.value.code == "own_budget"


def test_no_more_requests_are_in_flight_than_agreed():
    throttle = LocalThrottle(per_second=100, max_parallel=1, patience=0, clock=Clock())

    with throttle.slot(), pytest.raises(RateLimited), throttle.slot():
        pass
    with throttle.slot():
        pass


def test_a_429_stops_everybody_at_once_halves_the_rate_and_recovers_slowly():
    clock = Clock()
    throttle = LocalThrottle(per_second=4, max_parallel=2, clock=clock)

    throttle.limited(30)
    with pytest.raises(RateLimited) as caught, throttle.slot():
        pass
    assert caught.value.retry_after == 30
    assert throttle.rate == 2
    clock.now += 31
    with throttle.slot():
        pass
    clock.now += 60
    assert throttle.rate == pytest.approx(3.5, abs=0.1)


def server_of(records: list[int], size: int) -> Any:
    """Records in pages of `size`, addressed by a 1-based record offset."""

    def read(position: Position) -> tuple[PageFacts, list[int]]:
        start = int(dict(position.params)["start"])
        page = records[start - 1 : start - 1 + size]
        return PageFacts(len(page), total=len(records)), page

    return read


@pytest.mark.parametrize("size", [1, 7, 100])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 250])
def test_offset_paging_sees_every_record_once(size: int, count: int):
    pages = walk(OffsetPages("start"), server_of(list(range(count)), size))

    assert [record for page in pages for record in page] == list(range(count))


@pytest.mark.parametrize(
    ("paginator", "facts", "places"),
    [
        (
            NumberedPages("page", size_param="size", page_size=50),
            [PageFacts(50), PageFacts(3), PageFacts(0)],
            [(("page", str(n)), ("size", "50")) for n in (1, 2, 3)],
        ),
        (
            CursorPages("after"),
            [PageFacts(5, next="x"), PageFacts(5, next="y"), PageFacts(1)],
            [(), (("after", "x"),), (("after", "y"),)],
        ),
        (
            OffsetPages("skip", first=0, advance="pageSize", size_param="top", page_size=10),
            [PageFacts(10), PageFacts(4), PageFacts(0)],
            [(("skip", str(n)), ("top", "10")) for n in (0, 10, 20)],
        ),
        (SinglePage(), [PageFacts(9, next="ignored")], [()]),
    ],
)
def test_each_style_goes_where_it_should(paginator: Any, facts: list[PageFacts], places: list[Any]):
    asked: list[Any] = []
    answers = iter(facts)

    def read(position: Position) -> tuple[PageFacts, None]:
        asked.append(position.params)
        return next(answers), None

    assert len(list(walk(paginator, read))) == len(facts)
    assert asked == places


@pytest.mark.parametrize(
    ("paginator", "answer"),
    [
        (LinkedPages(), lambda n: PageFacts(1, next="https://x/same")),
        (CursorPages("c"), lambda n: PageFacts(1, next="ab"[n % 2])),
        (LinkedPages(), lambda n: PageFacts(0, next=f"https://x/{n}")),
        (OffsetPages("start"), lambda n: PageFacts(1)),
    ],
)
def test_paging_without_progress_is_stopped(paginator: Any, answer: Any):
    count = iter(range(1000))

    with pytest.raises(PagingLoop):
        list(walk(paginator, lambda position: (answer(next(count)), None), max_pages=50))


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"bad": NaN, "good": 1}', "NaN is not a number"),
        (b'{"bad": 1e400, "good": 1}', "1e400 is beyond any meaning"),
        (b'{"bad": "a\\u0000b", "good": 1}', "the text contains a NUL character"),
        (b'{"bad": "\\udc00", "good": 1}', "the text contains half a character (lone surrogate)"),
        (b'{"bad": 1, "good": 1, "bad": 2}', "the key occurs twice"),
    ],
)
def test_read_leniently_a_bad_value_says_so_and_the_others_stay(body: bytes, why: str):
    assert parse_json(body, lenient=True) == {"bad": REFUSED + why, "good": 1}


DEEP_NUL = b"[" * 600 + b'"\\u0000"' + b"]" * 600


def test_read_leniently_what_cannot_be_parsed_stays_an_error():
    for body in (b'{"a": ', b"{'a'}", b"<html>", b"[" * 65 + b"]" * 65, DEEP_NUL):
        with pytest.raises(UnexpectedAnswer):
            parse_json(body, lenient=True)
