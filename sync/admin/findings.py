"""Findings of reconciliation: what stands in the ledger otherwise than it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from audit.redaction import redact
from sync.domain.ledger_findings import TEXTS, FindingKind
from sync.models import Integration, LedgerFinding
from sync.services.ledger_checks import ledger_check_start
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, page_of, spoken
from tenants.support.filters import id_filter, word_filter
from tenants.support.interventions import Intervention
from tenants.support.sections import Facts, Section, Table
from tenants.support.supportsite import site


def _check_again(chosen: list[LedgerFinding], choices: Mapping[str, Any]) -> str:
    ids = {one.integration_id for one in chosen}
    for integration in Integration.objects.filter(pk__in=ids):
        ledger_check_start(integration)
    return "The ledger is compared again; what is mended closes by itself."


class StandingFilter(admin.SimpleListFilter):
    """Open or closed ones."""

    title, parameter_name = "state", "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("open", "Open"), ("closed", "Closed")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet | None:
        if self.value() not in ("open", "closed"):
            return None
        return queryset.filter(closed_at__isnull=self.value() == "open")


@admin.register(LedgerFinding, site=site)
class FindingAdmin(SupportAdmin):
    """One difference between what was written and what stands in the ledger."""

    called = ("finding", "findings of reconciliation")
    menu = "Work"
    find_help = "number in the ledger of something that differs"
    with_rows = ("tenant", "integration", "document")
    list_display = (
        "kind_",
        "document",
        "customer",
        "effect_",
        column("number", "Number in the ledger"),
        column("first_seen_at", "First seen"),
        "state_",
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        id_filter("document"),
        StandingFilter,
        word_filter("kind", FindingKind),
    )
    interventions = (
        Intervention(
            "check-again",
            "Reconcile again",
            "Compares all that was written with the ledger, reading only. What is mended there "
            "closes by itself.",
            _check_again,
            fits=lambda row: "It is closed." if row.closed_at else "",
            many=True,
        ),
    )

    def terms(self, text: str) -> Q | None:
        return Q(number=text) if len(text) > 2 else None

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).defer("integration__policy", "document__match")

    def hint(self, row: LedgerFinding) -> str:
        return f"{row.kind.replace('_', ' ')}, {'closed' if row.closed_at else 'open'}"

    def title_of(self, row: LedgerFinding) -> str:
        return f"{row.effect.replace('_', ' ')} {row.number}: {row.kind.replace('_', ' ')}"

    @admin.display(description="What differs")
    def kind_(self, row: LedgerFinding) -> str:
        return row.kind.replace("_", " ")

    @admin.display(description="Effect")
    def effect_(self, row: LedgerFinding) -> str:
        return row.effect.replace("_", " ")

    @admin.display(description="State")
    def state_(self, row: LedgerFinding) -> Any:
        return self.cell(badge("closed" if row.closed_at else "open"))

    def sections(self, request: HttpRequest, row: LedgerFinding) -> Iterator[Section]:
        text = TEXTS[FindingKind(row.kind)]
        yield Facts(
            "Finding",
            [
                ("What differs", self.kind_(row)),
                ("Why", text.why),
                ("Who can mend it", spoken(text.owner.value)),
                ("What to do", text.fix),
                ("Document", page_of(row.document)),
                ("Integration", page_of(row.integration)),
                ("Effect", self.effect_(row)),
                ("Number in the ledger", row.number),
                ("First seen", row.first_seen_at),
                ("Last seen", row.last_seen_at),
                ("Closed", row.closed_at or "no"),
                ("Id", row.pk),
            ],
        )
        yield Table(
            "Field by field",
            ("Field", "As written", "In the ledger"),
            [
                (one.get("field"), one.get("ours"), one.get("ledger"))
                for one in redact(row.differences or [])
            ],
            empty="It is there or not: nothing to compare.",
        )
