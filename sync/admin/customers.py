"""What this app adds to the page of a customer, and of a connection."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Count, Q
from django.http import HttpRequest

from connectors.models import Connection
from sync.admin.reviews import causes_table
from sync.admin.runs import runs_table
from sync.models import Document, Integration, ReviewItem, Run
from tenants.models import Tenant
from tenants.support import Section, Table, badge, panel, rows
from tenants.support.cells import list_of, page_of


@panel(Tenant)
def work_of(request: HttpRequest, tenant: Tenant) -> Iterator[Section]:
    """Show what a customer has set up, what waits, what ran last and how much there is."""
    by_tenant = {"tenant": tenant.pk}
    yield _integrations("Integrations", Q(tenant=tenant))
    causes = causes_table("What waits for somebody", by_tenant)
    yield Table(
        causes.title,
        causes.headings,
        causes.rows,
        causes.empty,
        list_of(ReviewItem, "All reviews", **by_tenant),
    )
    yield runs_table("Last runs", by_tenant, list_of(Run, "All runs", **by_tenant))
    yield _usage(tenant)


@panel(Connection)
def used_by(request: HttpRequest, connection: Connection) -> Iterator[Section]:
    """Show which integrations a connection serves."""
    yield _integrations("Used by", Q(source=connection) | Q(ledger=connection))


def _integrations(title: str, wanted: Q) -> Table:
    found = rows(Integration).select_related("source", "ledger").filter(wanted)
    found = found.defer("source__secret", "ledger__secret").order_by("name")
    return Table(
        title,
        ("Integration", "Source", "Ledger", "Company", "Reference data read"),
        [
            (
                page_of(one),
                page_of(one.source),
                page_of(one.ledger),
                one.company_name or one.company_id,
                one.reference_at or "never",
            )
            for one in found[:50]
        ],
        empty="None: nothing is being posted.",
    )


def _usage(tenant: Tenant) -> Table:
    found = (
        rows(Document)
        .filter(tenant=tenant)
        .order_by("state")
        .values_list("state")
        .annotate(Count("pk"))
    )
    return Table(
        "Documents",
        ("State", "How many"),
        [
            (badge(state), list_of(Document, number, tenant=tenant.pk, state__exact=state))
            for state, number in found
        ],
        empty="None was received yet.",
    )
