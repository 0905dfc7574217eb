"""A list answer that is read record by record means what a short one means."""

from __future__ import annotations

import json
from typing import Any

import pytest

from connectors.base import Entry
from connectors.errors import ConfigurationError, UnexpectedAnswer
from connectors.sandboxing.faults import Fault
from tests.connectors.jaggaer.conftest import Open, Sandbox

COUNT = 4000
ROWS = [
    {"header": {"invoiceId": number, "lastUpdate": "2024-02-14T10:00:00.000Z"}, "note": "x" * 300}
    for number in range(1, COUNT + 1)
]

RECORD = {"header": {"invoiceId": 7, "lastUpdate": "2024-02-14T10:00:00.000Z"}}


@pytest.fixture
def listed(sandbox: Sandbox, open_connector: Open):
    """List invoices of a source that answers the first time with this body."""

    def read(body: Any) -> tuple[Entry, ...]:
        assert len(json.dumps(body)) > 1024 * 1024
        server, _ = sandbox(fill=0)
        server.scenario.load(Fault("status", path="/ji/v1/invoices", status=200, body=body))
        return open_connector(server.url).list("invoices", None).entries

    return read


@pytest.mark.parametrize(
    "body",
    [
        {"returnCode": 0, "invoices": ROWS, "totRecords": COUNT},
        {"returnCode": "0", "note": "x", "data": {"whatever": [*ROWS, None, 7]}},
        {"returnCode": 0, "invoices": [*ROWS, {"note": "no id"}]},
    ],
    ids=["by its name", "the only array", "with one that has no id"],
)
def test_every_record_is_found_where_a_short_list_has_it(listed, body: Any):
    assert {entry.source_id for entry in listed(body)} == {
        str(row["header"]["invoiceId"]) for row in ROWS
    }


def test_records_where_nobody_looks_are_not_taken_for_none(listed):
    with pytest.raises(UnexpectedAnswer) as unexpected:
        listed({"returnCode": 0, "one": ROWS, "other": ROWS})

    assert unexpected.value.code == "wrapper_not_found"


def test_an_error_beside_a_long_list_is_an_error(listed):
    with pytest.raises(ConfigurationError, match="out of order"):
        listed({"returnCode": 5, "returnMessage": "out of order", "invoices": ROWS})


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ({"returnedRecords": 1, "totRecords": 1, "billList": {"bill": RECORD}}, ["7"]),
        ({"returnedRecords": 1, "totRecords": 1, "billList": {"bill": [RECORD]}}, ["7"]),
    ],
    ids=["alone", "in an array"],
)
def test_the_only_record_under_another_name_is_found_alone_or_in_an_array(
    sandbox: Sandbox, open_connector: Open, body: dict[str, Any], found: list[str]
):
    server, _ = sandbox(fill=0)
    server.scenario.load(Fault("status", path="/ji/v1/invoices", status=200, body=body))

    entries = open_connector(server.url).list("invoices", None).entries

    assert [entry.source_id for entry in entries] == found


@pytest.mark.parametrize(
    "body",
    [
        {"returnedRecords": 1, "totRecords": 1, "a": {"bill": RECORD}, "b": {"bill": RECORD}},
        {"returnedRecords": 2, "totRecords": 2, "billList": {"bill": RECORD}},
    ],
    ids=["two objects", "two records"],
)
def test_an_object_that_may_be_something_else_is_not_taken_for_a_record(
    sandbox: Sandbox, open_connector: Open, body: dict[str, Any]
):
    server, _ = sandbox(fill=0)
    server.scenario.load(Fault("status", path="/ji/v1/invoices", status=200, body=body))

    with pytest.raises(UnexpectedAnswer) as unexpected:
        open_connector(server.url).list("invoices", None)

    assert unexpected.value.code == "wrapper_not_found"
