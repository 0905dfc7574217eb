"""When a flow runs next: interval, daily and cron schedules in the tenant's time zone.

A schedule is the API's object: {"kind": "manual"}, {"kind": "interval", "every_minutes": 15},
{"kind": "daily", "at": ["07:00"], "days": ["mon", ...]} or {"kind": "cron", "expression": "..."}.
Missed ticks collapse into one: the next run always lies after `after`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MANUAL = {"kind": "manual"}
MAX_INTERVAL_MINUTES = 7 * 24 * 60


class ScheduleError(ValueError):
    """A schedule that does not hold; `field` names what to mend."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


def validated(schedule: Any) -> dict[str, Any]:
    """Return the schedule with nothing but its own keys. Raises ScheduleError."""
    if not isinstance(schedule, Mapping):
        raise ScheduleError("schedule", 'An object such as {"kind": "manual"} is expected.')
    kinds = {"manual": _manual, "interval": _interval, "daily": _daily, "cron": _cron}
    kind = schedule.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise ScheduleError("schedule.kind", f"One of {', '.join(kinds)} is expected.")
    clean = {"kind": kind, **kinds[kind](schedule)}
    unknown = sorted(set(schedule) - set(clean))
    if unknown:
        raise ScheduleError(f"schedule.{unknown[0]}", "This key is not known here.")
    return clean


def next_run(
    schedule: Mapping[str, Any], *, after: datetime, zone: ZoneInfo, spread: float = 0.0
) -> datetime | None:
    """Return the first instant after `after` (aware) at which the flow is due, None if never.

    `spread` (0 to 1) moves interval schedules of different flows apart, so that not all are due at
    the same second.
    """
    kind = schedule.get("kind", "manual")
    if kind == "interval":
        return _next_interval(schedule["every_minutes"], after, spread)
    if kind == "daily":
        return _next_daily(schedule, after, zone)
    if kind == "cron":
        return _next_cron(schedule["expression"], after, zone)
    return None


def _manual(schedule: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _interval(schedule: Mapping[str, Any]) -> dict[str, Any]:
    minutes = schedule.get("every_minutes")
    is_whole = isinstance(minutes, int) and not isinstance(minutes, bool)
    if not is_whole or not 1 <= minutes <= MAX_INTERVAL_MINUTES:
        raise ScheduleError(
            "schedule.every_minutes",
            f"A whole number from 1 to {MAX_INTERVAL_MINUTES} is expected.",
        )
    return {"every_minutes": minutes}


def _daily(schedule: Mapping[str, Any]) -> dict[str, Any]:
    at = schedule.get("at")
    if not isinstance(at, list) or not at or not all(_is_clock(text) for text in at):
        raise ScheduleError(
            "schedule.at", 'A list of times such as ["07:00", "16:30"] is expected.'
        )
    days = schedule.get("days", list(DAYS))
    if not isinstance(days, list) or not days or any(day not in DAYS for day in days):
        raise ScheduleError("schedule.days", f"A list of {', '.join(DAYS)} is expected.")
    return {"at": sorted(set(at)), "days": [day for day in DAYS if day in days]}


def _is_clock(text: Any) -> bool:
    try:
        return isinstance(text, str) and len(text) == 5 and bool(time.fromisoformat(text) or True)
    except ValueError:
        return False


def _cron(schedule: Mapping[str, Any]) -> dict[str, Any]:
    expression = schedule.get("expression")
    if not isinstance(expression, str):
        raise ScheduleError("schedule.expression", "Five fields such as */10 7-19 * * 1-5.")
    try:
        CronSim(expression, datetime.now(UTC))
    except CronSimError:
        raise ScheduleError("schedule.expression", "This is not a cron expression.") from None
    return {"expression": " ".join(expression.split())}


def _next_interval(minutes: int, after: datetime, spread: float) -> datetime:
    every = minutes * 60
    offset = spread * every
    slot = (after.timestamp() - offset) // every + 1
    return datetime.fromtimestamp(slot * every + offset, UTC)


def _next_daily(schedule: Mapping[str, Any], after: datetime, zone: ZoneInfo) -> datetime | None:
    local = after.astimezone(zone)
    for ahead in range(8):
        day = local.date() + timedelta(days=ahead)
        if DAYS[day.weekday()] not in schedule["days"]:
            continue
        for text in schedule["at"]:
            due = datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC)
            if due > after:
                return due
    return None


def _next_cron(expression: str, after: datetime, zone: ZoneInfo) -> datetime | None:
    due = next(CronSim(expression, after.astimezone(zone)), None)
    return due.astimezone(UTC) if due else None
