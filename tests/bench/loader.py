"""A tenant of full size: documents, runs, causes, mappings, and audit events in a valid chain.

    loaded = load(documents=200_000, events=1_000_000)
    load_events(tenant_id, 1_000_000)     # events alone, after those that the tenant has

The rows are as workers would have left them over a year; no other system is asked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit import chain
from audit.models import AuditHead
from sync.engine.day_sums import sum_changed_days
from sync.models import Integration
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench.chaining import Chained
from tests.bench.copying import settle_tables
from tests.bench.year import SECONDS, Year

DOCUMENTS, EVENTS = 200_000, 1_000_000
_POLICY = {"journal": {"balancing_account": "5460"}, "start_on": "2020-01-01"}
_ACTIONS: Sequence[tuple[str, dict[str, Any]]] = (
    ("document.received", {"version": 1, "content": "0" * 64}),
    ("document.decided", {"version": 1, "decision": "create", "state": "writing", "codes": ""}),
    ("write.confirmed", {"kind": "purchase_invoice", "operation": "create"}),
    ("write.confirmed", {"kind": "journal", "operation": "create"}),
    ("document.decided", {"version": 1, "decision": "skip", "state": "written", "codes": ""}),
)


@dataclass(frozen=True, slots=True)
class Loaded:
    """A tenant of full size and its one integration."""

    tenant: Tenant
    integration: Integration


def load(documents: int = DOCUMENTS, events: int = EVENTS) -> Loaded:
    """Make a tenant with so many documents and events; a minute or two at full size."""
    tenant = factories.tenant("Full Size Ltd")
    sides = [factories.connection(tenant, kind) for kind in ("jaggaer", "nav")]
    with tenant_scope(tenant.pk):
        integration = Integration.objects.create(
            name="Main",
            source=sides[0],
            ledger=sides[1],
            company_id="company",
            company_name="Full Size",
            policy=_POLICY,
            reference_at=timezone.now(),
        )
        year = Year(integration, documents)
        year.load()
    load_events(tenant.pk, events, about=year.documents, during=year.runs)
    settle_tables()
    with tenant_scope(tenant.pk):
        sum_changed_days(integration)
    settle_tables()
    return Loaded(tenant, integration)


def load_events(
    tenant_id: UUID,
    count: int,
    *,
    about: Sequence[UUID] = (UUID(int=1),),
    during: Sequence[UUID] = (UUID(int=2),),
) -> None:
    """Append so many events to a tenant's chain, about these documents, during these runs."""
    with tenant_scope(tenant_id):
        AuditHead.objects.get_or_create(tenant_id=tenant_id)
        head = AuditHead.objects.select_for_update().get()
        trail = Chained(tenant_id, chain.Head(head.seq, bytes(head.hash)))
        trail.append(_events_of_a_year(count, about, during))
        AuditHead.objects.update(seq=trail.last.seq, hash=trail.last.hash)


def _events_of_a_year(
    count: int, documents: Sequence[UUID], runs: Sequence[UUID]
) -> Iterator[dict[str, Any]]:
    """Yield events spread over a year, five for each document."""
    begun = timezone.now() - timedelta(seconds=SECONDS)
    step = timedelta(seconds=SECONDS / max(count, 1))
    for place in range(count):
        number = place // len(_ACTIONS) % len(documents)
        action, facts = _ACTIONS[place % len(_ACTIONS)]
        yield {
            "at": begun + step * place,
            "action": action,
            "target_id": str(documents[number]),
            "target_label": f"I{number:07d}",
            "facts": facts,
            "document": documents[number],
            "run": runs[place * len(runs) // count],
        }
