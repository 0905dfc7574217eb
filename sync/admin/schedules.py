"""The few entries of Celery Beat: seen, and paused while something has to stand still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django_celery_beat.models import PeriodicTask

from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge
from tenants.support.interventions import Intervention, StaffReasonForm
from tenants.support.sections import Facts, Section
from tenants.support.supportsite import site


def _switch(chosen: list[PeriodicTask], enabled: bool) -> None:
    """Save each by itself, on the writing side: only that tells Beat to read its entries anew."""
    for entry in PeriodicTask.objects.filter(pk__in=[one.pk for one in chosen]):
        entry.enabled = enabled
        entry.save()


def _pause(chosen: list[PeriodicTask], choices: Mapping[str, Any]) -> str:
    _switch(chosen, enabled=False)
    return f"{len(chosen)} paused, for every customer. Do not forget to resume."


def _resume(chosen: list[PeriodicTask], choices: Mapping[str, Any]) -> str:
    _switch(chosen, enabled=True)
    return f"{len(chosen)} resumed."


@admin.register(PeriodicTask, site=site)
class BeatEntryAdmin(SupportAdmin):
    """What Beat rings the workers for. Schedules of customers are those of their flows."""

    called = ("periodic task", "periodic tasks")
    menu = "Machinery"
    with_rows = ("interval", "crontab")
    ordering = ("name",)
    list_display = (
        "name",
        "state_",
        "schedule_",
        column("last_run_at", "Last started", empty="never"),
        column("total_run_count", "Started in all"),
    )
    list_filter = ()
    interventions = (
        Intervention(
            "pause",
            "Pause",
            "Stops this for every customer. Without the tick no customer's flow starts.",
            _pause,
            form=StaffReasonForm,
            fits=lambda entry: "" if entry.enabled else "It is paused already.",
            tenants_of=lambda entry: (),
            scoped=False,
            many=True,
        ),
        Intervention(
            "resume",
            "Resume",
            "Lets it run again, once for all that was missed.",
            _resume,
            form=StaffReasonForm,
            fits=lambda entry: "It is not paused." if entry.enabled else "",
            tenants_of=lambda entry: (),
            scoped=False,
            many=True,
        ),
    )

    @admin.display(description="State")
    def state_(self, row: PeriodicTask) -> Any:
        return self.cell(badge("enabled" if row.enabled else "paused"))

    @admin.display(description="Schedule")
    def schedule_(self, row: PeriodicTask) -> str:
        return str(row.interval or row.crontab or "–")

    def title_of(self, row: PeriodicTask) -> str:
        return row.name

    def sections(self, request: HttpRequest, row: PeriodicTask) -> Iterator[Section]:
        yield Facts(
            "Periodic task",
            [
                ("Task", row.task),
                ("State", badge("enabled" if row.enabled else "paused")),
                ("Schedule", self.schedule_(row)),
                ("Last started", row.last_run_at or "never"),
                ("Started in all", row.total_run_count),
                ("Dropped after", f"{row.expire_seconds} s" if row.expire_seconds else "never"),
                ("Changed", row.date_changed),
            ],
        )
