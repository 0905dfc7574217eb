"""Faults while the source is read, and of the tokens behind it: F1 to F4, F6, F9, F29 to F45."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.models import PrincipalBudget
from sync.engine.queue import queue_runs
from sync.models import Flow, FlowName, Run, Trigger
from tests import factories, small
from tests.api.conftest import ApiClient
from tests.faults.conftest import Bench
from tests.world import SECRET, control

ORDERS = FlowName.PURCHASE_ORDERS
LIST = {"method": "GET", "path": r"/purchaseorders$"}
DETAIL = {"method": "GET", "path": r"/purchaseorders/\d+$"}


def states(faults: Bench, numbers: list[int]) -> list[str]:
    return [faults.document(ORDERS, number).state for number in numbers]


def received(faults: Bench, number: int) -> bool:
    documents = faults.customer.documents(flow_name=ORDERS, source_id=str(700_000 + number))
    return bool(documents)


def test_f1_a_token_that_dies_early_is_renewed_and_nobody_notices(faults: Bench):
    numbers = [faults.order() for _ in range(3)]
    faults.switch(faults.customer.jaggaer, token_uses=2)

    [run] = faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, token_uses=0)

    assert (run.state, run.attempts) == ("succeeded", 0)
    assert states(faults, numbers) == ["written"] * 3


def test_f2_a_403_that_means_expired_is_answered_by_one_new_token(faults: Bench):
    number = faults.order()
    tokens = token_requests(faults)
    faults.jaggaer({**LIST, "kind": "status", "status": 403, "times": 1})

    [run] = faults.run(ORDERS)

    assert (run.state, run.attempts) == ("succeeded", 0)
    assert token_requests(faults) == tokens + 1
    assert states(faults, [number]) == ["written"]


def test_f2_a_403_that_stays_needs_attention_and_is_no_loop(faults: Bench):
    number = faults.order()
    faults.switch(faults.customer.jaggaer, refuses_tokens=True, refused_status=403)
    before = len(faults.customer.requests(faults.customer.jaggaer))

    [run] = faults.run(ORDERS)
    seen = faults.customer.requests(faults.customer.jaggaer)[before:]
    health = source_health(faults)
    faults.switch(faults.customer.jaggaer, refuses_tokens=False, refused_status=401)
    faults.run(ORDERS)

    assert (run.state, health) == ("failed", "attention")
    assert len(seen) == 2
    assert states(faults, [number]) == ["written"]


@pytest.mark.parametrize(
    "status", [500, 503], ids=lambda status: f"F3 token address answers {status}"
)
def test_a_token_address_that_is_away_pauses_the_run(faults: Bench, status: int):
    number = faults.order()
    faults.switch(faults.customer.jaggaer, token_endpoint_status=status)
    control_tokens(faults)

    [run] = faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, token_endpoint_status=200)
    faults.pass_time(900)
    faults.run(ORDERS)

    assert run.state in ("running", "failed")
    assert states(faults, [number]) == ["written"]


def test_f4_a_rotated_secret_stops_at_once(faults: Bench):
    number = faults.order()
    control_tokens(faults)
    client = {"client_id": "world-client", "secret": "another", "dataset": "default"}
    control(faults.customer.jaggaer, "clients", client)
    before = len(faults.customer.jaggaer.log.entries())

    [run] = faults.run(ORDERS)
    faults.pass_time(60)
    asked = [
        entry
        for entry in faults.customer.jaggaer.log.entries()[before:]
        if "token" in entry.path and "__ctl" not in entry.path
    ]
    control(faults.customer.jaggaer, "clients", {**client, "secret": SECRET})
    faults.run(ORDERS)

    assert (run.state, run.error["code"]) == ("failed", "invalid_client")
    assert len(asked) == 1
    assert states(faults, [number]) == ["written"]


def test_f6_a_token_that_is_dead_on_arrival_is_fetched_once_more_and_told(faults: Bench):
    faults.order()
    control_tokens(faults)
    faults.switch(faults.customer.jaggaer, token_born_dead=True)

    tokens = token_requests(faults)
    [run] = faults.run(ORDERS)
    health = source_health(faults)
    faults.switch(faults.customer.jaggaer, token_born_dead=False)

    assert (run.state, health) == ("failed", "attention")
    assert run.error["code"] in ("authentication", "token_expired")
    assert token_requests(faults) == tokens + 2


def test_f3_the_running_token_is_used_while_the_token_address_is_away(faults: Bench):
    number = faults.order()
    faults.run(FlowName.SUPPLIERS)
    faults.switch(faults.customer.jaggaer, token_endpoint_status=503)

    [run] = faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, token_endpoint_status=200)

    assert run.state == "succeeded"
    assert states(faults, [number]) == ["written"]


def test_f9_a_request_to_wait_is_kept_by_all_of_that_user_and_by_nobody_else(faults: Bench):
    number = faults.order()
    faults.jaggaer({**LIST, "kind": "rate_limit", "retry_after": "120", "times": 1})
    faults.run(ORDERS)
    faults.jaggaer()
    before = len(faults.customer.requests(faults.customer.jaggaer))

    faults.run(FlowName.SUPPLIERS)
    paused = PrincipalBudget.objects.filter(paused_until__gt=timezone.now())
    left = [row.paused_until - timezone.now() for row in paused]
    asked = faults.customer.requests(faults.customer.jaggaer)[before:]
    end_pauses()
    faults.pass_time(3600)

    assert [timedelta(seconds=60) < each <= timedelta(seconds=120) for each in left] == [True]
    assert asked == []
    assert PrincipalBudget.objects.filter(paused_until=None).exists()  # the ledger's user
    assert states(faults, [number]) == ["written"]


@pytest.mark.parametrize(
    "wait",
    ["120", "Mon, 01 Jan 2024 00:00:00 GMT", "-5", "1000000000", "soon"],
    ids=lambda wait: f"F9 F10 Retry-After {wait[:12]}",
)
def test_a_request_to_wait_pauses_the_run_and_fails_nothing(faults: Bench, wait: str):
    number = faults.order()
    faults.jaggaer({**LIST, "kind": "rate_limit", "retry_after": wait, "times": 1})

    [run] = faults.run(ORDERS)
    faults.jaggaer()
    end_pauses()
    faults.pass_time(3600)

    assert run.state in ("running", "succeeded")
    assert states(faults, [number]) == ["written"]


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


def test_f35_f36_records_that_move_between_pages_are_all_there_once(faults: Bench):
    numbers = [faults.order() for _ in range(6)]
    moving = [
        {"collection": "purchaseorders", "id": 700_000 + number, "patch": {}}
        for number in numbers[:4]
    ]
    faults.switch(faults.customer.jaggaer, page_size=2, between_pages=moving)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100, between_pages=[])
    faults.run(ORDERS)

    assert states(faults, numbers) == ["written"] * 6
    assert [faults.standing("purchase_order", number) for number in numbers] == [1] * 6


def test_f37_equal_stamps_on_a_page_border_lose_nothing(faults: Bench, full_size):
    count = min(20, full_size(5000))
    numbers = [faults.number() for _ in range(count)]
    faults.add(*(small.order(number) for number in numbers))
    faults.switch(faults.customer.jaggaer, page_size=7)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100)

    assert states(faults, numbers) == ["written"] * count


def test_f40_a_late_commit_with_an_older_stamp_is_found_by_the_overlap(faults: Bench):
    now = datetime.now(UTC)
    early = faults.order(lastUpdate=now.isoformat(timespec="milliseconds"))
    faults.run(ORDERS)
    stamp = (now - timedelta(minutes=10)).isoformat(timespec="milliseconds")
    late = faults.order(lastUpdate=stamp)

    faults.run(ORDERS)

    assert states(faults, [early, late]) == ["written"] * 2


def test_f41_a_record_from_the_year_9999_hides_no_change_that_comes_after_it(faults: Bench):
    strange = faults.order(lastUpdate="9999-12-31T23:59:59.999Z")
    [told] = faults.run(ORDERS)
    later = faults.order()

    faults.run(ORDERS)
    _delete(faults, strange)

    assert str(700_000 + strange) in str(told.cursor["warnings"])
    assert states(faults, [strange, later]) == ["written"] * 2


def test_f42_a_source_that_was_set_back_is_noticed_and_compared_and_nothing_is_deleted(
    faults: Bench,
):
    number = faults.order()
    faults.run(ORDERS)
    _delete(faults, number)
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    forgotten = faults.order(lastUpdate=long_ago.isoformat(timespec="milliseconds"))

    [noticed] = faults.run(ORDERS)
    [calm] = faults.run(ORDERS)

    assert "Was the source restored?" in str(noticed.cursor["warnings"])
    assert calm.cursor["warnings"] == []
    assert states(faults, [number, forgotten]) == ["written"] * 2
    assert faults.standing("purchase_order", number) == 1


def test_f42_a_person_takes_the_offer_to_read_everything_again_and_it_ends(faults: Bench):
    number = faults.order()
    faults.run(ORDERS)
    _delete(faults, number)
    faults.order(lastUpdate=(datetime.now(UTC) - timedelta(hours=4)).isoformat())
    [noticed] = faults.run(ORDERS)
    tenant = faults.customer.tenant
    person, program = Client(), ApiClient(factories.api_key(tenant, "operator")[1])
    person.force_login(factories.member(tenant, "operator").user)
    addresses = (reverse("runs"), reverse("run", args=[noticed.pk]))
    offered = [person.get(address).content.decode() for address in addresses]
    flow = orders_flow(faults, program)

    answer = person.post(reverse("run-again", args=[flow["id"]]), follow=True)
    faults.customer.settle()

    assert all("Read everything again" in page for page in offered)
    assert flow["resync_offered_at"] is not None
    assert "Was the source restored?" in str(flow["last_run"]["warnings"])
    assert "is being read again" in answer.content.decode()
    after = orders_flow(faults, program)
    with faults.customer.scope():
        assert Run.objects.latest("queued_at").full
    assert after["resync_offered_at"] is None
    assert faults.standing("purchase_order", number) == 1


def orders_flow(faults: Bench, program: ApiClient) -> dict:
    """Return what the API says of the flow of orders."""
    found = program.get(f"integrations/{faults.customer.integration.pk}").json()
    return next(flow for flow in found["flows"] if flow["resource"] == ORDERS)


def test_f43_a_record_deleted_in_the_source_is_marked_by_the_next_whole_list(faults: Bench):
    number, other = faults.order(), faults.order()
    faults.run(ORDERS)
    _delete(faults, number)

    [swept] = faults.customer.run(ORDERS, full=True)
    [again] = faults.customer.run(ORDERS, full=True)
    gone = [faults.document(ORDERS, each).gone_at for each in (number, other)]
    faults.add(small.order(number))
    faults.customer.run(ORDERS, full=True)

    told = f"no longer at the source: {small.order_number(number)}"
    assert told in str(swept.cursor["warnings"])
    assert told not in str(again.cursor["warnings"])
    assert gone[0] is not None
    assert gone[1] is None
    assert faults.document(ORDERS, number).gone_at is None
    assert faults.standing("purchase_order", number) == 1


def _delete(faults: Bench, number: int) -> None:
    faults.add({"collection": "purchaseorders", "id": 700_000 + number, "delete": True})


def test_f44_a_page_size_of_one_works(faults: Bench):
    numbers = [faults.order() for _ in range(3)]
    faults.switch(faults.customer.jaggaer, page_size=1)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100)

    assert states(faults, numbers) == ["written"] * 3


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


def run_and_pass_time(faults: Bench) -> None:
    faults.run(ORDERS)
    end_pauses()
    faults.pass_time(900)


def token_requests(faults: Bench) -> int:
    entries = faults.customer.jaggaer.log.entries()
    return sum(entry.path.endswith("/token") for entry in entries)


def source_health(faults: Bench) -> str:
    with faults.customer.scope():
        source = faults.customer.integration.source
        return type(source).objects.get(pk=source.pk).health


def control_tokens(faults: Bench) -> None:
    """Let every token be void, so that the next request needs a new one."""
    from connectors.models import AccessToken

    with faults.customer.scope():
        AccessToken.objects.all().delete()


def end_pauses() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "update connectors_principalbudget set paused_until = null, open_until = null,"
            " failures = 0, rate = 1000"
        )


def due_now(faults: Bench) -> None:
    from django.utils import timezone

    from sync.models import PendingFetch

    with faults.customer.scope():
        PendingFetch.objects.update(due_at=timezone.now())
