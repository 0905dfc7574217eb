"""Flows: what is due when, and the switch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from sync.admin.runs import runs_table
from sync.models import Flow, FlowName, PendingFetch
from sync.services.flows import flow_change
from sync.words import schedule_words
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, counted, page_of
from tenants.support.filters import id_filter, word_filter
from tenants.support.interventions import Intervention
from tenants.support.reading import rows
from tenants.support.sections import Facts, Section
from tenants.support.supportsite import site


def _pause(chosen: list[Flow], choices: Mapping[str, Any]) -> str:
    for flow in chosen:
        flow_change(flow, enabled=False)
    return f"{counted(len(chosen), 'flow')} paused: nothing is read or posted until resumed."


def _resume(chosen: list[Flow], choices: Mapping[str, Any]) -> str:
    for flow in chosen:
        flow_change(flow, enabled=True)
    return f"{counted(len(chosen), 'flow')} resumed, to run when the schedule says so."


@admin.register(Flow, site=site)
class FlowAdmin(SupportAdmin):
    """One of the four flows of an integration."""

    menu = "Work"
    with_rows = ("tenant", "integration")
    list_display = (
        "flow_",
        "integration",
        "customer",
        "state_",
        column("next_run_at", "Next run", empty="when somebody asks"),
        column("watermark_at", "Read up to", empty="not read yet"),
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        word_filter("resource", FlowName),
        "enabled",
    )
    interventions = (
        Intervention(
            "pause",
            "Pause",
            "Switches the flow off: it runs neither by schedule nor by hand. A run that is under "
            "way is not stopped by this.",
            _pause,
            fits=lambda flow: "" if flow.enabled else "It is paused already.",
            many=True,
        ),
        Intervention(
            "resume",
            "Resume",
            "Switches the flow on again. It goes on where it stopped reading; nothing was lost.",
            _resume,
            fits=lambda flow: "It is not paused." if flow.enabled else "",
            many=True,
        ),
    )

    def title_of(self, row: Flow) -> str:
        return f"{row.resource.replace('_', ' ')} of {row.integration}"

    def hint(self, row: Flow) -> str:
        return "enabled" if row.enabled else "paused"

    @admin.display(description="Flow")
    def flow_(self, row: Flow) -> str:
        return row.resource.replace("_", " ")

    @admin.display(description="State")
    def state_(self, row: Flow) -> Any:
        return self.cell(badge("enabled" if row.enabled else "paused"))

    def sections(self, request: HttpRequest, row: Flow) -> Iterator[Section]:
        queued = rows(PendingFetch).filter(flow=row).count()
        yield Facts(
            "Flow",
            [
                ("Integration", page_of(row.integration)),
                ("State", badge("enabled" if row.enabled else "paused")),
                ("Schedule", schedule_words(row.schedule)),
                ("Time zone", row.tenant.time_zone),
                ("Next run", row.next_run_at or "when somebody asks"),
                ("Read up to", row.watermark_at or "not read yet"),
                ("Read up to id", row.watermark_id),
                ("Everything compared", row.swept_at or "never"),
                ("Listed, to be fetched", queued),
                ("Id", row.pk),
            ],
        )
        yield runs_table("Last runs", {"flow": row})
