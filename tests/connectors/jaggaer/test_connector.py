"""The connector against the JAGGAER sandbox: lists, details, filters, faults."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.base import Entry, Since
from connectors.errors import ConfigurationError, NotFound
from connectors.http.answer import Exchange
from connectors.jaggaer.connector import JaggaerConnector
from connectors.registry import get
from tests.connectors.http.servers import RawServer, as_json, token_answer
from tests.connectors.jaggaer.conftest import Open, Sandbox, paths

Payload = Callable[[str], Any]

FLOWS = ("suppliers", "purchase_orders", "invoices")


def ids(entries: Any) -> list[str]:
    return sorted(entry.source_id for entry in entries)


@pytest.mark.parametrize("size", [1, 7, 100])
def test_every_record_of_every_flow_is_listed_once(
    sandbox: Sandbox, open_connector: Open, size: int
):
    server, _ = sandbox(fill=23, page_size=size)
    connector = open_connector(server.url)

    for flow in FLOWS:
        listing = connector.list(flow, None)
        assert len(listing.entries) == 23
        assert len(set(ids(listing.entries))) == 23
        assert (listing.complete, listing.filter_honored, listing.warnings) == (True, True, ())


def test_more_than_two_hundred_records_come_over_three_pages(
    sandbox: Sandbox, open_connector: Open
):
    server, _ = sandbox(fill=230)

    listing = open_connector(server.url).list("invoices", None)

    assert len(listing.entries) == 230
    assert len(paths(server)) == 3
    stamps = [entry.modified_at for entry in listing.entries]
    assert stamps == sorted(stamps)
    assert listing.high_water.at == stamps[-1]


def test_details_are_fetched_and_understood_in_order(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=5)
    connector = open_connector(server.url)

    for flow in FLOWS:
        entries = connector.list(flow, None).entries
        records = list(connector.fetch(flow, entries))
        assert [r.source_id for r in records] == [e.source_id for e in entries]
        assert [r.version for r in records] == [e.version for e in entries]
        assert all(record.problems == () for record in records)


def test_the_filter_asks_for_what_changed_at_or_after(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=23)
    connector = open_connector(server.url)
    everything = connector.list("invoices", None)
    since = everything.entries[15]

    listing = connector.list("invoices", Since(since.modified_at))

    expected = [e for e in everything.entries if e.modified_at >= since.modified_at]
    assert ids(listing.entries) == ids(expected)
    assert listing.filter_honored


def test_a_filter_that_is_ignored_is_noticed_and_done_here(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=23, filter_ignored=True)
    connector = open_connector(server.url)
    everything = connector.list("invoices", None)
    since = everything.entries[15]

    listing = connector.list("invoices", Since(since.modified_at))

    assert ids(listing.entries) == ids(everything.entries[15:])
    assert listing.filter_honored is False
    assert "ignored the filter" in listing.warnings[0]


def test_a_filter_by_day_does_not_look_ignored(
    sandbox: Sandbox, open_connector: Open, raw_profile: dict[str, Any]
):
    raw_profile["dates"]["filterFormat"] = "yyyyMMdd"
    server, _ = sandbox(fill=23)
    connector = open_connector(server.url, profile=raw_profile)
    last = connector.list("invoices", None).entries[-1]

    assert connector.list("invoices", Since(last.modified_at)).filter_honored


def test_records_with_one_stamp_over_a_page_border_are_all_there(
    sandbox: Sandbox, open_connector: Open
):
    stamp = "2024-02-14T19:58:56.973Z"
    server, _ = sandbox(fixed_stamp=stamp, fill=25, page_size=7)
    connector = open_connector(server.url)

    listing = connector.list("invoices", Since(datetime(2024, 2, 14, 19, 58, 56, 973000, UTC)))

    assert len(listing.entries) == 25


def order(number: int, **more: Any) -> dict[str, Any]:
    return {"collection": "invoices", "id": 2526303 + number, **more}


def test_a_list_that_moves_between_pages_is_read_until_it_stands_still(
    sandbox: Sandbox, open_connector: Open
):
    moves = (order(1, delete=True), order(9, patch={}))
    server, _ = sandbox(fill=20, page_size=7, between_pages=moves)

    listing = open_connector(server.url).list("invoices", None)

    assert listing.complete
    assert len(listing.entries) == 20  # the union keeps what the first reading saw
    assert len(paths(server)) > 3


def test_a_list_that_never_stands_still_is_read_four_times_and_says_so(
    sandbox: Sandbox, open_connector: Open
):
    moves = tuple(order(n, delete=True) for n in range(1, 20))
    server, _ = sandbox(fill=60, page_size=15, between_pages=moves)

    listing = open_connector(server.url).list("invoices", None)

    assert listing.complete is False
    assert "kept changing" in listing.warnings[-1]


def test_of_two_states_of_a_record_in_one_list_the_newer_counts(open_connector: Open):
    def row(version: str, second: int) -> dict[str, Any]:
        stamp = f"2024-02-14T19:58:{second:02d}.000Z"
        header = {"invoiceId": 1, "originalRequestMessageId": version, "lastUpdate": stamp}
        return {"header": header}

    body = {
        "returnCode": 0,
        "totRecords": 2,
        "startAt": 1,
        "jiinvoiceList": {"jiinvoice": [row("new", 50), row("old", 10)]},
    }
    server = RawServer(lambda seen, _: token_answer() if seen.method == "POST" else as_json(body))

    (entry,) = open_connector(server.url).list("invoices", None).entries
    server.stop()

    assert entry.version == "new"


@pytest.mark.parametrize("empty", ["list", "absent", "null"])
def test_an_empty_list_is_empty_however_it_is_written(
    sandbox: Sandbox, open_connector: Open, empty: str
):
    server, _ = sandbox(empty_wrapper=empty)

    listing = open_connector(server.url).list("invoices", None)

    assert (listing.entries, listing.high_water, listing.complete) == ((), None, True)


def test_a_page_past_the_end_of_a_list_that_shrank_may_come_without_wrapper(open_connector: Open):
    def row(number: int) -> dict[str, Any]:
        stamp = "2024-02-14T19:58:50.000Z"
        return {"header": {"invoiceId": number, "lastUpdate": stamp}}

    def reply(seen: Any, _: Any) -> bytes:
        if seen.method == "POST":
            return token_answer()
        if "start=1" in seen.target:
            rows = {"jiinvoiceList": {"jiinvoice": [row(1), row(2)]}}
            return as_json({"returnCode": 0, "totRecords": 3, "returnedRecords": 2, **rows})
        return as_json({"returnCode": 0, "totRecords": 2, "returnedRecords": 0, "startAt": 3})

    server = RawServer(reply)
    listing = open_connector(server.url).list("invoices", None)
    server.stop()

    assert ids(listing.entries) == ["1", "2"]


def test_an_id_that_is_too_long_to_keep_is_left_out_and_told(open_connector: Open):
    rows = [{"header": {"invoiceId": name}} for name in ("9" * 300, "8")]
    body = {"returnCode": 0, "totRecords": 2, "jiinvoiceList": {"jiinvoice": rows}}
    server = RawServer(lambda seen, _: token_answer() if seen.method == "POST" else as_json(body))

    listing = open_connector(server.url).list("invoices", None)
    server.stop()

    assert ids(listing.entries) == ["8"]
    assert "left out" in listing.warnings[0]


def test_suppliers_whose_list_is_whole_need_no_detail(
    sandbox: Sandbox, open_connector: Open, payload: Payload
):
    server, app = sandbox()
    app.order({"collection": "suppliers", "id": "u1511507", "body": payload("supplier")})
    connector = open_connector(server.url)

    entries = connector.list("suppliers", None).entries
    (record,) = connector.fetch("suppliers", entries)

    assert len(paths(server)) == 1
    assert "1234 5678" not in json.dumps(dict(entries[0].payload))
    assert "1234 5678" not in json.dumps(dict(record.payload), default=str)
    assert connector.understand("suppliers", record.payload).document == record.document


def test_company_profiles_are_listed_with_their_static_filter(
    sandbox: Sandbox, open_connector: Open, raw_profile: dict[str, Any]
):
    raw_profile["resources"]["suppliers"]["enabled"] = False
    raw_profile["resources"]["suppliersJa"]["enabled"] = True
    server, _ = sandbox(fill=3)
    connector = open_connector(server.url, profile=raw_profile)

    entries = connector.list("suppliers", None).entries
    records = list(connector.fetch("suppliers", entries))

    assert len(records) == 3
    assert all(record.document.reference for record in records)
    assert "TYPE" in server.log.entries()[1].query


def test_a_customer_with_other_paths_wrappers_and_names_is_read_by_profile_alone(
    sandbox: Sandbox, open_connector: Open, raw_profile: dict[str, Any]
):
    text = json.dumps(raw_profile)
    for theirs, ours in (("supplierInvoiceNumber", "extNumber"), ("lastUpdate", "changedAt")):
        text = text.replace(f"header.{theirs}", f"header.{ours}")
    text = text.replace("/ji/v1/invoices", "/x/v2/bills").replace(
        "jiinvoiceList.jiinvoice", "bills"
    )
    changed = json.loads(text)
    changed["resources"]["invoices"]["list"]["modifiedFilterField"] = "changedAt"
    for name in ("purchaseOrders", "suppliers"):
        changed["resources"][name]["enabled"] = False
    server, _ = sandbox(
        fill=12,
        paths={"invoices": "/x/v2/bills"},
        wrappers={"invoices": "bills"},
        renames={"supplierInvoiceNumber": "extNumber", "lastUpdate": "changedAt"},
        filter_keys={"changedAt": "header.lastUpdate"},
        lone_objects=True,
        unknown_fields=True,
    )
    connector = open_connector(server.url, profile=changed)

    listing = connector.list("invoices", None)
    records = list(connector.fetch("invoices", listing.entries))

    assert list(connector.resources()) == ["invoices"]
    assert len(records) == 12
    assert all(record.document.supplier_number.startswith("RE-2024") for record in records)
    assert all(record.problems == () for record in records)


def test_a_flow_the_profile_does_not_offer_is_a_configuration_matter(
    open_connector: Open, raw_profile: dict[str, Any]
):
    raw_profile["resources"]["suppliers"]["enabled"] = False
    connector = open_connector("http://127.0.0.1:9", profile=raw_profile)

    with pytest.raises(ConfigurationError) as caught:
        connector.list("suppliers", None)

    assert caught.value.code == "flow_not_offered"


def test_an_id_cannot_climb_out_of_its_path(sandbox: Sandbox, open_connector: Open):
    server, _ = sandbox(fill=1)
    asked: list[Exchange] = []
    entry = Entry("../suppliers/x", "v", None, {})

    connector = open_connector(server.url, observer=asked.append)
    ((_, error),) = connector.fetch("invoices", [entry])

    assert isinstance(error, NotFound)
    assert asked[-1].url.endswith("/ji/v1/invoices/..%2Fsuppliers%2Fx")


def test_resources_tell_overlap_sweep_and_segments(open_connector: Open):
    facts = open_connector("http://127.0.0.1:9").resources()

    assert list(facts) == list(FLOWS)
    assert facts["invoices"]["overlap_seconds"] == 900
    assert facts["invoices"]["sweep_hours"] == 24
    assert [segment["name"] for segment in facts["invoices"]["segments"]][:2] == [
        "glAccount",
        "costCentre",
    ]


def test_the_connector_is_registered_under_its_kind():
    assert get("jaggaer") is JaggaerConnector


def test_the_filter_by_time_is_cut_to_milliseconds_and_never_asks_for_too_little(
    sandbox: Sandbox, open_connector: Open
):
    server, _ = sandbox(fill=3)
    connector = open_connector(server.url)
    last = connector.list("invoices", None).entries[-1]

    listing = connector.list("invoices", Since(last.modified_at + timedelta(microseconds=900)))

    assert last.source_id in ids(listing.entries)


def test_one_bad_value_holds_its_own_document_and_no_other(sandbox: Sandbox, open_connector: Open):
    server, app = sandbox(fill=3)
    app.order(order(2, patch={"header": {"supplierInvoiceNumber": "RE\x00-2"}}))
    connector = open_connector(server.url)

    records = list(connector.fetch("invoices", connector.list("invoices", None).entries))

    problems = {record.source_id: record.problems for record in records}
    assert [p.path for p in problems["2526305"]] == ["header.supplierInvoiceNumber"]
    assert "NUL" in problems["2526305"][0].message
    assert problems["2526304"] == problems["2526306"] == ()
    stored = next(record for record in records if record.source_id == "2526305").payload
    assert "\\u0000" not in json.dumps(stored, default=str)
    assert connector.understand("invoices", stored).problems == problems["2526305"]
