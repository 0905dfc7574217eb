"""The database's disk is full in the middle of a slice (I4); work goes on once there is space."""

from __future__ import annotations

from contextlib import suppress

import pytest
from django.db import OperationalError
from django.test import Client

from sync.engine import tickets
from sync.engine.queue import queue_runs
from sync.engine.work import work
from sync.models import DocumentState, Flow, FlowName, RunState, Ticket, Trigger, WriteState
from tests.faults.conftest import SETTLE, Bench
from tests.full_disk import no_space_for

ORDERS = FlowName.PURCHASE_ORDERS
MOMENTS = {
    "a run is begun": ("sync_run", "update", "new.state = 'running'"),
    "a list is queued": ("sync_pendingfetch", "insert"),
    "a record is kept": ("sync_version", "insert"),
    "a decision is saved": ("sync_write", "insert"),
    "a write is claimed": ("sync_write", "update", "new.state = 'claimed'"),
    "a write is about to be sent": ("sync_write", "update", "new.state = 'sending'"),
    "an outcome is saved": ("sync_write", "update", "new.state = 'confirmed'"),
    "the trail is written": ("audit_auditevent", "insert"),
    "a run is ended": ("sync_run", "update", "new.finished_at is not null"),
    "the turn is given back": ("sync_ticket", "update", "new.lease_until is null"),
    "nothing can be written": ("sync_ticket", "update"),
}


def queue(faults: Bench) -> None:
    with faults.customer.scope():
        flows = Flow.objects.filter(integration=faults.customer.integration, resource=ORDERS)
        queue_runs(faults.customer.integration, list(flows), trigger=Trigger.API)


def try_to_work(times: int = 3) -> None:
    """Be a worker that goes on after every error, as Celery's do."""
    for _ in range(times):
        with suppress(OperationalError):
            Ticket.objects.update(rung_at=None)
            for _ in tickets.due_tickets():
                work()


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
def test_nothing_is_lost_or_doubled_and_the_run_goes_on_once_there_is_space(faults, moment):
    number = faults.order()
    queue(faults)

    with no_space_for(*moment):
        meanwhile = faults.writes_sent(try_to_work)
    after = faults.writes_sent(lambda: [faults.pass_time(SETTLE / 2) for _ in range(3)])

    assert len(meanwhile) + len(after) == 1
    assert faults.standing("purchase_order", number) == 1
    assert faults.write("purchase_order", number).state == WriteState.CONFIRMED
    assert faults.document(ORDERS, number).state == DocumentState.WRITTEN
    with faults.customer.scope():
        run = faults.customer.integration.flows.get(resource=ORDERS).runs.latest("queued_at")
    assert run.state == RunState.SUCCEEDED


def test_what_was_applied_while_its_outcome_could_not_be_saved_is_adopted(faults):
    number = faults.order()
    queue(faults)

    with no_space_for("sync_write", "update", "new.state = 'confirmed'"):
        sent = faults.writes_sent(try_to_work)
    unsure = faults.write("purchase_order", number).state
    faults.pass_time(SETTLE / 2)

    assert (len(sent), unsure) == (1, WriteState.SENDING)
    assert faults.write("purchase_order", number).adopted


def test_operators_see_that_the_disk_is_full_until_a_slice_goes_well(faults, caplog):
    faults.order()
    queue(faults)

    with no_space_for("sync_pendingfetch", "insert"):
        try_to_work(1)
    full = Client().get("/health/ready")
    faults.pass_time(SETTLE / 2)
    well = Client().get("/health/ready")

    assert full.status_code == 503
    assert full.json()["parts"]["database"] == "disk full: nothing can be written"
    assert well.json()["parts"]["database"] == "ok"
    assert "No space left on device" in caplog.text
