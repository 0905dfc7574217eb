"""The ledger's notices as a run sees them: which records to look at, and that it has done so."""

from __future__ import annotations

from sync.domain.notices import ANYTHING
from sync.engine.clock import database_now
from sync.engine.site import Site
from sync.models import WATCHED, Notice, Run, RunMode


def changed_in_ledger(site: Site, resource: str) -> list[str] | None:
    """Return the ids (lower case) that notices named and no run has taken up; None for anything.

    A hint only: what a notice says is never believed, the records are read. Use inside
    `site.rows()`; the notices count as taken up when the run that began after them ends.
    """
    rows = Notice.objects.filter(
        subscription__integration=site.integration, subscription__resource=resource, taken_at=None
    )
    found = list(rows.values_list("remote_id", flat=True))
    return None if ANYTHING in found else found


def take_notices(site: Site, run: Run) -> None:
    """Mark what had been told when a run began as taken up; use inside `site.rows()`."""
    watched = [name for name, flow in WATCHED.items() if flow == run.flow.resource]
    if not watched or run.mode != RunMode.LIVE or not run.reads:
        return
    Notice.objects.filter(
        subscription__integration=site.integration,
        subscription__resource__in=watched,
        taken_at=None,
        received_at__lte=run.started_at,
    ).update(taken_at=database_now())
