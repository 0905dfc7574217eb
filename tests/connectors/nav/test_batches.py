"""Independent documents in one `$batch`: one bad one hurts nobody, a missing answer is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import Written
from connectors.errors import DocumentRefused, TemporaryError, UnknownOutcome
from connectors.nav.batch import Mode, Operation, Reply, build, read_replies, together
from connectors.nav.connector import NavConnector
from connectors.sandboxing.faults import Fault
from tests.connectors.nav.builders import COMPANY, invoice, order, vendor


def work(ledger: NavConnector, *documents: Any) -> list[tuple[Any, dict[str, Any]]]:
    return [(ledger.plan(COMPANY, document)[0], {}) for document in documents]


def test_thirty_orders_are_one_call(ledger, nav, rows):
    results = ledger.send_many(
        COMPANY, work(ledger, *(order(source_reference=f"JAGGAER {n}#1") for n in range(30)))
    )

    assert nav.calls() == ["POST $batch"]
    assert len({each.remote_id for each in results}) == 30
    assert len(rows("purchaseOrders")) == 30


def test_a_refused_document_leaves_the_others_alone(ledger, nav):
    results = ledger.send_many(
        COMPANY, work(ledger, vendor(), invoice(vendor_number="99999"), order(), invoice())
    )

    kinds = [type(each) for each in results]
    assert kinds == [Written, DocumentRefused, Written, Written]
    assert nav.calls() == ["POST $batch"]


def test_a_lost_answer_leaves_every_document_of_the_batch_unknown(ledger, nav):
    steps = work(ledger, order(), invoice())
    nav.fault(method="POST", path="batch", kind="reset", phase="after")

    results = ledger.send_many(COMPANY, steps)

    assert [type(each) for each in results] == [UnknownOutcome, UnknownOutcome]
    assert all(ledger.find(COMPANY, [step])[0][0].same for step in steps)


def test_a_refused_batch_touches_nothing(ledger, nav, rows):
    nav.fault(method="POST", path="batch", kind="rate_limit", retry_after=7)

    results = ledger.send_many(COMPANY, work(ledger, order(), invoice()))

    assert all(isinstance(each, TemporaryError) for each in results)
    assert rows("purchaseInvoices") == []


UNREADABLE = {"error": {"code": "BadRequest", "message": "Cannot convert a primitive value."}}


@pytest.mark.parametrize("bad", [0, 12, 24], ids=lambda place: f"the bad one at {place}")
def test_a_batch_refused_for_one_document_delivers_the_others(ledger, nav, rows, bad):
    documents = [
        order(source_reference=f"JAGGAER {n}#1 {'UNREADABLE' if n == bad else ''}")
        for n in range(25)
    ]
    refusal = {"kind": "status", "status": 400, "body": UNREADABLE, "times": 0}
    nav.fault(method="POST", content="UNREADABLE", **refusal)

    results = ledger.send_many(COMPANY, work(ledger, *documents))

    kinds = [type(each) for each in results]
    assert kinds == [DocumentRefused if n == bad else Written for n in range(25)]
    assert len(rows("purchaseOrders")) == 24
    assert len(nav.calls()) <= 1 + 8


def test_a_batch_whose_documents_are_all_unreadable_ends(ledger, nav, rows):
    refusal = {"kind": "status", "status": 400, "body": UNREADABLE, "times": 0}
    nav.fault(method="POST", content="JAGGAER", **refusal)

    results = ledger.send_many(
        COMPANY, work(ledger, *(order(source_reference=f"JAGGAER {n}#1") for n in range(25)))
    )

    assert {type(each) for each in results} == {DocumentRefused}
    assert (len(nav.calls()) <= 25 + 16, rows("purchaseOrders")) == (True, [])


def test_a_halved_batch_whose_answer_is_lost_repeats_nothing(ledger, nav, rows):
    documents = [
        order(source_reference=f"JAGGAER {n}#1 {'UNREADABLE' if n == 7 else ''}") for n in range(8)
    ]
    nav.server.scenario.load(
        Fault("status", content="UNREADABLE", status=400, body=UNREADABLE, times=0),
        Fault("reset", content="JAGGAER 0#1", phase="after"),
    )

    results = ledger.send_many(COMPANY, work(ledger, *documents))

    kinds = [type(each) for each in results]
    assert kinds == [UnknownOutcome] * 4 + [Written] * 3 + [DocumentRefused]
    assert len(rows("purchaseOrders")) == 7


def test_without_batches_documents_go_one_by_one(ledger, nav):
    nav.fault(
        method="POST",
        path="batch",
        kind="status",
        status=404,
        body={"error": {"code": "BadRequest_ResourceNotFound", "message": "no"}},
        times=0,
    )

    results = ledger.send_many(COMPANY, work(ledger, order(), invoice()))
    ledger.send_many(COMPANY, work(ledger, order(), invoice()))

    assert all(isinstance(each, Written) for each in results)
    assert nav.calls().count("POST $batch") == 1


def operations(count: int) -> list[Operation]:
    return [Operation(str(place), "POST", "vendors", {}) for place in range(count)]


@pytest.mark.parametrize("count", [0, 101])
def test_a_batch_that_nav_cannot_take_is_never_built(count):
    with pytest.raises(ValueError):
        build(operations(count))


def test_a_batch_body_has_ids_relative_urls_and_headers():
    body = build([Operation("7", "PATCH", "companies(x)/vendors(y)", {"a": 1}, {"If-Match": "*"})])

    [request] = body["requests"]
    assert (request["id"], request["url"]) == ("7", "companies(x)/vendors(y)")
    assert request["headers"]["If-Match"] == "*"
    assert request["headers"]["Content-Type"] == "application/json"


def reply(name: Any, status: Any = 201) -> dict[str, Any]:
    return {"id": name, "status": status, "body": {"id": name}}


REPLIES = {
    "in another order": ([reply("2"), reply("1")], {"1": True, "2": True}),
    "one missing": ([reply("2")], {"1": False, "2": True}),
    "one twice": ([reply("1"), reply("1"), reply("2")], {"1": False, "2": True}),
    "one unknown": ([reply("9"), reply("1"), reply("2")], {"1": True, "2": True}),
    "number as id": ([reply(1), reply(2)], {"1": True, "2": True}),
    "status as text": ([reply("1", "201"), reply("2", "created")], {"1": True, "2": False}),
    "no id": ([reply(None), "x", reply("2")], {"1": False, "2": True}),
}


@pytest.mark.parametrize("case", REPLIES.values(), ids=REPLIES)
def test_answers_are_matched_by_id(case):
    responses, known = case
    found = read_replies({"responses": responses}, ["1", "2"])

    assert {name: each is not None for name, each in found.items()} == known


@pytest.mark.parametrize("payload", [None, [], {}, {"responses": {}}])
def test_what_is_no_batch_answer_leaves_everything_unknown(payload):
    with pytest.raises(UnknownOutcome):
        read_replies(payload, ["1"])


def bad(code: str, status: int = 400) -> Reply:
    return Reply(status, {"error": {"code": code, "message": "no"}})


GOOD = Reply(201, {"id": "x"})
TRANSACTIONS = {
    "all good": ([GOOD, GOOD], type(None)),
    "one refused": ([GOOD, bad("Application_DialogException")], DocumentRefused),
    "refused, the rest missing": (
        [GOOD, bad("Application_DialogException"), None],
        DocumentRefused,
    ),
    "one missing": ([GOOD, None], UnknownOutcome),
    "one out of order": ([GOOD, bad("Internal_ServerError", 500)], UnknownOutcome),
    "none": ([None, None], UnknownOutcome),
}


@pytest.mark.parametrize("case", TRANSACTIONS.values(), ids=TRANSACTIONS)
def test_a_transaction_stands_as_a_whole_or_not_at_all(case):
    replies, kind = case
    error = together({str(place): each for place, each in enumerate(replies)})

    assert type(error) is kind


def test_modes_have_different_headers():
    assert {mode.value for mode in Mode} == {"continue_on_error", "snapshot"}
