"""When a flow is due next: schedules in the tenant's time zone."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sync.domain.calendar import ScheduleError, next_run, validated

BERLIN = ZoneInfo("Europe/Berlin")


def _next(schedule, after, zone=BERLIN, **options):
    return next_run(validated(schedule), after=after, zone=zone, **options)


@pytest.mark.parametrize(
    ("schedule", "after", "due"),
    [
        ({"kind": "manual"}, datetime(2026, 3, 1, tzinfo=UTC), None),
        (
            {"kind": "interval", "every_minutes": 15},
            datetime(2026, 3, 1, 10, 7, tzinfo=UTC),
            datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
        ),
        (  # exactly due is not due again
            {"kind": "interval", "every_minutes": 15},
            datetime(2026, 3, 1, 10, 15, tzinfo=UTC),
            datetime(2026, 3, 1, 10, 30, tzinfo=UTC),
        ),
        (
            {"kind": "daily", "at": ["16:30", "07:00"]},
            datetime(2026, 1, 15, 7, 0, tzinfo=UTC),
            datetime(2026, 1, 15, 15, 30, tzinfo=UTC),
        ),
        (  # Friday evening to Monday
            {"kind": "daily", "at": ["07:00"], "days": ["mon", "tue", "wed", "thu", "fri"]},
            datetime(2026, 1, 16, 20, 0, tzinfo=UTC),
            datetime(2026, 1, 19, 6, 0, tzinfo=UTC),
        ),
        (  # daylight saving time begins on 29 March: the clock still says seven
            {"kind": "daily", "at": ["07:00"]},
            datetime(2026, 3, 28, 12, 0, tzinfo=UTC),
            datetime(2026, 3, 29, 5, 0, tzinfo=UTC),
        ),
        (
            {"kind": "cron", "expression": "*/10 7-19 * * 1-5"},
            datetime(2026, 1, 16, 18, 55, tzinfo=UTC),
            datetime(2026, 1, 19, 6, 0, tzinfo=UTC),
        ),
    ],
)
def test_the_next_run_is_the_first_due_time_after_now(schedule, after, due):
    assert _next(schedule, after) == due


def test_interval_flows_are_spread_apart():
    after = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
    schedule = {"kind": "interval", "every_minutes": 60}

    assert _next(schedule, after, spread=0.25) == datetime(2026, 3, 1, 10, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "field"),
    [
        ("hourly", "schedule"),
        ({"kind": "weekly"}, "schedule.kind"),
        ({"kind": "interval"}, "schedule.every_minutes"),
        ({"kind": "interval", "every_minutes": 0}, "schedule.every_minutes"),
        ({"kind": "interval", "every_minutes": True}, "schedule.every_minutes"),
        ({"kind": "daily", "at": []}, "schedule.at"),
        ({"kind": "daily", "at": ["25:00"]}, "schedule.at"),
        ({"kind": "daily", "at": ["7:00"]}, "schedule.at"),
        ({"kind": "daily", "at": ["07:00"], "days": ["someday"]}, "schedule.days"),
        ({"kind": "cron", "expression": "61 * * * *"}, "schedule.expression"),
        ({"kind": "manual", "every": 5}, "schedule.every"),
    ],
)
def test_a_schedule_that_does_not_hold_names_its_field(schedule, field):
    with pytest.raises(ScheduleError) as refusal:
        validated(schedule)

    assert refusal.value.field == field
