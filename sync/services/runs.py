"""Use cases around runs: asked for, stopped; inside the tenant's scope."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from audit.record import record
from sync.engine import tickets
from sync.engine.accounting import account
from sync.engine.clock import database_now
from sync.engine.queue import RunActive, queue_runs
from sync.models import Document, Flow, FlowName, Integration, Run, RunMode, RunState, Trigger
from tenants.refusal import Clash, Invalid


def runs_start(
    integration: Integration,
    *,
    flows: Sequence[Any] | None = None,
    mode: Any = RunMode.LIVE,
    full: Any = False,
    trigger: str = Trigger.API,
) -> list[Run]:
    """Queue a run of each flow named, of every enabled one when none is, in dependency order.

    Raises Invalid, and Clash `run_active` (details: the run) or `flow_disabled`.
    """
    names = _checked(flows, mode, full)
    chosen = _flows(integration, names)
    try:
        with transaction.atomic():
            return queue_runs(integration, chosen, trigger=trigger, mode=mode, full=full)
    except RunActive as active:
        raise _is_active(active.run) from None


def run_stop(run: Run) -> Run:
    """Stop a run: at once while it is queued, else after the block it is working on.

    What it has done stays, what it has kept is decided by the next run; one that has ended is left
    as it is.
    """
    run = Run.objects.select_for_update(of=("self",)).select_related("flow").get(pk=run.pk)
    if not run.is_active or run.stop_requested:
        return run
    run.stop_requested = True
    if run.state == RunState.QUEUED:
        account(run)
        run.state, run.finished_at = RunState.STOPPED, database_now()
        Document.objects.filter(queued_run=run).update(queued_run=None)
        record("run.stopped", target=run, run=run.pk, facts={"flow": run.flow.resource})
    else:
        record("run.stop_asked", target=run, run=run.pk, facts={"flow": run.flow.resource})
    run.save(update_fields=["stop_requested", "state", "finished_at", "counts", "totals"])
    tickets.wake(run.integration_id, interactive=True)
    return run


def _checked(flows: Any, mode: Any, full: Any) -> list[FlowName]:
    wrong: dict[str, list[str]] = {}
    if mode not in RunMode.values:
        wrong["mode"] = [f"One of {', '.join(RunMode.values)}."]
    if not isinstance(full, bool):
        wrong["full"] = ["true or false."]
    given = flows if flows is not None else []
    if not isinstance(given, list | tuple):
        wrong["flows"] = ["A list of flows."]
        given = []
    for number, name in enumerate(given):
        if name not in FlowName.values:
            wrong[f"flows[{number}]"] = [f"One of {', '.join(FlowName.values)}."]
    if wrong:
        raise Invalid(wrong)
    return [FlowName(name) for name in given]


def _flows(integration: Integration, names: Sequence[FlowName]) -> list[Flow]:
    rows = list(Flow.objects.filter(integration=integration))
    disabled = [row.resource for row in rows if not row.enabled and row.resource in names]
    chosen = [row for row in rows if row.enabled and (not names or row.resource in names)]
    if disabled or not chosen:
        which = disabled or [row.resource for row in rows]
        raise Clash(
            "flow_disabled",
            f"Switched off: {', '.join(which)}. Enable it to run it.",
            details={"flows": which},
        )
    return chosen


def _is_active(run: Run) -> Clash:
    text = "A run of this flow is queued or going on."
    return Clash("run_active", text, details={"run": str(run.pk)})
