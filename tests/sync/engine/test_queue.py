"""Two who ask for a run at the same moment: one queues it, the other sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from sync.engine.queue import RunActive, queue_due_flows, queue_runs
from sync.models import Flow, FlowName, Integration, Run, Trigger
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def flow() -> Flow:
    """A flow that is due now."""
    integration = rows.integration(factories.tenant())
    with tenant_scope(integration.tenant_id):
        flows = Flow.objects.filter(integration=integration, resource=FlowName.INVOICES)
        flows.update(next_run_at=timezone.now(), schedule={"kind": "manual"})
        return flows.select_related("integration").get()


def ask(flow: Flow) -> str:
    try:
        queue_runs(flow.integration, [flow], trigger=Trigger.API)
    except RunActive as active:
        return str(active.run.trigger)
    return "queued"


def look_for_due(flow: Flow) -> str:
    queue_due_flows(Integration.objects.get(pk=flow.integration_id))
    return str(Run.objects.filter(flow=flow).get().trigger)


def meanwhile(flow: Flow, act: Callable[[Flow], str]) -> str:
    with tenant_scope(flow.tenant_id):
        found = act(flow)
    connection.close()
    return found


@pytest.mark.parametrize("act", [ask, look_for_due])
def test_a_flow_is_queued_once_whoever_else_asks_meanwhile(flow: Flow, act: Callable[..., str]):
    with ThreadPoolExecutor(1) as pool:
        with tenant_scope(flow.tenant_id):
            assert ask(flow) == "queued"
            other = pool.submit(meanwhile, flow, act)
            wait_until_blocked(other)

        assert other.result() == Trigger.API


def wait_until_blocked(other: Future[Any]) -> None:
    """Wait until somebody waits for what this transaction holds."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not other.done():
        with connection.cursor() as cursor:
            cursor.execute(
                "select count(*) from pg_locks where not granted"
                " and pg_backend_pid() = any(pg_blocking_pids(pid))"
            )
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waited")
