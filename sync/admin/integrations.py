"""Integrations: which source goes to which company, by what rules."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import admin
from django.db.models import Count, Q
from django.http import HttpRequest

from sync.models import Document, Flow, Integration, MappingEntry, ReviewItem, Run, Ticket, Write
from sync.words import schedule_words
from tenants.support.base import SupportAdmin, column
from tenants.support.cells import badge, list_of, page_of
from tenants.support.reading import rows
from tenants.support.sections import Facts, Raw, Section, Table
from tenants.support.supportsite import site


@admin.register(Integration, site=site)
class IntegrationAdmin(SupportAdmin):
    """A customer's pair of systems on one page."""

    menu = "Customers"
    find_help = "integration or company name"
    with_rows = ("tenant", "source", "ledger")
    list_display = (
        "name",
        "customer",
        "source",
        "ledger",
        "company_",
        column("reference_at", "Reference data read", empty="never"),
    )

    def terms(self, text: str) -> Q | None:
        return Q(name__istartswith=text) | Q(company_name__istartswith=text) | Q(company_id=text)

    def hint(self, row: Integration) -> str:
        return row.company_name or row.company_id

    @admin.display(description="Company")
    def company_(self, row: Integration) -> str:
        return row.company_name or row.company_id

    def get_queryset(self, request: HttpRequest):
        found = super().get_queryset(request)
        return found.defer("source__secret", "ledger__secret", "policy", "ledger_setup")

    def sections(self, request: HttpRequest, row: Integration) -> Iterator[Section]:
        yield Facts(
            "Integration",
            [
                ("Source", page_of(row.source)),
                ("Ledger", page_of(row.ledger)),
                ("Company", _company(row)),
                ("Business units", ", ".join(map(str, row.business_units)) or "all"),
                ("Reference data read", row.reference_at or "never"),
                ("Added", row.created_at),
                ("Changed", row.updated_at),
                ("Id", row.pk),
                *_place_in_line(row),
            ],
        )
        yield _flows(row)
        yield _states(row)
        yield Facts("Lists", [("Of this integration", _lists(row))])
        yield Raw("Policy: what differs from the defaults", row.policy)
        yield Raw("What the ledger company says about itself", row.ledger_setup)
        if row.pending_change:
            yield Raw("A change that waits for a second person", row.pending_change)


def _company(integration: Integration) -> str:
    name, key = integration.company_name, integration.company_id
    return f"{name} ({key})" if name else key


def _place_in_line(integration: Integration) -> list[tuple[str, object]]:
    ticket = rows(Ticket).filter(pk=integration.pk).first()
    if ticket is None:
        return [("Place in line", badge("closed"))]
    return [
        ("Next work due", ticket.due_at or "nothing is due"),
        ("At work until", ticket.lease_until or "no worker has it"),
        ("Failures in a row", ticket.failures),
    ]


def _flows(integration: Integration) -> Table:
    found = rows(Flow).filter(integration=integration)
    order = ["reference", "suppliers", "purchase_orders", "invoices"]
    return Table(
        "Flows",
        ("Flow", "State", "Schedule", "Next run", "Read up to"),
        [
            (
                page_of(flow, flow.resource.replace("_", " ")),
                badge("enabled" if flow.enabled else "paused"),
                schedule_words(flow.schedule),
                flow.next_run_at or "when somebody asks",
                flow.watermark_at or "not read yet",
            )
            for flow in sorted(found, key=lambda flow: order.index(flow.resource))
        ],
        empty="No flow: nothing is being posted.",
    )


def _states(integration: Integration) -> Table:
    found = (
        rows(Document)
        .filter(integration=integration)
        .order_by("resource", "state")
        .values_list("resource", "state")
        .annotate(Count("pk"))
    )
    return Table(
        "Documents",
        ("What", "State", "How many"),
        [
            (
                resource.replace("_", " "),
                badge(state),
                list_of(
                    Document,
                    number,
                    integration=integration.pk,
                    resource=resource,
                    state__exact=state,
                ),
            )
            for resource, state, number in found
        ],
        empty="None was received yet.",
    )


def _lists(integration: Integration) -> list[object]:
    by_id = {"integration": integration.pk}
    return [
        list_of(Run, "Runs", **by_id),
        list_of(ReviewItem, "Reviews", **by_id),
        list_of(Write, "Writes", **by_id),
        list_of(MappingEntry, "Mapping entries", **by_id),
    ]
