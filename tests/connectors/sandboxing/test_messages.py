"""JSON that keeps its digits, headers that do not mind their case, switches that are checked."""

from dataclasses import dataclass
from decimal import Decimal

import pytest

from connectors.sandboxing import Headers, dumps, json_response, loads, switched


@pytest.mark.parametrize(
    "text", ["1.50", "0.10", "-12392.33", "1234567890123456789.123456789", "7"]
)
def test_numbers_keep_their_digits_both_ways(text):
    assert dumps(loads(f'{{"value":{text}}}')) == f'{{"value":{text}}}'


def test_a_decimal_with_an_exponent_is_written_out():
    assert dumps([Decimal("1E+3")]) == "[1000]"


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}'])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(ValueError):
        loads(text)


def test_text_is_sent_as_utf8():
    assert json_response(200, {"name": "Größe & Söhne"}).body == '{"name":"Größe & Söhne"}'.encode()


def test_headers_compare_without_case_and_join_repeats():
    headers = Headers()
    headers.add("Accept", "a")
    headers.add("ACCEPT", "b")

    assert headers["accept"] == headers.get("Accept") == "a, b"
    assert "aCCept" in headers


@dataclass(frozen=True)
class Toggles:
    lag: float = 0.0
    ignored: bool = False
    words: tuple[str, ...] = ()


def test_switches_change_together():
    assert switched(Toggles(), {"lag": Decimal("1.5"), "words": ["a"]}) == Toggles(
        1.5, False, ("a",)
    )


@pytest.mark.parametrize("changes", [{"speed": 1}, {"ignored": "yes"}, {"lag": "long"}])
def test_a_switch_that_does_not_exist_or_fit_is_refused(changes):
    with pytest.raises(ValueError):
        switched(Toggles(), changes)
