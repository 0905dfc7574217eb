"""What a source no longer shows: deleted records, and a source that was set back.

Neither deletes anything here or in the ledger: a record that is gone is marked and told, and a
source that came back from a backup is compared as a whole. Reliability catalogue, F42 and F43.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from connectors.base import Listing
from sync.engine.clock import database_now
from sync.engine.site import Site
from sync.models import Document, Flow

_BLOCK = 1000
_MOST_NAMED = 20


def went_back(flow: Flow, listing: Listing) -> bool:
    """Whether the source shows nothing as new as what was read: the last record is gone or older.

    A list is asked for inclusive of the watermark, so its record is in each unless it vanished.
    """
    mark = listing.high_water
    return flow.watermark_at is not None and (mark is None or mark.at < flow.watermark_at)


def told_of_going_back(flow: Flow, listing: Listing) -> str:
    """Return what to say of a source that went back."""
    newest = listing.high_water.at.isoformat() if listing.high_water else "none"
    return (
        f"{flow.resource}: read up to {flow.watermark_at:%Y-%m-%d %H:%M:%S} UTC, but the newest"
        f" record at the source is {newest}. Was the source restored? All of it was compared and"
        " nothing deleted; once the restore is complete, read everything again: the page Runs"
        " offers it."
    )


def mark_vanished(site: Site, flow: Flow, listed: Collection[str]) -> list[str]:
    """Mark documents that a whole list lacks, unmark those that are back; return what to say.

    An empty list marks nothing: it shows a source that lost its data, or another one.
    """
    if not listed:
        return []
    rows = Document.objects.filter(integration=site.integration, flow_name=flow.resource)
    gone: list[tuple[UUID, str]] = []
    back: list[UUID] = []
    fields = ("pk", "source_id", "gone_at", "reference")
    for pk, source_id, gone_at, reference in rows.order_by().values_list(*fields).iterator(_BLOCK):
        if source_id in listed and gone_at is not None:
            back.append(pk)
        elif source_id not in listed and gone_at is None:
            gone.append((pk, reference or source_id))
    _mark(back, None)
    _mark([pk for pk, _ in gone], database_now())
    return [_told_of_gone(flow, sorted(name for _, name in gone))] if gone else []


def _mark(documents: Sequence[UUID], gone_at: datetime | None) -> None:
    for start in range(0, len(documents), _BLOCK):
        block = documents[start : start + _BLOCK]
        Document.objects.filter(pk__in=block).update(gone_at=gone_at)


def _told_of_gone(flow: Flow, names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return (
        f"{flow.resource}: no longer at the source: {', '.join(names[:_MOST_NAMED])}{more}. Nothing"
        " was changed in the ledger; close there what is no longer wanted."
    )
