"""Lists of up to 64 MB in one answer are read, as a worker's memory feels it: F32.

The source sends all records of a list at once, whatever page size was asked for. A tenth of that
size is held to less memory, so that both sizes tell when a list is read as a whole.
"""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator
from socket import socket
from typing import Any

import pytest

from tests import small
from tests.connectors.http.servers import Seen, http, token_answer
from tests.faults.measured import MEBI, WITHOUT_LENGTH, told_by

ALL = 63 * MEBI
MOST_MB = {ALL: 200, ALL // 10: 140}

ADDRESS = {"name": "Head office", "type": "Fulfillment", "addressLine1": "1 High Street"}


Send = Callable[[socket, int], bytes | None]


def orders(count: int) -> Iterator[str]:
    body = json.dumps(small.order(1)["body"])
    return (body.replace("700001", str(700_001 + number)) for number in range(count))


def suppliers(count: int) -> Iterator[str]:
    body = json.dumps(small.supplier(1, addressList={"address": [ADDRESS] * 3})["body"])
    return (body.replace('"u15001"', f'"u{number}"') for number in range(count))


def noisy(count: int) -> Iterator[str]:
    """Orders with a text each that no compression makes smaller."""
    noise = random.Random(7)
    for record in orders(count):
        yield record[:-1] + f', "note": "{noise.randbytes(1000).hex()}"}}'


def wide(count: int) -> Iterator[str]:
    return (record[:-1] + f', "note": "{"😀" * 200}"}}' for record in orders(count))


def sent(records: Callable[[int], Iterator[str]], times: int = 1, end: str = "]}") -> Send:
    """Return what sends as many records as fit into `times` the size, in an answer without a
    length."""

    def send(wire: socket, size: int) -> None:
        wire.sendall(WITHOUT_LENGTH + b'{"returnCode": 0, "returnMessage": "", "items": [')
        left = times * size
        block: list[str] = []
        for number, record in enumerate(records(10**9)):
            text = record if not number else "," + record
            left -= len(text.encode())
            if left < 0:
                break
            block.append(text)
            if number % 500 == 0:
                wire.sendall("".join(block).encode())
                block.clear()
        wire.sendall(("".join(block) + end).encode())

    return send


def _bomb(_: socket, size: int) -> bytes:
    record = next(orders(1))
    body = f'{{"items": [{",".join([record] * (size // len(record)))}]}}'
    return http(body=gzip.compress(body.encode()), Content_Encoding="gzip")


LONG: dict[str, tuple[str, Send]] = {
    "orders": ("purchase_orders", sent(orders)),
    "suppliers kept whole": ("suppliers", sent(suppliers)),
    "wide letters": ("purchase_orders", sent(wide)),
    "noise": ("purchase_orders", sent(noisy)),
}
HOSTILE: dict[str, tuple[str, Send]] = {
    "a list without an end": ("purchase_orders", sent(orders, times=4)),
    "noise cut off": ("purchase_orders", sent(noisy, end="")),
    "one record of 60 MB": (
        "purchase_orders",
        sent(lambda _: iter(['{"a": "' + "x" * 60 * MEBI + '"}'])),
    ),
    "a million empty records": ("purchase_orders", sent(lambda _: iter(["{}"] * 1_000_000))),
    "numbers": ("purchase_orders", sent(lambda _: iter(["1.5"] * 1_000_000))),
    "a million levels": ("purchase_orders", sent(lambda _: iter(["[" * MEBI]))),
    "a gzip bomb of records": ("purchase_orders", _bomb),
}


@pytest.fixture(scope="module")
def size(request: pytest.FixtureRequest) -> int:
    """How long a list is: all that is allowed with `--long`, else a tenth."""
    return ALL if request.config.getoption("--long") else ALL // 10


@pytest.fixture(scope="module")
def told(size: int) -> dict[str, dict[str, Any]]:
    """What a worker process told about each list, read in one process one after another."""
    lists = LONG | HOSTILE
    names = list(lists)

    def reply(seen: Seen, wire: socket) -> bytes | None:
        if seen.target.endswith("/token"):
            return token_answer()
        if "start=1" not in re.split("[?&]", seen.target):
            return http(body=b'{"returnCode": 0, "returnedRecords": 0}')
        name = names[int(seen.target.split("/")[1])]
        return lists[name][1](wire, ALL if name in HOSTILE else size)

    asked = [f"{flow}:{at}" for at, (flow, _) in enumerate(lists.values())]
    return dict(zip(names, told_by("listing_worker", reply, *asked), strict=True))


@pytest.mark.parametrize("name", LONG)
def test_a_list_of_64_mb_is_read_to_its_last_record_in_little_memory(
    told: dict, size: int, name: str
):
    found = told[name]

    assert found["read"] > 2000
    assert found["peak_mb"] < MOST_MB[size]


def test_of_a_long_list_each_record_is_kept_as_it_came(told: dict):
    assert told["suppliers kept whole"]["payload"]["addressList"] == {"address": [ADDRESS] * 3}
    assert told["orders"]["payload"] == {}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_list_is_refused_in_little_memory(told: dict, name: str):
    found = told[name]

    assert found["refused"] in ("answer_too_large", "truncated_answer", "json_invalid")
    assert found["peak_mb"] < MOST_MB[ALL]
