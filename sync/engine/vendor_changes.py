"""Reads changed vendors before suppliers are decided, so that both sides are seen as they are."""

from __future__ import annotations

from connectors.documents import ReferenceKind
from sync.engine.clock import database_now
from sync.engine.reference import store_items
from sync.engine.refusals import try_changed
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.engine.vendors_followed import decide_bound_anew, since_last_read, vendors_read
from sync.models import LedgerItem, Run


def read_changed_vendors(site: Site, run: Run) -> None:
    """Store what changed on vendor cards since the last read and wake the suppliers concerned.

    A renumbered vendor keeps its id: the row of its old number goes. Raises the connector's errors.
    """
    site.side = "ledger"
    with site.rows(run=run.pk):
        since = since_last_read(site)
        terms = LedgerItem.objects.filter(
            integration=site.integration, kind=ReferenceKind.PAYMENT_TERMS
        )
        codes = {
            remote_id.lower(): code for remote_id, code in terms.values_list("remote_id", "code")
        }
    pages = site.ledger.changed_suppliers(site.company_id, since, codes)
    items = [item for page in pages for item in page]
    with site.rows(run=run.pk):
        changed, touched = store_items(site, ReferenceKind.SUPPLIERS, items, database_now())
        kept = LedgerItem.objects.filter(integration=site.integration, kind=ReferenceKind.SUPPLIERS)
        ids = [item.remote_id for item in items if item.code in changed]
        kept.filter(remote_id__in=ids).exclude(code__in=changed).delete()
        release_causes(site.integration, [f"supplier {code}" for code in changed])
        try_changed(site.integration, ReferenceKind.SUPPLIERS, touched, database_now())
        vendors_read(site, items)
        decide_bound_anew(site, run, ids)
        run.cursor = {**run.cursor, "vendors": True}
        run.save(update_fields=["cursor"])
