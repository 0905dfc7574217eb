"""Use cases around flows: switched on and off, put on a schedule; inside the tenant's scope."""

from __future__ import annotations

from typing import Any

from audit.record import record
from sync.domain.calendar import ScheduleError, validated
from sync.engine import tickets
from sync.engine.clock import database_now
from sync.engine.queue import next_time
from sync.models import Flow
from tenants.refusal import Invalid


def flow_change(flow: Flow, *, enabled: Any = None, schedule: Any = None) -> Flow:
    """Change what is given and work out when the flow is due next; raises Invalid.

    A disabled flow is never due and cannot be run by hand either.
    """
    wanted = {}
    if enabled is not None:
        wanted["enabled"] = _switch(enabled)
    if schedule is not None:
        wanted["schedule"] = _schedule(schedule)
    changes = {
        field: [getattr(flow, field), value]
        for field, value in wanted.items()
        if getattr(flow, field) != value
    }
    if not changes:
        return flow
    for field, (_, value) in changes.items():
        setattr(flow, field, value)
    flow.next_run_at = next_time(flow, database_now())
    flow.save(update_fields=[*changes, "next_run_at"])
    if flow.next_run_at:
        tickets.wake(flow.integration_id, at=flow.next_run_at)
    record("flow.changed", target=flow, changes=changes, facts={"flow": flow.resource})
    return flow


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Invalid({"enabled": ["true or false."]})
    return value


def _schedule(value: Any) -> dict[str, Any]:
    try:
        return validated(value)
    except ScheduleError as error:
        raise Invalid({error.field: [error.message]}) from None
