"""Answers made to break a worker, over real sockets: F32, F33 and F46 as its memory feels them."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable
from socket import socket

import pytest

from tests import small
from tests.connectors.http.servers import Seen, http, token_answer
from tests.faults.measured import MEBI, WITHOUT_LENGTH, told_by

MOST_MB = 200


def _bomb(_: socket) -> bytes:
    blanks = gzip.compress(b" " * MEBI)
    return http(body=blanks * 500, Content_Encoding="gzip")


def _stream(start: bytes, part: bytes, mebis: int) -> Callable[[socket], None]:
    """Return what sends `part` over and over, up to so many MB, in an answer without a length."""

    def send(wire: socket) -> None:
        wire.sendall(WITHOUT_LENGTH + start)
        block = part * (MEBI // len(part))
        for _ in range(mebis):
            wire.sendall(block)

    return send


def _head(lines: bytes) -> Callable[[socket], bytes]:
    return lambda _: b"HTTP/1.1 200 OK\r\n" + lines + b"Content-Length: 2\r\n\r\n{}"


def _body(text: str) -> Callable[[socket], bytes]:
    return lambda _: http(body=text.encode("utf-8", "surrogatepass"))


def _many(around: str, part: Callable[[int], str], count: int) -> Callable[[socket], bytes]:
    """Return what answers with so many parts between two brackets, made when it is asked for."""
    return lambda _: http(
        body=f"{around[0]}{','.join(map(part, range(count)))}{around[1]}".encode()
    )


def _order(total: str) -> Callable[[socket], bytes]:
    body = json.dumps(small.order(2)["body"]).replace('"value": 100', f'"value": {total}')
    return _body(body)


HOSTILE: dict[str, Callable[[socket], bytes | None]] = {
    "a gzip bomb": _bomb,
    "a body without an end": _stream(b'{"a": "', b"x" * 1024, 2048),
    "blanks without an end": _stream(b"", b" " * 1024, 2048),
    "numbers without an end": _stream(b"[", b"1.5,", 2048),
    "60 MB of one text": _stream(b'{"a": "', b"x" * 1024, 60),
    "a wide text": _stream('{"a": "😀'.encode(), b"x" * 1024, 20),
    "a text of all planes": _body('{"a": "' + "😀" * (2 * MEBI) + '"}'),
    "a million keys": _many("{}", lambda n: f'"k{n}": {n}.5', 1_000_000),
    "as many keys as fit": _many("{}", lambda n: f'"k{n}":{n}.5', 160_000),
    "one key a million times": _many("{}", lambda _: '"k": 1', 1_000_000),
    "many doubled keys": _many("{}", lambda n: f'"k{n % 60_000}":1', 120_000),
    "a million objects": _many("[]", lambda _: '{"a": 1}', 1_000_000),
    "as many numbers as fit": _many("[]", lambda _: "1.5", 380_000),
    "10,000 levels": _body("[" * 10_000 + "]" * 10_000),
    "a million levels": _body('{"a":' * 1_000_000),
    "a number of a million digits": _order("9" * 1_000_000),
    "a number beyond float": _order("1e999999999"),
    "no number": _order("NaN"),
    "half a character": _order('"\\ud800"'),
    "a NUL": _order('"\\u0000"'),
    "a header of 1 MB": _head(b"X-Filler: " + b"x" * MEBI + b"\r\n"),
    "10,000 headers": _head(b"".join(b"X-%d: y\r\n" % n for n in range(10_000))),
    "a status line without an end": lambda _: b"HTTP/1.1 200 " + b"x" * (8 * MEBI),
    "no HTTP": lambda _: b"\x15\x03\x01" + os.urandom(4096),
}


@pytest.fixture(scope="module")
def told() -> dict[str, dict]:
    """What a worker process told about each kind, asked for in one process one after another."""
    kinds = list(HOSTILE)

    def reply(seen: Seen, wire: socket) -> bytes | None:
        name = seen.target.rpartition("/")[2]
        if name == "token":
            return token_answer()
        if name == "700001":
            return http(body=json.dumps(small.order(1)["body"]).encode())
        return HOSTILE[kinds[int(name) - 1]](wire)

    numbers = [str(at) for at in range(1, len(kinds) + 1)]
    lines = told_by("reading_worker", reply, *numbers)
    return dict(zip(["an ordinary answer", *kinds], lines, strict=True))


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_answer_costs_little_memory_and_the_next_document_is_read(told: dict, kind: str):
    found = told[kind]

    assert found["refused"]
    assert found["next"]
    assert found["peak_mb"] < MOST_MB


def test_an_ordinary_answer_is_refused_by_nothing(told: dict):
    assert told["an ordinary answer"]["refused"] is False
