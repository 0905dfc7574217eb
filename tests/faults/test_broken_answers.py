"""Pages and details of the source that are broken, strange or missing: F16, F29 to F34, F45."""

from __future__ import annotations

import pytest

from sync.engine.queue import queue_runs
from sync.models import Flow, Run, Trigger
from tests.faults.conftest import Bench
from tests.faults.source import (
    LIST,
    ORDERS,
    due_now,
    end_pauses,
    received,
    run_and_pass_time,
    states,
)

BROKEN = {
    "F29 page cut": {"kind": "cut_body"},
    "F30 log-in page with 200": {"kind": "html"},
    "F31 gzip damaged": {"kind": "wrong_gzip"},
    "F31 chunks without an end": {"kind": "cut_chunks"},
    "F31 byte order mark": {"kind": "bom"},
    "F31 wrong charset": {
        "kind": "rewrite",
        "headers": {"Content-Type": "application/json; charset=utf-16"},
    },
    "F32 64 MB of blanks": {"kind": "big_body", "size": 70 * 1024 * 1024},
    "F32 10,000 deep": {"kind": "deep_json"},
    "F32 zip bomb": {"kind": "zip_bomb", "size": 200 * 1024 * 1024},
    "F32 a header of 1 MB": {"kind": "big_header"},
    "F16 reset while reading": {"kind": "reset"},
}


@pytest.mark.parametrize("fault", BROKEN.values(), ids=BROKEN)
def test_a_broken_page_is_no_data_and_the_next_run_has_it_all(faults: Bench, fault: dict):
    number = faults.order()
    faults.jaggaer({**LIST, **fault, "times": 1})

    faults.run(ORDERS)
    faults.jaggaer()
    end_pauses()
    faults.pass_time(900)
    faults.run(ORDERS)

    assert states(faults, [number]) == ["written"]
    assert faults.standing("purchase_order", number) == 1


CONTENT = {
    "F33 a number beyond float": ({"total": {"currency": "GBP", "value": 1e308}}, "parked"),
    "F34 a new field": ({"zzNew": {"a": [1]}}, "written"),
    "F34 optional missing": ({"createDateTime": None}, "written"),
    "F34 required missing": ({"poNumber": None}, "parked"),
    "F34 type changed": ({"revisionNumber": "two"}, "parked"),
    "F34 status unknown": ({"workflowStatus": "Levitating"}, "parked"),
}


@pytest.mark.parametrize(("changes", "state"), CONTENT.values(), ids=CONTENT)
def test_a_strange_record_is_kept_aside_and_the_others_go_on(
    faults: Bench, changes: dict, state: str
):
    strange = faults.order(**changes)
    plain = faults.order()

    faults.run(ORDERS)

    assert states(faults, [plain]) == ["written"]
    found = faults.document(ORDERS, strange)
    assert found.state == state
    if state == "parked":
        assert any(name in str(found.reasons) for name in changes), found.reasons


def test_f45_a_detail_that_is_missing_is_asked_for_again(faults: Bench):
    number, other = faults.order(), faults.order()
    faults.switch(faults.customer.jaggaer, detail_missing=[str(700_000 + number)])

    faults.run(ORDERS)
    missing = received(faults, number)
    faults.switch(faults.customer.jaggaer, detail_missing=[])
    due_now(faults)
    faults.run(ORDERS)

    assert not missing
    assert states(faults, [number, other]) == ["written"] * 2


def test_a_run_that_somebody_asks_for_tries_missing_details_at_once(faults: Bench):
    number = faults.order()
    faults.switch(faults.customer.jaggaer, detail_missing=[str(700_000 + number)])
    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, detail_missing=[])

    [run] = faults.run(ORDERS)

    assert (run.trigger, run.state) == ("api", "succeeded")
    assert states(faults, [number]) == ["written"]


def test_a_scheduled_run_leaves_missing_details_their_wait(faults: Bench):
    number = faults.order()
    faults.switch(faults.customer.jaggaer, detail_missing=[str(700_000 + number)])
    faults.run(ORDERS)

    with faults.customer.scope():
        flows = list(Flow.objects.filter(resource=ORDERS))
        [queued] = queue_runs(faults.customer.integration, flows, trigger=Trigger.SCHEDULE)
    faults.customer.settle()
    with faults.customer.scope():
        run = Run.objects.get(pk=queued.pk)
    faults.switch(faults.customer.jaggaer, detail_missing=[])

    assert (run.trigger, run.state) == ("schedule", "succeeded")
    assert not received(faults, number)


BAD_DETAILS = {
    "out of order": {"kind": "status", "status": 500},
    "refused": {"kind": "status", "status": 400},
    "a web page": {"kind": "html"},
    "an error with 200": {"kind": "status", "status": 200, "body": {"returnCode": 2}},
    "another record": {"kind": "status", "status": 200, "body": {"header": {"poId": 1}}},
}


@pytest.mark.parametrize("fault", BAD_DETAILS.values(), ids=BAD_DETAILS)
def test_details_that_stay_broken_hold_up_no_other_record(faults: Bench, fault: dict):
    bad = [faults.order() for _ in range(3)]
    paths = "|".join(str(700_000 + number) for number in bad)
    faults.jaggaer({"method": "GET", "path": rf"/({paths})$", **fault, "times": 1000})
    run_and_pass_time(faults)

    later = [faults.order() for _ in range(2)]
    run_and_pass_time(faults)
    seen = states(faults, later)
    faults.jaggaer()
    due_now(faults)
    faults.run(ORDERS)

    assert seen == ["written"] * 2
    assert states(faults, bad) == ["written"] * 3
