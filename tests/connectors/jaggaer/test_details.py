"""Details of records: fetched one by one, each failure its own record's."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from connectors.base import Entry, Record
from connectors.errors import DocumentRefused, NotFound, TemporaryError
from tests.connectors.http.servers import RawServer, as_json, token_answer
from tests.connectors.jaggaer.conftest import Open, Sandbox, paths


def order(number: int, **more: Any) -> dict[str, Any]:
    return {"collection": "invoices", "id": 2526303 + number, **more}


def test_a_detail_that_vanished_comes_with_its_error_and_the_others_come(
    sandbox: Sandbox, open_connector: Open
):
    server, _ = sandbox(fill=4, detail_missing=("2526305",))
    connector = open_connector(server.url)

    results = list(connector.fetch("invoices", connector.list("invoices", None).entries))

    failed = [result for result in results if not isinstance(result, Record)]
    assert len(results) == 4
    assert [(entry.source_id, type(error)) for entry, error in failed] == [("2526305", NotFound)]


def test_a_detail_older_than_its_list_entry_is_asked_again_later(
    sandbox: Sandbox, open_connector: Open
):
    server, app = sandbox(fill=1)
    app.order(order(1, patch={"header": {"invoiceName": "new"}}))
    app.switch(behind="detail")
    connector = open_connector(server.url)

    (result,) = connector.fetch("invoices", connector.list("invoices", None).entries)

    assert isinstance(result, tuple)
    assert (type(result[1]), result[1].code) == (TemporaryError, "detail_behind")


def test_a_detail_newer_than_its_list_entry_gives_its_own_version(
    sandbox: Sandbox, open_connector: Open
):
    server, app = sandbox(fill=1)
    app.order(order(1, patch={"header": {"invoiceName": "new"}}))
    app.switch(behind="list")
    connector = open_connector(server.url)
    (entry,) = connector.list("invoices", None).entries

    (record,) = connector.fetch("invoices", [entry])

    assert isinstance(record, Record)
    assert record.version != entry.version
    assert record.modified_at > entry.modified_at


def test_a_detail_that_is_refused_concerns_its_record_alone(open_connector: Open):
    def reply(seen: Any, _: Any) -> bytes:
        return token_answer() if seen.method == "POST" else as_json({}, status=400)

    server = RawServer(reply)
    entry = Entry("7", "v", datetime(2024, 2, 14, tzinfo=UTC), {})
    results = list(open_connector(server.url).fetch("invoices", [entry, entry]))
    server.stop()

    assert [(type(error), error.code) for _, error in results] == [
        (DocumentRefused, "source_refused")
    ] * 2


def test_several_details_in_a_row_out_of_order_end_the_fetching(
    sandbox: Sandbox, open_connector: Open
):
    server, app = sandbox(fill=9)
    connector = open_connector(server.url)
    entries = connector.list("invoices", None).entries
    app.switch(server_error_every=1)
    results: list[Any] = []

    with pytest.raises(TemporaryError):
        results.extend(connector.fetch("invoices", entries))

    assert len(paths(server)) == 1 + 3
