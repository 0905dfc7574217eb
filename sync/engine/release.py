"""Parked and waiting documents go on when their cause is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from django.utils import timezone

from audit.record import record as tell
from sync.engine import tickets
from sync.engine.parking import documents_waiting
from sync.models import (
    Allocation,
    Document,
    DocumentState,
    Flow,
    Integration,
    Run,
    RunMode,
    RunState,
    Trigger,
    Wait,
)
from sync.models.run import ACTIVE_STATES

_OVER_ORDER = "^(quantity|amount)_over_order "
_RELEASABLE = (DocumentState.PARKED, DocumentState.WAITING)


def release_causes(integration: Integration, keys: Iterable[str]) -> int:
    """Let every document go on that one of the release keys concerns; returns how many.

    Their decision is taken anew by a run, which parks them again if another cause stands.
    """
    return release_documents(integration, documents_waiting(integration.pk, keys))


def release_documents(
    integration: Integration, ids: Sequence[UUID], *, trigger: str = Trigger.RELEASE
) -> int:
    """Mark parked or waiting documents to be decided anew and queue a run for their flows."""
    if not ids:
        return 0
    chosen = Document.objects.filter(pk__in=ids, state__in=_RELEASABLE)
    flows = set(chosen.order_by().values_list("flow_name", flat=True).distinct())
    count = chosen.update(state=DocumentState.RECEIVED, changed_at=timezone.now())
    if count:
        tell("documents.released", target=integration, facts={"documents": count})
        for name in flows:
            queue_run_over_received(integration, name, trigger)
    return count


def release_takers(integration: Integration, documents: Iterable[UUID]) -> int:
    """Let invoices go on that wait for room on the orders which these documents gave some back.

    A credit note gives back, and so does an invoice that was cancelled in the ledger.
    """
    taken = Allocation.objects.filter(document__in=list(documents)).values("order")
    orders = set(Document.objects.filter(pk__in=taken).values_list("reference", flat=True))
    waits = Wait.objects.filter(integration=integration, key__regex=_OVER_ORDER)
    rows = Document.objects.filter(pk__in=waits.values("document")).values_list("pk", "reasons")
    going = [
        pk
        for pk, reasons in rows.iterator()
        if any(each["evidence"].get("order") in orders for each in reasons)
    ]
    return release_documents(integration, going)


def queue_run_over_received(integration: Integration, flow_name: str, trigger: str) -> None:
    """See to it that some run decides the flow's received documents; an active one will do."""
    flow = Flow.objects.get(integration=integration, resource=flow_name)
    waiting = Run.objects.filter(
        flow=flow, state__in=ACTIVE_STATES, mode=RunMode.LIVE, cursor__decided__isnull=True
    )
    if not waiting.exists():
        Run.objects.create(
            tenant_id=integration.tenant_id,
            integration=integration,
            flow=flow,
            trigger=trigger,
            reads=False,
            state=RunState.QUEUED,
            queued_at=timezone.now(),
        )
    tickets.wake(integration.pk)
