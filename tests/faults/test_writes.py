"""Faults while the ledger is written to: F8, F13 to F28."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from connectors.models import PrincipalBudget
from connectors.nav import batch
from sync.engine.writing.sending import TOGETHER
from sync.models import FlowName, Ticket, Write
from tests import small
from tests.faults.conftest import SETTLE, Bench

ORDERS, INVOICES = FlowName.PURCHASE_ORDERS, FlowName.INVOICES
CREATE = {"method": "POST", "path": r"(purchaseOrders|\$batch)$"}
UNCLEAR = {
    "F13 500 before it is applied": {"kind": "status", "status": 500},
    "F14 500 after it was applied": {"kind": "status", "status": 500, "phase": "after"},
    "F15 502 before": {"kind": "status", "status": 502},
    "F15 502 after": {"kind": "status", "status": 502, "phase": "after"},
    "F15 503 before": {"kind": "status", "status": 503},
    "F15 503 after": {"kind": "status", "status": 503, "phase": "after"},
    "F15 504 before": {"kind": "status", "status": 504},
    "F15 504 after": {"kind": "status", "status": 504, "phase": "after"},
    "F15 408 before": {"kind": "status", "status": 408},
    "F15 408 after": {"kind": "status", "status": 408, "phase": "after"},
    "F16 reset before it is applied": {"kind": "reset"},
    "F17 reset after it was applied": {"kind": "reset", "phase": "after"},
    "F15 403 of a gateway after": {
        "kind": "status",
        "status": 403,
        "body": "Forbidden",
        "phase": "after",
    },
    "F29 answer cut": {"kind": "cut_body"},
    "F30 log-in page with 200": {"kind": "html", "phase": "after"},
}


@pytest.mark.parametrize("fault", UNCLEAR.values(), ids=UNCLEAR)
def test_an_unclear_answer_is_looked_up_and_never_answered_by_a_blind_repeat(
    faults: Bench, fault: dict
):
    was_applied = fault.get("phase") == "after" or fault["kind"] == "cut_body"
    number = faults.order()
    faults.nav({**CREATE, **fault})

    first = faults.writes_sent(lambda: faults.run(ORDERS))
    soon = faults.writes_sent(lambda: faults.pass_time(30))
    found = faults.write("purchase_order", number)
    found_state = faults.document(ORDERS, number).state
    later = faults.writes_sent(lambda: faults.pass_time(SETTLE))

    assert len(first) == 1
    assert soon == []
    assert (found.adopted, found_state) == (was_applied, "written" if was_applied else "unknown")
    assert len(later) == (0 if was_applied else 1)
    again = ["adopted"] if was_applied else ["settled_unapplied", "sending", "confirmed"]
    assert faults.told("purchase_order", number) == ["sending", "unknown", *again]
    assert faults.standing("purchase_order", number) == 1
    assert faults.document(ORDERS, number).state == "written"


def test_f18_what_the_server_applies_minutes_later_is_adopted(faults: Bench):
    number = faults.order()
    faults.nav({**CREATE, "kind": "delay", "seconds": 420})
    faults.run(ORDERS)

    early = faults.writes_sent(lambda: faults.pass_time(400))
    faults.customer.nav.postponed.release(everything=True)
    faults.pass_time(100)

    assert early == []
    assert faults.write("purchase_order", number).adopted
    assert faults.standing("purchase_order", number) == 1


def test_f19_a_refused_connection_postpones_and_fails_nothing(faults: Bench):
    number = faults.order()
    nav = faults.customer.integration.ledger
    address = {**nav.settings, "base_url": "http://127.0.0.1:9/BC/"}
    with faults.customer.scope():
        type(nav).objects.filter(pk=nav.pk).update(settings=address)

    faults.run(ORDERS)
    for _ in range(6):
        faults.pass_time(900)
    away = faults.document(ORDERS, number).state
    opened = PrincipalBudget.objects.filter(failures__gte=5, open_until__isnull=False).count()
    with faults.customer.scope():
        type(nav).objects.filter(pk=nav.pk).update(settings=nav.settings)
    faults.pass_time(900)
    faults.run(ORDERS)

    assert away in ("received", "writing")
    assert opened == 1
    assert faults.standing("purchase_order", number) == 1


def test_f20_a_kept_connection_that_was_closed_never_repeats_a_write(faults: Bench):
    """The look-up before an invoice's first send has used the connection."""
    number = faults.invoice()
    faults.nav({"method": "POST", "path": r"purchaseInvoices$", "kind": "close_idle"})

    sent = faults.writes_sent(lambda: faults.run(INVOICES))
    unknown = faults.document(INVOICES, number).state
    faults.pass_time(2 * SETTLE)

    assert (len(sent), unknown) == (1, "unknown")
    assert faults.standing("purchase_invoice", number) == 1


def test_f21_a_byte_a_second_ends_at_the_deadline_and_others_go_on(faults: Bench):
    number = faults.order()
    faults.nav({**CREATE, "kind": "slow_bytes", "seconds": 1.0})

    [run] = faults.run(ORDERS)
    error = faults.write("purchase_order", number).error
    another = faults.order()
    faults.run(ORDERS)

    assert run.state in ("succeeded", "partial")
    assert error is None or error["class"] == "UnknownOutcome"
    assert faults.document(ORDERS, another).state == "written"
    assert faults.write("purchase_order", number).attempt == 1


def test_f22_one_refused_document_of_a_batch_hurts_nobody(faults: Bench):
    good, bad = [faults.number() for _ in range(4)], faults.number()
    with blocked_vendor(faults, 2):
        faults.add(small.order(bad, of=2), *(small.order(number, of=1) for number in good))
        sent = faults.writes_sent(lambda: faults.run(ORDERS))

    assert [faults.document(ORDERS, number).state for number in good] == ["written"] * 4
    assert faults.document(ORDERS, bad).state == "parked"
    assert len(sent) == 1


@pytest.mark.parametrize("whole", [False, True], ids=["F22 alone", "F22 with its whole batch"])
def test_one_bad_document_of_a_hundred_costs_eight_calls_at_most(faults: Bench, whole: bool):
    """The ledger refuses one document, or the batch in which it cannot read it."""
    numbers = [faults.number() for _ in range(100)]
    bad = numbers[63]
    words = {"error": {"code": "BadRequest", "message": "Cannot convert a primitive value."}}
    refusal = {"kind": "status", "status": 400, "body": words, "times": 0}
    if whole:
        faults.nav({"method": "POST", "content": small.order_number(bad), **refusal})
    vendor = nullcontext() if whole else blocked_vendor(faults, 2)
    with vendor, faults.ledger_settings(timeout_seconds=60):
        faults.add(*(small.order(number, of=2 if number == bad else 1) for number in numbers))
        sent = faults.writes_sent(lambda: faults.run(ORDERS))

    states = {number: faults.document(ORDERS, number).state for number in numbers}
    assert states == {number: "parked" if number == bad else "written" for number in numbers}
    assert len(sent) <= 100 / TOGETHER + 8


def test_f22_what_a_batch_left_out_after_its_first_failure_is_sent_once_it_is_certain(
    faults: Bench,
):
    """The ledger stops at the refused document although it was asked to go on."""
    bad, dropped = faults.number(), [faults.number() for _ in range(3)]
    faults.switch(faults.customer.nav, batch_stops=True)
    with blocked_vendor(faults, 2):
        faults.add(small.order(bad, of=2), *(small.order(number, of=1) for number in dropped))
        faults.run(ORDERS)
    faults.switch(faults.customer.nav, batch_stops=False)
    before = {faults.standing("purchase_order", number) for number in dropped}
    early = faults.writes_sent(lambda: faults.pass_time(60))
    faults.pass_time(2 * SETTLE)

    assert faults.document(ORDERS, bad).state == "parked"
    assert (before, early) == ({0}, [])
    assert [faults.document(ORDERS, number).state for number in dropped] == ["written"] * 3
    assert [faults.standing("purchase_order", number) for number in dropped] == [1] * 3


@pytest.mark.parametrize("answers", ["missing", "doubled", "reordered"], ids="F23 {}".format)
def test_part_answers_that_are_not_in_order_confirm_nothing_wrong(faults: Bench, answers: str):
    numbers = [faults.order() for _ in range(3)]
    faults.switch(faults.customer.nav, batch_answers=answers)
    faults.run(ORDERS)
    faults.switch(faults.customer.nav, batch_answers="")
    again = faults.writes_sent(lambda: faults.pass_time(2 * SETTLE))

    unclear = [] if answers == "reordered" else [["sending", "unknown", "adopted"]]
    clear = [["sending", "confirmed"]] * (3 - len(unclear))
    told = [faults.told("purchase_order", number) for number in numbers]
    assert sorted(told) == sorted([*unclear, *clear])
    assert again == []
    for number in numbers:
        write = faults.write("purchase_order", number)
        [row] = [
            row
            for row in faults.customer.ledger()["purchaseOrders"]
            if row["id"] == write.remote_id
        ]
        assert any(line["description"] == f"Paper {number}" for line in row["lines"])
        assert faults.standing("purchase_order", number) == 1


@pytest.mark.parametrize(
    "answer", ["missing", "doubled", "reordered"], ids=lambda name: f"F23 an id is {name}"
)
def test_batch_answers_are_matched_by_id(answer: str):
    one = {"id": "1", "status": 201, "body": {"id": "a"}}
    two = {"id": "2", "status": 201, "body": {"id": "b"}}
    responses = {"missing": [two], "doubled": [one, one, two], "reordered": [two, one]}[answer]

    replies = batch.read_replies({"responses": responses}, ["1", "2"])

    assert (replies["1"] is None) is (answer != "reordered")
    assert replies["2"].body == {"id": "b"}


def test_f24_a_batch_of_101_operations_is_never_built():
    with pytest.raises(ValueError, match="1 to 100"):
        batch.build([batch.Operation(str(n), "GET", "x") for n in range(101)])


def test_f25_a_vendor_changed_meanwhile_is_read_again_and_changed_once_more(faults: Bench):
    faults.customer.run(FlowName.REFERENCE)
    vendor = small.vendor_number(0)
    typed = {"set": "vendors", "op": "patch", "key": {"number": vendor}}
    _control(faults, "records", {**typed, "values": {"phoneNumber": "+44 1"}})
    record = small.supplier(0, name="Renamed Ltd")
    faults.add(record)

    faults.run(FlowName.SUPPLIERS)

    [row] = [row for row in faults.customer.ledger()["vendors"] if row["number"] == vendor]
    assert (row["displayName"], row["phoneNumber"]) == ("Renamed Ltd", "+44 1")


def test_f26_a_document_deleted_in_the_ledger_is_flagged_and_not_made_again(faults: Bench):
    number = faults.invoice()
    faults.nav({"method": "POST", "path": r"\$batch$", "nth": 2, "kind": "reset"})
    faults.run(INVOICES)
    key = {"vendorInvoiceNumber": small.invoice_number(number)}
    _control(faults, "records", {"set": "purchaseInvoices", "op": "delete", "key": key})

    faults.nav()
    faults.pass_time(SETTLE * 2)
    faults.run(INVOICES)

    assert faults.standing("purchase_invoice", number) == 0


def test_f26_an_order_deleted_in_the_ledger_is_flagged_when_it_changes_and_not_made_again(
    faults: Bench,
):
    number = faults.order()
    faults.run(ORDERS)
    standing = faults.write("purchase_order", number)
    _control(
        faults,
        "records",
        {"set": "purchaseOrders", "op": "delete", "key": {"id": standing.remote_id}},
    )
    faults.order(number, quantity=5, revisionNumber=1)

    faults.run(ORDERS)
    faults.pass_time(SETTLE * 2)

    document = faults.document(ORDERS, number)
    assert document.state == "parked", document.reasons
    assert "deleted" in str(document.reasons) or "changed_in_ledger" in str(document.reasons)
    assert faults.standing("purchase_order", number) == 0


EXISTS = {
    "error": {
        "code": "Internal_EntityWithSameKeyExists",
        "message": "The record in table Vendor already exists.",
    }
}


def test_f27_a_number_that_is_taken_by_the_same_is_looked_up_and_adopted(faults: Bench):
    """The ledger says that it exists, because an earlier request came through."""
    record = small.supplier(0, sqIntegrationNumber="u77", erpNumber="S00077", name="Supplier 77")
    faults.add({**record, "id": "u77"})
    taken = {"kind": "status", "status": 400, "body": EXISTS, "phase": "after"}
    faults.nav({"method": "POST", "path": r"vendors$", **taken})

    faults.run(FlowName.SUPPLIERS)
    faults.pass_time(60)

    numbers = [row["number"] for row in faults.customer.ledger()["vendors"]]
    assert numbers.count("S00077") == 1
    supplier = faults.customer.document(flow_name=FlowName.SUPPLIERS, source_id="u77")
    with faults.customer.scope():
        write = Write.objects.get(document=supplier.pk)
    assert (supplier.state, write.adopted, write.attempt) == ("written", True, 1)


def test_f27_a_number_that_is_taken_by_another_is_a_conflict(faults: Bench):
    """Somebody types a vendor with this number while the request is on its way."""
    record = small.supplier(0, sqIntegrationNumber="u78", erpNumber="S00078", name="Supplier 78")
    faults.add({**record, "id": "u78"})
    away = {"kind": "status", "status": 503, "headers": {"Retry-After": "1"}, "times": 1}
    faults.nav({"method": "POST", "path": r"vendors$", **away})
    faults.run(FlowName.SUPPLIERS)
    typed = {"number": "S00078", "displayName": "Somebody Else"}
    _control(faults, "records", {"set": "vendors", "values": typed})
    faults.nav()

    faults.pass_time(2 * SETTLE)

    supplier = faults.customer.document(flow_name=FlowName.SUPPLIERS, source_id="u78")
    with faults.customer.scope():
        write = Write.objects.get(document=supplier.pk)
    assert (supplier.state, write.state) == ("parked", "conflict")
    assert "displayName" in str(supplier.reasons)


def test_f28_a_refusal_parks_with_the_ledgers_words_and_is_not_repeated(faults: Bench):
    number, other = faults.order(), faults.order()
    words = "Account must have a value in Purchase Line"
    error = {"error": {"code": "Application_FieldValidationException", "message": words}}
    refusal = {"kind": "status", "status": 400, "body": error, "times": 0}
    faults.nav({"method": "POST", "content": small.order_number(number), **refusal})

    faults.run(ORDERS)
    faults.nav()
    again = faults.writes_sent(lambda: faults.pass_time(SETTLE * 2))

    refused = faults.document(ORDERS, number)
    assert (refused.state, faults.write("purchase_order", number).state) == ("parked", "rejected")
    assert words in str(refused.reasons)
    assert faults.document(ORDERS, other).state == "written"
    assert again == []


def test_f8_the_pause_begins_anew_after_a_slice_that_got_something_done(faults: Bench):
    faults.order()
    faults.nav({**CREATE, "kind": "rate_limit", "times": 1000})
    Ticket.objects.update(failures=6)

    faults.run(ORDERS)  # its record is fetched and kept before the ledger turns us away
    failures = Ticket.objects.get(pk=faults.customer.integration.pk).failures
    faults.nav()
    _forget_pauses()
    faults.pass_time(60)

    assert failures == 1


def test_f8_a_429_without_a_time_postpones_and_fails_nothing(faults: Bench):
    number = faults.order()
    faults.nav({**CREATE, "kind": "rate_limit", "times": 2})

    [run] = faults.run(ORDERS)
    postponed = faults.write("purchase_order", number).state
    faults.nav()
    _forget_pauses()
    faults.pass_time(60)

    assert (run.state, postponed) == ("running", "pending")
    assert faults.document(ORDERS, number).state == "written"
    assert faults.standing("purchase_order", number) == 1


@contextmanager
def blocked_vendor(faults: Bench, number: int) -> Iterator[None]:
    """Block a vendor in the ledger, unknown to us."""
    vendor = {"set": "vendors", "op": "patch", "key": {"number": small.vendor_number(number)}}
    _control(faults, "records", {**vendor, "values": {"blocked": "All"}})
    try:
        yield
    finally:
        _control(faults, "records", {**vendor, "values": {"blocked": " "}})


def _control(faults: Bench, path: str, body: dict) -> None:
    from tests.world import control

    control(faults.customer.nav, path, body)


def _forget_pauses() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update connectors_principalbudget set paused_until = null, rate = 1000")
