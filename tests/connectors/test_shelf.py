"""Payloads of a long list come back as they were put, however many there are."""

from __future__ import annotations

from decimal import Decimal

import pytest

from connectors import exactjson
from connectors.base import Entry
from connectors.shelf import Shelf, Shelved

PAYLOAD = {
    "name": "M\u00fcller & S\u00f6hne \U0001f600",
    "total": Decimal("12345678901234567890.1200"),
    "count": 7,
    "lines": [{"text": "x" * 300, "none": None, "yes": True}] * 5,
}


def test_payloads_come_back_as_they_were_put():
    shelf = Shelf()
    kept = [shelf.put({**PAYLOAD, "n": number}) for number in range(600)]
    entries = [Entry(str(number), "v", None, each) for number, each in enumerate(kept)]

    assert isinstance(kept[-1], Shelved)
    assert len(kept[-1].packed) < 100
    assert [entry.payload for entry in entries] == [{**PAYLOAD, "n": n} for n in range(600)]
    assert str(entries[-1].payload["total"]) == "12345678901234567890.1200"


@pytest.mark.parametrize("text", ["\ufdd012", "\ufdd0", '\ufdd0", "a": "b', "1.50"])
def test_no_text_is_taken_for_a_number_when_it_is_kept(text: str):
    value = {"text": text, "number": Decimal("1.50")}

    assert exactjson.loads(exactjson.dumps(value)) == value
