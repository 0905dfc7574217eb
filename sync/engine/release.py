"""Parked and waiting documents go on when their cause is gone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.record import record as tell
from sync.engine import tickets
from sync.engine.parking import change_key, documents_waiting, duplicate_key, note_released
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
)
from sync.models.run import ACTIVE_STATES

_RELEASABLE = (DocumentState.PARKED, DocumentState.WAITING)


def release_causes(integration: Integration, keys: Iterable[str], *, is_mended: bool = True) -> int:
    """Let every document go on that one of the release keys concerns; returns how many.

    Their decision is taken anew by a run, which parks them again if another cause stands.
    """
    waiting = documents_waiting(integration.pk, keys)
    return release_documents(integration, waiting, is_mended=is_mended)


def release_documents(
    integration: Integration,
    ids: Sequence[UUID],
    *,
    trigger: str = Trigger.RELEASE,
    is_mended: bool = True,
) -> int:
    """Mark parked or waiting documents to be decided anew and queue a run for their flows.

    `is_mended`: something happened to their causes, which then need nobody for now; not so where
    we only look whether it did.
    """
    if not ids:
        return 0
    chosen = Document.objects.filter(pk__in=ids, state__in=_RELEASABLE)
    flows = set(chosen.order_by().values_list("flow_name", flat=True).distinct())
    now = timezone.now()
    count = chosen.update(state=DocumentState.RECEIVED, changed_at=now)
    if count:
        if is_mended:
            note_released(integration, ids, now)
        tell("documents.released", target=integration, facts={"documents": count})
        for name in flows:
            queue_run_over_received(integration, name, trigger)
    return count


def release_rivals(integration: Integration, documents: Iterable[UUID]) -> int:
    """Let invoices go on that these documents held up; returns how many.

    A credit note gives room on its orders, and so does an invoice that was cancelled, refused,
    withdrawn or changed at the source; such an invoice has no duplicates any more either.
    """
    return release_causes(integration, rival_keys(documents))


def rival_keys(documents: Iterable[UUID]) -> list[str]:
    """Return what goes when these documents hold nobody up any more."""
    ids = list(documents)
    taken = Allocation.objects.filter(document__in=ids).values("order")
    return [*(duplicate_key(pk) for pk in ids), *room_keys(taken)]


def room_keys(orders: Any) -> list[str]:
    """Return what goes when these orders have more room."""
    references = Document.objects.filter(pk__in=orders).values_list("reference", flat=True)
    return [change_key(reference) for reference in references]


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
