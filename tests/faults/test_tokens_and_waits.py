"""Tokens that die, are refused or cannot be had, and requests to wait: F1 to F4, F6, F9, F10."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.models import PrincipalBudget
from sync.models import FlowName
from tests.faults.conftest import Bench
from tests.faults.source import (
    LIST,
    ORDERS,
    end_pauses,
    source_health,
    states,
    token_requests,
    void_tokens,
)
from tests.world import SECRET, control


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
    void_tokens(faults)

    [run] = faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, token_endpoint_status=200)
    faults.pass_time(900)
    faults.run(ORDERS)

    assert run.state in ("running", "failed")
    assert states(faults, [number]) == ["written"]


def test_f4_a_rotated_secret_stops_at_once(faults: Bench):
    number = faults.order()
    void_tokens(faults)
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
    void_tokens(faults)
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
