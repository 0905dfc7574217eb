"""Remembered refusals: what the ledger would refuse again, and so is not sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.redaction import redact
from sync.admin.columns import every_integration
from sync.domain.refusals import Booked
from sync.models import Document, Refusal, Wait
from sync.services.refusals import remembered_forget, remembered_try
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import WARN, Badge, badge, counted, page_of, spoken, times
from tenants.support.filters import id_filter
from tenants.support.interventions import Intervention
from tenants.support.reading import rows
from tenants.support.sections import Facts, Section, Table
from tenants.support.supportsite import site

_SHOWN = 50


def _forget(chosen: list[Refusal], choices: Mapping[str, Any]) -> str:
    released = sum(remembered_forget(fact) for fact in chosen)
    refusals, documents = counted(len(chosen), "refusal"), counted(released, "document")
    return f"{refusals} forgotten, {documents} let go on. What is refused again parks again."


def _try(chosen: list[Refusal], choices: Mapping[str, Any]) -> str:
    for fact in chosen:
        remembered_try(fact)
    return "One document of each refusal tries again; the others wait for its end."


def _stands(fact: Refusal) -> str:
    return "It has ended." if fact.ended_at else ""


@admin.register(Refusal, site=site)
class RefusalAdmin(SupportAdmin):
    """A fact about a vendor, account, dimension value or combination that the ledger refused."""

    called = ("remembered refusal", "remembered refusals")
    menu = "Work"
    find_help = "cause of a refusal, or the ledger's error code"
    with_rows = ("tenant", "integration", "document")
    list_display = (
        "cause",
        "customer",
        "integration",
        column("step", "What was refused", spoken),
        column("count", "How often"),
        column("last_at", "Last"),
        "state_",
    )
    list_filter = (*SupportAdmin.list_filter, id_filter("integration"))
    interventions = (
        Intervention(
            "forget",
            "Forget",
            "Everything that it holds back goes on at once. Do this once the cause is gone in the "
            "ledger; otherwise each document is refused once more.",
            _forget,
            fits=_stands,
            many=True,
        ),
        Intervention(
            "try",
            "Try with one document",
            "One document finds out whether the ledger still refuses. If it does not, all go on.",
            _try,
            fits=_stands,
            many=True,
        ),
    )

    def terms(self, text: str) -> Q | None:
        if len(text) < 3:
            return None
        known = Q(cause__startswith=text) | Q(code=text)
        return Q(integration__in=every_integration()) & known

    def hint(self, row: Refusal) -> str:
        return "ended" if row.ended_at else f"refused {times(row.count)}"

    @admin.display(description="State")
    def state_(self, row: Refusal) -> Any:
        return self.cell(Badge("ended") if row.ended_at else Badge("in force", WARN))

    def sections(self, request: HttpRequest, row: Refusal) -> Iterator[Section]:
        yield Facts(
            "Remembered refusal",
            [
                ("About", Booked.of(row.subject).words()),
                ("What was refused", spoken(row.step)),
                ("In the ledger's words", redact(row.words)),
                ("Its error code", row.code),
                ("Cause", row.cause),
                ("Integration", page_of(row.integration)),
                ("Refused", times(row.count)),
                ("First", row.first_at),
                ("Last", row.last_at),
                ("The document refused last", page_of(row.document) if row.document else ""),
                ("One document may try again", row.try_at),
                ("Tried last", row.tried_at or "not since"),
                ("Ended", row.ended_at or "no: it is in force"),
                ("Ended by", row.ended_by),
                ("Id", row.pk),
            ],
        )
        yield _held_back(row)


def _held_back(row: Refusal) -> Table:
    found = _waiting(row).order_by("-pk")
    return Table(
        f"Documents that it holds back (the newest {_SHOWN})",
        ("Reference", "Supplier", "State", "Changed"),
        [
            (page_of(one), one.supplier_name, badge(one.state), one.changed_at)
            for one in found[:_SHOWN]
        ],
        empty="It holds nothing back.",
    )


def _waiting(row: Refusal) -> QuerySet[Document]:
    waits = rows(Wait).filter(integration=row.integration_id, cause=row.cause)
    return rows(Document).filter(pk__in=waits.values("document"))
