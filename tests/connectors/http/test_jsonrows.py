"""A body too large for memory is read record by record, and no other way than a small one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.errors import UnexpectedAnswer
from connectors.http.jsonbody import REFUSED, parse_json
from connectors.http.jsonrows import Rows, parse_rows, rows_of
from connectors.http.limits import BodyCut
from connectors.http.packed import Packed

FILL = ",".join(f'{{"n": {n}, "t": "filling"}}' for n in range(2500))  # longer than any short list


def filled(body: str) -> bytes:
    return body.replace("%s", FILL).encode()


def packed(body: bytes, step: int = 10_000) -> Packed:
    result = Packed()
    for start in range(0, len(body), step):
        result.write(body[start : start + step])
    result.close()
    return result


def unrolled(node: Any) -> Any:
    """The value with what stands in place of long lists written out."""
    if isinstance(node, dict):
        return {key: unrolled(value) for key, value in node.items()}
    if rows_of(node) is not None:
        return list(rows_of(node))
    return [unrolled(value) for value in node] if isinstance(node, list) else node


def told(read: Any, *args: Any, **options: Any) -> tuple[type, str] | Any:
    try:
        return unrolled(read(*args, **options))
    except UnexpectedAnswer as error:
        return type(error), error.code, error.message


BODIES = [
    '{"code": 0, "rows": [%s], "next": "x", "total": 4000.50}',
    "[%s]",
    ' { "a" : { "b" : [ %s ] , "c" : [ ] , "d": [1, [2, {}], "x"] , "e": {} } , "z" : null } \n',
    '{"rows": [%s], "other": [{"n": 1.50}, {"n": -0.0}], "flag": true}',
    '\ufeff{"rows": [%s], "name": "M\u00fcller \U0001f600"}',
    '{"rows": [{"a": "\\ud83d\\ude00 \u00e9 \\" \\\\ [{,"}, %s]}',
    '{"rows": [{"a": NaN, "b": 1}, %s]}',
    '{"rows": [%s, {"a": -Infinity}]}',
    '{"rows": [%s, {"deep": {"a": [1, 1e400]}}]}',
    '{"rows": [%s, {"a": 99999999999999999999.12345678901234567890}]}',
    '{"rows": [%s, {"a": 1, "a": 2, "b": {"c": 1, "c": 1}}]}',
    '{"rows": [%s, {"a": "x\\u0000y", "b\\u0000": "z"}]}',
    '{"rows": [%s, {"a": "\\ud800 alone", "\\udc00": 1}]}',
    '{"rows": [%s], "a": "\\ud800"}',
    '{"rows": [%s], "b\\u0000": 1}',
    '{"rows": [%s], "c": Infinity}',
    '{"rows": [%s], "a": 1, "a": 2}',
    '{"rows": [%s], "rows": []}',
    '{"rows": [%s, {"a": ' + "9" * 300 + "}]}",
    '{"rows": [%s, {"a": ' + "[" * 61 + "]" * 61 + "}]}",
    '{"rows": [%s, {"a": ' + "[" * 62 + "]" * 62 + "}]}",
    '{"rows": [%s, ' + "[" * 10_000 + "]" * 10_000 + "]}",
    '{"a": ' * 63 + "[%s]" + "}" * 63,
    '{"a": ' * 64 + "[%s]" + "}" * 64,
    '{"rows": [%s',
    '{"rows": [%s,',
    '{"rows": [%s]',
    '{"rows": [%s], "a": "begun',
    '{"rows": [%s], "a"',
    '{"rows": [%s, {"a": "begun',
    '{"rows": [%s, {"a": 1]}',
    '{"rows": [%s, ]}',
    '{"rows": [%s]} and more',
    '{"rows": [%s] "a": 1}',
    '{"rows": [%s], a: 1}',
    '{"rows": [{"a": "a\nb"}, %s]}',
    '{"rows": [{"a": 01}, %s]}',
    "<html>%s",
]  # fmt: skip


@pytest.mark.parametrize("lenient", [False, True])
@pytest.mark.parametrize("body", BODIES)
def test_a_packed_body_is_read_and_refused_as_a_plain_one(body: str, lenient: bool):
    whole = filled(body)

    plain = told(parse_json, whole, "application/json", lenient=lenient)

    assert _same(told(parse_rows, packed(whole), "application/json", lenient=lenient), plain)


def _same(found: Any, plain: Any) -> bool:
    """Values to the digit; of errors of the grammar, class and place but not the exact words."""
    if not isinstance(plain, tuple):
        return repr(found) == repr(plain)
    kind, code, words = plain
    if "not valid JSON" not in words:
        return found == plain
    return found[:2] == (kind, code) and found[2].split()[-1] == words.split()[-1]


@pytest.mark.parametrize("body", [b"", b" \n " * 40_000, b"\xff\xfe[\x00]\x00", b"<html></html>"])
def test_what_is_no_json_at_all_is_told_apart(body: bytes):
    assert told(parse_rows, packed(body)) == told(parse_json, body)


@pytest.mark.parametrize("at", [10, 65_536, 150_000])
def test_a_byte_that_is_no_utf8_is_named_by_its_place(at: int):
    body = f"[{FILL},{FILL}]".encode()
    body = body[:at] + b"\xe9" + body[at:]

    assert told(parse_rows, packed(body)) == told(parse_json, body)


@pytest.mark.parametrize("shift", range(24))
def test_no_value_is_torn_where_a_block_ends(shift: int):
    """Blocks end at 64 K: every kind of value comes to lie across that place."""
    value = '{"a\u00e9": -12.50e1, "b": "\\ud83d\\ude00\U0001f600\\"", "c": [true, null, {}]}'
    body = "[" + " " * (65_536 - shift) + ",".join([value] * 3000) + "]"

    (rows,) = parse_rows(packed(body.encode(), 4096 + shift))

    assert [*rows] == [parse_json(value.encode())] * 3000


def test_the_rows_of_a_long_list_are_read_anew_each_time():
    long = '{"code": [1], "head": {"rows": [%s, 7, null]}, "after": "x"}'
    body = parse_rows(packed(filled(long)))

    (rows,) = body["head"]["rows"]

    assert isinstance(rows, Rows)
    assert (len(rows), rows.others) == (2500, 2)
    assert next(iter(rows))["n"] == 0
    assert [row["n"] for row in rows] == list(range(2500))
    assert (body["code"], body["after"]) == ([1], "x")


def test_a_bad_value_deep_in_a_long_list_is_named_by_its_place():
    body = packed(filled('{"rows": [%s, {"a": [1, "\\u0000"]}]}'))

    with pytest.raises(UnexpectedAnswer, match=r"^\$\.rows\[2500\]\.a\[1\]: .*NUL"):
        parse_rows(body)


def test_read_leniently_a_bad_value_of_a_long_list_says_so_and_the_others_stay():
    body = packed(filled('{"rows": [{"n": NaN, "t": "x"}, %s]}'))

    (rows,) = parse_rows(body, lenient=True)["rows"]

    assert next(iter(rows)) == {"n": f"{REFUSED}NaN is not a number", "t": "x"}
    assert len(rows) == 2501


def test_of_a_body_that_ends_early_no_record_is_handed_out():
    with pytest.raises(BodyCut):
        parse_rows(packed(f'{{"rows": [{FILL}'.encode()))


@pytest.mark.parametrize(
    "body",
    [
        '[{"a": "' + "x" * 20_000_000 + '"}]',
        '[{"a": [' + "1," * 500_000 + "1]}]",
        '{"a": "' + "\U0001f600" * 3_000_000 + '"}',
        "{" + ",".join(f'"{n}": 1' for n in range(100_000)) + "}",
        "{" + ",".join(f'"{n}": [1, 2]' for n in range(100_000)) + "}",
        "[" + "{}," * 100_000 + "{}]",
    ],
    ids=["text", "numbers", "wide text", "members", "short lists", "records"],
)
def test_what_no_memory_holds_is_refused(body: str):
    with pytest.raises(UnexpectedAnswer) as refused:
        parse_rows(packed(body.encode()))

    assert refused.value.code == "answer_too_large"


def test_a_packed_body_is_the_body():
    body = json.dumps([{"n": n} for n in range(50_000)]).encode()
    kept = packed(body)

    assert len(kept) == len(body)
    assert b"".join(kept) == b"".join(kept) == body
    assert max(map(len, kept)) <= 64 * 1024
