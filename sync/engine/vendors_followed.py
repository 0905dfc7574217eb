"""How far changes of vendor cards were read, and which suppliers a changed card wakes.

Cards are read by the flows `suppliers` (`vendor_changes`) and `reference`; nothing is asked per
supplier.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from audit.record import record as tell
from connectors.documents import ReferenceItem
from sync.engine.release import queue_run_over_received
from sync.engine.site import Site
from sync.models import Document, DocumentState, Flow, FlowName, Link, Run, Trigger

OVERLAP = timedelta(minutes=1)
# Others are still to be decided, or are out of our hands.
_DECIDED = (
    DocumentState.WRITTEN,
    DocumentState.PARKED,
    DocumentState.WRITING,
    DocumentState.UNKNOWN,
)


def since_last_read(site: Site) -> datetime | None:
    """Return from when on changed vendors are read; None: all of them."""
    flow = Flow.objects.get(integration=site.integration, resource=FlowName.SUPPLIERS)
    return flow.ledger_at - OVERLAP if flow.ledger_at else None


def vendors_read(site: Site, items: Sequence[ReferenceItem]) -> None:
    """Remember up to when changes were read: the latest that was seen, never our own clock."""
    stamps = [item.attributes["modified_at"] for item in items if "modified_at" in item.attributes]
    if not stamps:
        return
    latest = max(datetime.fromisoformat(stamp) for stamp in stamps)
    flow = Flow.objects.get(integration=site.integration, resource=FlowName.SUPPLIERS)
    if flow.ledger_at is None or latest > flow.ledger_at:
        flow.ledger_at = latest
        flow.save(update_fields=["ledger_at"])


def decide_bound_anew(site: Site, run: Run, vendor_ids: Sequence[str]) -> int:
    """Let the suppliers that are bound to changed vendors be decided anew; returns how many."""
    if not vendor_ids:
        return 0
    links = Link.objects.filter(
        kind="vendor", remote_id__in=vendor_ids, document__integration=site.integration
    )
    bound = Document.objects.filter(
        pk__in=links.values("document"), flow_name=FlowName.SUPPLIERS, state__in=_DECIDED
    )
    # What was planned was planned for another card: a write that ends now does not end the matter.
    count = bound.update(state=DocumentState.RECEIVED, planned_fingerprint="")
    if count:
        tell("supplier.changed_in_ledger", target=run, run=run.pk, facts={"vendors": count})
    if count and run.flow.resource != FlowName.SUPPLIERS:
        queue_run_over_received(site.integration, FlowName.SUPPLIERS, Trigger.RELEASE)
    return count
