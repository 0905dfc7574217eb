"""Writes: every effect at a ledger, from intent to proof."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest

from sync.admin.columns import every_integration
from sync.models import Write
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, page_of, spoken, times
from tenants.support.filters import id_filter, word_filter
from tenants.support.sections import Facts, Raw, Section
from tenants.support.supportsite import site

KINDS = ("vendor", "purchase_order", "purchase_invoice", "purchase_credit_memo", "journal")


@admin.register(Write, site=site)
class WriteAdmin(SupportAdmin):
    """An intended effect and what became of it."""

    menu = "Work"
    find_help = "key of a write"
    with_rows = ("tenant", "document", "integration")
    list_display = (
        column("natural_key", "Key at the ledger"),
        "customer",
        column("kind", show=spoken),
        "operation",
        column("state", show=badge),
        "number",
        column("sent_at", empty="not yet"),
    )
    list_filter = (
        *SupportAdmin.list_filter,
        id_filter("integration"),
        id_filter("document"),
        "state",
        word_filter("kind", KINDS),
    )

    def terms(self, text: str) -> Q | None:
        return Q(integration__in=every_integration(), natural_key=text)

    def title_of(self, row: Write) -> str:
        return f"{row.operation} {row.kind.replace('_', ' ')} {row.natural_key}"

    def hint(self, row: Write) -> str:
        return row.state

    def sections(self, request: HttpRequest, row: Write) -> Iterator[Section]:
        yield Facts(
            "Write",
            [
                ("Document", page_of(row.document)),
                ("Integration", page_of(row.integration)),
                ("State", badge(row.state)),
                ("What", f"{row.operation} {row.kind.replace('_', ' ')}"),
                ("Key at the ledger", row.natural_key),
                ("Revision, step", f"{row.revision}, {row.sequence}"),
                ("Attempt", row.attempt),
                ("Sent", row.sent_at or "not yet"),
                ("Confirmed", row.confirmed_at),
                ("Number at the ledger", row.number),
                ("Id at the ledger", row.remote_id),
                ("Found, not answered", row.adopted),
                ("Looked up", times(row.lookups)),
                ("Next look-up", row.verify_at),
                ("Not before", row.not_before),
                ("Id", row.pk),
            ],
        )
        if row.error:
            yield Raw("What the ledger said", row.error)
        yield Raw("What is written", row.content)
        yield Raw("What came of it", row.facts)
