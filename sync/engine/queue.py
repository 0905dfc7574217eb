"""Queues runs: by schedule, by a person or program, by a release."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db.models import Q

from audit.record import record as tell
from sync.domain.calendar import next_run
from sync.engine import tickets
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.models import Flow, FlowName, Integration, Run, RunMode, RunState, Trigger
from sync.models.run import ACTIVE_STATES

ORDER = tuple(FlowName)


class RunActive(Exception):
    """A run of that flow is queued or going on; `run` is it."""

    def __init__(self, run: Run) -> None:
        super().__init__(str(run.pk))
        self.run = run


def queue_runs(
    integration: Integration,
    flows: Sequence[Flow],
    *,
    trigger: str,
    mode: str = RunMode.LIVE,
    full: bool = False,
) -> list[Run]:
    """Queue a run of each flow in dependency order. Raises RunActive when one is there already.

    Whoever asks at the same moment waits for the flows, and sees these runs; use in a transaction.
    """
    wanted = sorted(flows, key=lambda flow: ORDER.index(FlowName(flow.resource)))
    _lock(wanted)
    active = Run.objects.filter(
        flow__in=wanted, state__in=ACTIVE_STATES, mode=RunMode.LIVE, reads=True
    )
    clash = active.first() if mode == RunMode.LIVE else None
    if clash is not None:
        raise RunActive(clash)
    now = database_now()
    runs = [
        Run(
            tenant_id=integration.tenant_id,
            integration=integration,
            flow=flow,
            trigger=trigger,
            mode=mode,
            full=full,
            state=RunState.QUEUED,
            queued_at=now,
            position=position,
        )
        for position, flow in enumerate(wanted)
    ]
    Run.objects.bulk_create(runs)
    for run in runs:
        tell("run.queued", target=run, facts={"flow": run.flow.resource, "trigger": trigger})
    tickets.wake(integration.pk, interactive=trigger in (Trigger.API, Trigger.PERSON))
    return runs


def _lock(flows: Sequence[Flow]) -> None:
    ids = [flow.pk for flow in flows]
    list(Flow.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def queue_due_flows(integration: Integration) -> None:
    """Queue what is due by schedule and set each flow's next time; missed ticks become one run.

    A flow that a notice has woken runs once, however many there were; one that is running already
    runs again after that.
    """
    now = database_now()
    flows = list(
        Flow.objects.select_for_update()
        .filter(integration=integration, enabled=True)
        .filter(Q(next_run_at__lte=now) | Q(woken_at__lte=now))
        .order_by("pk")
    )
    if not flows:
        return
    busy = set(
        Run.objects.filter(
            flow__in=flows, state__in=ACTIVE_STATES, mode=RunMode.LIVE, reads=True
        ).values_list("flow_id", flat=True)
    )
    free = [flow for flow in flows if flow.pk not in busy]
    due = [flow for flow in flows if flow.next_run_at and flow.next_run_at <= now]
    scheduled = [flow for flow in free if flow in due]
    early = [flow for flow in free if flow not in due]
    if scheduled:
        queue_runs(integration, scheduled, trigger=Trigger.SCHEDULE)
    if early:
        queue_runs(integration, early, trigger=Trigger.WEBHOOK)
    for flow in due:
        flow.next_run_at = next_time(flow, now)
    for flow in free:
        if flow.woken_at:
            flow.woken_at, flow.early_at = None, now
    update_rows(flows, ["next_run_at", "woken_at", "early_at"])


def next_time(flow: Flow, after: datetime) -> datetime | None:
    """Return when a flow is due after an instant, in its tenant's time zone."""
    if not flow.enabled:
        return None
    zone = ZoneInfo(flow.tenant.time_zone or "UTC")
    return next_run(flow.schedule, after=after, zone=zone, spread=_spread(flow))


def _spread(flow: Flow) -> float:
    """Return a number from 0 to 1 that belongs to the flow for good."""
    return int.from_bytes(hashlib.sha256(flow.integration_id.bytes).digest()[:4]) / 2**32
