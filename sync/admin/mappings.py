"""Mapping entries, those that were replaced too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from sync.admin.columns import every_integration
from sync.models import MappingEntry
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, page_of, spoken
from tenants.support.filters import id_filter, word_filter
from tenants.support.reading import rows
from tenants.support.sections import Facts, Section, Table
from tenants.support.story import actor_of
from tenants.support.supportsite import site

KINDS = ("ledger_account", "cost_center", "supplier", "payment_terms", "currency", "tax")
KINDS += ("unit_of_measure",)


class CurrentFilter(admin.SimpleListFilter):
    title = "time"
    parameter_name = "time"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("current", "Current"), ("replaced", "Replaced")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return None
        return queryset.filter(replaced_at__isnull=self.value() == "current")


@admin.register(MappingEntry, site=site)
class MappingAdmin(SupportAdmin):
    """Their code to the ledger's code."""

    called = ("mapping entry", "mapping entries")
    menu = "Work"
    find_help = "mapped code"
    with_rows = ("tenant", "integration")
    list_display = (
        column("source_code", "Code at the source"),
        column("target_code", "Code at the ledger"),
        column("kind", show=spoken),
        "customer",
        "integration",
        column("state", show=badge),
        column("valid_from", empty="always"),
        column("replaced_at", empty="it holds"),
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        CurrentFilter,
        word_filter("state", ("ok", "invalid")),
    )

    def terms(self, text: str) -> Q | None:
        return Q(integration__in=every_integration(), kind__in=KINDS, source_code=text)

    def title_of(self, row: MappingEntry) -> str:
        return f"{spoken(row.kind)} {row.source_code} → {row.target_code}"

    def hint(self, row: MappingEntry) -> str:
        return f"{spoken(row.kind)}, {'replaced' if row.replaced_at else row.state}"

    def sections(self, request: HttpRequest, row: MappingEntry) -> Iterator[Section]:
        yield Facts(
            "Mapping entry",
            [
                ("Kind", spoken(row.kind)),
                ("Code at the source", row.source_code),
                ("Code at the ledger", row.target_code),
                ("Valid from", row.valid_from or "always"),
                ("State", badge(row.state)),
                ("Problem", row.problem),
                ("Note", row.note),
                ("Integration", page_of(row.integration)),
                ("Made by", actor_of(row.created_by)),
                ("Made at", row.created_at),
                ("Replaced at", row.replaced_at or "it holds"),
                ("Id", row.pk),
            ],
        )
        same = rows(MappingEntry).filter(
            integration=row.integration_id, kind=row.kind, source_code=row.source_code
        )
        yield Table(
            "All entries of this code",
            ("Code at the ledger", "Valid from", "Made by", "Made at", "Replaced at"),
            [
                (
                    page_of(one, one.target_code),
                    one.valid_from or "always",
                    actor_of(one.created_by),
                    one.created_at,
                    one.replaced_at or "it holds",
                )
                for one in same.order_by("-created_at")[:50]
            ],
        )
