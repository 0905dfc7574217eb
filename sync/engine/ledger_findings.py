"""Findings of reconciliation as rows: opened, seen again, closed by themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from audit.record import record as tell
from sync.domain.ledger_findings import Found
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.engine.site import Site
from sync.models import Document, DocumentState, Integration, LedgerFinding, Link

UNDER_WAY = (DocumentState.WRITING, DocumentState.UNKNOWN)


def open_findings(integration: Integration) -> QuerySet[LedgerFinding]:
    return LedgerFinding.objects.filter(integration=integration, closed_at__isnull=True)


def close_unseen(site: Site, since: datetime, now: datetime) -> int:
    """Close what a whole check that began at `since` did not see again; returns how many."""
    gone = open_findings(site.integration).filter(last_seen_at__lt=since)
    rows = list(gone.exclude(document__state__in=UNDER_WAY).select_related("document"))
    for row in rows:
        row.closed_at = now
        _tell("finding.closed", row)
    update_rows(rows, ["closed_at"])
    return len(rows)


def save_findings(
    site: Site, documents: Mapping[UUID, Document], found: Mapping[UUID, Sequence[Found]]
) -> None:
    """Open what is new and remember what was seen again; use inside `site.rows()`."""
    ids = [pk for pk, some in found.items() if some]
    if not ids:
        return
    now = database_now()
    rows = open_findings(site.integration).filter(document__in=ids)
    standing = {(row.document_id, row.effect, row.kind): row for row in rows}
    numbers = _numbers(ids)
    seen = [(pk, one) for pk in ids for one in found[pk]]
    fresh, seen_again = [], []
    for pk, one in seen:
        row = standing.get((pk, one.effect, one.kind))
        if row is None:
            number = numbers.get((pk, one.effect), "")
            row = _new(site, documents[pk], one, number=number, now=now)
            fresh.append(row)
        else:
            seen_again.append(row)
        row.last_seen_at = now
        row.differences = [
            {"field": name, "ours": ours, "ledger": theirs}
            for name, ours, theirs in one.differences
        ]
    LedgerFinding.objects.bulk_create(fresh)
    update_rows(seen_again, ["differences", "last_seen_at"])
    for row in fresh:
        _tell("finding.opened", row)


def _new(
    site: Site, document: Document, found: Found, *, number: str, now: datetime
) -> LedgerFinding:
    return LedgerFinding(
        tenant_id=site.tenant_id,
        integration=site.integration,
        document=document,
        effect=found.effect,
        kind=found.kind,
        number=number,
        first_seen_at=now,
    )


def _numbers(ids: Sequence[UUID]) -> dict[tuple[UUID, str], str]:
    rows = Link.objects.filter(document__in=ids).values_list("document_id", "kind", "number")
    return {(pk, kind): number for pk, kind, number in rows}


def _tell(action: str, row: LedgerFinding) -> None:
    facts = {"kind": row.kind.replace("_", " "), "number": row.number, "effect": row.effect}
    tell(action, target=row.document, document=row.document_id, facts=facts)
