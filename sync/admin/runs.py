"""Runs: what was read, what became of it, and what stopped it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from audit.redaction import redact
from sync.admin.columns import asked_for_by, plain, tally
from sync.domain.decision import Action
from sync.models import Document, Outcome, Run, Trigger
from sync.services.runs import run_stop
from sync.words import plainly
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, list_of, money, page_at, page_of, spoken
from tenants.support.filters import id_filter, word_filter
from tenants.support.interventions import Intervention
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Table
from tenants.support.supportsite import site

_SHOWN = 10
_OUTCOMES = 100


def runs_table(title: str, filters: Mapping[str, Any], more: Any = None) -> Table:
    """Return the newest runs that fit, with what they came to."""
    found = rows(Run).select_related("flow").filter(**filters).order_by("-pk")
    return Table(
        title,
        ("Run", "State", "Asked for by", "Queued", "Ended", "Documents", "Stopped by"),
        [
            (
                page_of(run, run.flow.resource.replace("_", " ")),
                badge(run.state),
                asked_for_by(run),
                run.queued_at,
                run.finished_at,
                tally(run.counts),
                plainly(redact((run.error or {}).get("message", ""))),
            )
            for run in found[:_SHOWN]
        ],
        empty="None yet.",
        more=more,
    )


def _stop(chosen: list[Run], choices: Mapping[str, Any]) -> str:
    for run in chosen:
        run_stop(run)
    return f"{len(chosen)} asked to stop; what was done stays, and the next run goes on."


@admin.register(Run, site=site)
class RunAdmin(SupportAdmin):
    """One execution of a flow."""

    menu = "Work"
    find_help = "run id or the number of an error"
    with_rows = ("tenant", "integration", "flow")
    list_display = (
        column("queued_at"),
        "flow_",
        "integration",
        "customer",
        column("state", show=badge),
        column("trigger", "Asked for by", spoken),
        "documents",
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        "state",
        word_filter("trigger", Trigger, "who asked"),
        "mode",
    )
    interventions = (
        Intervention(
            "stop",
            "Stop",
            "Ends the run after the block it is working on. What was done stays.",
            _stop,
            fits=lambda run: "" if run.is_active else "It has ended.",
            many=True,
            about="run",
        ),
    )

    def terms(self, text: str) -> Q | None:
        """A run of ours that failed names a number of twelve hexadecimal digits in its message."""
        if len(text) != 12 or not set(text.lower()) <= set("0123456789abcdef"):
            return None
        return Q(state="failed", error__message__icontains=text.lower())

    def title_of(self, row: Run) -> str:
        flow = row.flow.resource.replace("_", " ")
        return f"{flow} of {row.integration}, {row.queued_at:%Y-%m-%d %H:%M}"

    def hint(self, row: Run) -> str:
        return row.state

    @admin.display(description="Flow")
    def flow_(self, row: Run) -> str:
        return row.flow.resource.replace("_", " ")

    @admin.display(description="Documents")
    def documents(self, row: Run) -> str:
        return tally(row.counts)

    def sections(self, request: HttpRequest, row: Run) -> Iterator[Section]:
        yield Facts(
            "Run",
            [
                ("Flow", page_of(row.flow, row.flow.resource.replace("_", " "))),
                ("Integration", page_of(row.integration)),
                ("State", badge(row.state)),
                ("Asked for by", spoken(row.trigger)),
                ("Mode", row.mode),
                ("Mapping", row.mapping),
                ("Queued", row.queued_at),
                ("Started", row.started_at),
                ("Ended", row.finished_at),
                ("Progress", _progress(row)),
                ("Documents", tally(row.counts)),
                ("Slices given up", row.attempts),
                ("Id", row.pk),
            ],
        )
        if row.error:
            yield _error(row.error)
        yield _totals(row)
        yield _outcomes(row)
        yield Raw("Where the next slice goes on", row.cursor)


def _progress(run: Run) -> str:
    return f"{run.seen} so far" if run.expected is None else f"{run.seen} of {run.expected}"


def _error(error: Mapping[str, Any]) -> Facts:
    names = {
        "message": "What happened",
        "cause": "Cause",
        "owner": "Who",
        "fix": "What to do",
        "next_step": "What we do",
        "code": "Code",
    }
    told = redact(dict(error))
    return Facts("What stopped it", [(name, told.get(key)) for key, name in names.items()])


def _totals(run: Run) -> Table:
    names = ("currency", "read", "written", "parked", "rejected", "unknown", "failed")
    return Table(
        "Sums; credit notes count as negative",
        [name.capitalize() for name in names],
        [
            [total.get("currency"), *(plain(total.get(name)) for name in names[1:])]
            for total in run.totals
        ],
        empty="No amounts.",
        figures=[name.capitalize() for name in names[1:]],
    )


def _outcomes(run: Run) -> Table:
    found = rows(Outcome).filter(run=run).order_by("-decision", "pk")
    return Table(
        f"What became of its documents (the first {_OUTCOMES})",
        ("Document", "Decision", "State", "Amount", "Why"),
        [
            (
                page_at(Document._meta, one.document_id, one.reference),
                badge(one.decision),
                badge(one.state),
                money(one.amount, one.currency),
                _why(one),
            )
            for one in found[:_OUTCOMES]
        ],
        empty="No document was decided.",
        figures=("Amount",),
        more=list_of(Outcome, "All outcomes", run=run.pk),
    )


def _why(outcome: Outcome) -> list[str]:
    return [plainly(reason.get("message") or "") for reason in redact(outcome.reasons)]


@admin.register(Outcome, site=site)
class OutcomeAdmin(SupportAdmin):
    """What became of one document in one run."""

    with_rows = ("tenant", "run", "run__flow")
    list_display = (
        column("reference", "Document"),
        "flow_",
        "customer",
        column("decision", show=badge),
        column("state", show=badge),
        "amount_",
        "why",
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("run"),
        id_filter("document"),
        word_filter("decision", Action),
    )

    def title_of(self, row: Outcome) -> str:
        return f"{row.reference}: {row.decision}"

    @admin.display(description="Flow")
    def flow_(self, row: Outcome) -> str:
        return row.run.flow.resource.replace("_", " ")

    @admin.display(description="Amount")
    def amount_(self, row: Outcome) -> str:
        return money(row.amount, row.currency)

    @admin.display(description="Why")
    def why(self, row: Outcome) -> Any:
        return self.cell(_why(row))

    def sections(self, request: HttpRequest, row: Outcome) -> Iterator[Section]:
        yield Facts(
            "Outcome",
            [
                ("Document", page_at(Document._meta, row.document_id, row.reference)),
                ("Run", page_of(row.run, row.run.flow.resource.replace("_", " "))),
                ("Decision", badge(row.decision)),
                ("State", badge(row.state)),
                ("Amount", money(row.amount, row.currency)),
            ],
        )
        if row.reasons:
            yield Raw("Reasons", row.reasons)
        if row.requests:
            yield Raw("What would be sent", row.requests)
