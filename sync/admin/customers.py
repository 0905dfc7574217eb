"""What this app adds to the page of a customer, and of a connection."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from connectors.models import Connection
from sync.admin.reviews import causes_table
from sync.admin.runs import runs_table
from sync.models import Document, Integration, Run, RunState, Ticket, Write, WriteState
from tenants.ids import first_id_at
from tenants.models import Tenant
from tenants.support.cells import Link, agreeing, badge, list_of, page_of
from tenants.support.reading import rows
from tenants.support.sections import Section, Table, Watch, panel, watch

_LATE = timedelta(minutes=5)


@panel(Tenant, place=2)
def work_of(request: HttpRequest, tenant: Tenant) -> Iterator[Section]:
    """Show what a customer has set up, what waits, what ran last and how much there is."""
    by_tenant = {"tenant": tenant.pk}
    yield _integrations("Integrations", Q(tenant=tenant))
    yield causes_table("What waits for somebody", tenant.pk)
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


@watch
def work_to_look_at() -> Iterator[Watch]:
    """Count what went wrong lately; ids are ordered by time, so a day is a range of the key."""
    day = timezone.now() - timedelta(days=1)
    failed = rows(Run).filter(pk__gte=first_id_at(day), state=RunState.FAILED)
    failed_runs = list_of(Run, "Runs", state__exact="failed")
    yield _watch(failed, "run failed in a day", "runs failed in a day", failed_runs)
    unknown = rows(Write).filter(state=WriteState.UNKNOWN)
    unknown_writes = list_of(Write, "Writes", state__exact="unknown")
    yield _watch(unknown, "write without a known end", "writes without a known end", unknown_writes)
    stuck = rows(Ticket).filter(due_at__lt=timezone.now() - _LATE, lease_until__isnull=True)
    yield _watch(
        stuck,
        "integration waits for a worker",
        "integrations wait for a worker",
        list_of(Integration, "All"),
    )


def _watch(found: QuerySet, one: str, many: str, link: Link) -> Watch:
    count = found.count()
    return Watch(agreeing(count, one, many), count, link)
