"""Lets what stopped because of a connection go on at once when the connection is mended."""

from __future__ import annotations

from uuid import UUID

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Least, Now

from connectors.mending import when_mended
from sync.engine import tickets
from sync.models import Flow, Integration, Run, RunMode, RunState


@when_mended
def go_on(connection_id: UUID) -> None:
    """Wake the connection's integrations; scheduled flows whose last run failed run again now."""
    users = Integration.objects.filter(Q(source=connection_id) | Q(ledger=connection_id))
    ids = list(users.values_list("pk", flat=True))
    last = Run.objects.filter(flow=OuterRef("pk"), mode=RunMode.LIVE).order_by("-queued_at")
    stopped = (
        Flow.objects.filter(integration__in=ids, enabled=True, next_run_at__isnull=False)
        .annotate(ended=Subquery(last.values("state")[:1]))
        .filter(ended=RunState.FAILED)
        .values_list("pk", flat=True)
    )
    Flow.objects.filter(pk__in=list(stopped)).update(next_run_at=Least(F("next_run_at"), Now()))
    tickets.wake_all(ids)
