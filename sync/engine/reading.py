"""Reads a source without loss: list, queue what is new, fetch, keep every state as received.

The watermark advances in the transaction that queues the fetches of all it covers, so a worker may
die anywhere. What is listed with a version that is known already costs nothing more.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import F

from audit.record import record as tell
from connectors.base import Entry, Listing, Record, Since
from connectors.errors import ConnectorError, NotFound
from sync.engine.keeping import keep
from sync.engine.site import Site
from sync.engine.vanished import mark_vanished, told_of_going_back, went_back
from sync.engine.writing.transitions import database_now
from sync.models import Document, Elsewhere, Flow, PendingFetch, Run

FETCH_BLOCK = 100
_QUERY_BLOCK = 1000
_FETCH_AGAIN = timedelta(minutes=5)


def list_changes(site: Site, run: Run, flow: Flow) -> None:
    """Read the source's list from the watermark on and queue the fetch of whatever is new.

    A first read, a full run and the periodic sweep read without a date filter: they catch what was
    skipped. So does one whose list ends before the watermark: the source may have been restored.
    Raises the connector's errors; nothing is stored then.
    """
    site.side = "source"
    facts = site.source.resources().get(flow.resource, {})
    sweeping = _sweep_is_due(flow, facts, run)
    listing = site.source.list(flow.resource, None if sweeping else _since(flow, facts))
    if not sweeping and went_back(flow, listing):
        sweeping, listing = True, site.source.list(flow.resource, None)
    with site.rows(run=run.pk):
        now = database_now()
        warnings = [*listing.warnings, *(_swept(site, flow, listing) if sweeping else ())]
        fresh = _unknown_entries(site, flow, listing.entries)
        _queue(flow, fresh, now)
        _advance(flow, listing, now if sweeping else None)
        run.expected = len(listing.entries)
        run.seen = len(listing.entries) - len(fresh)
        run.cursor = {
            **run.cursor,
            "listed": True,
            "unchanged": run.seen,
            "warnings": warnings,
        }
        run.save(update_fields=["expected", "seen", "cursor"])
        if warnings:
            tell("run.warned", target=run, facts={"warnings": warnings})


def _swept(site: Site, flow: Flow, listing: Listing) -> list[str]:
    """Compare a whole list with what is kept; return what is to be told."""
    told = [told_of_going_back(flow, listing)] if went_back(flow, listing) else []
    if listing.complete:
        told += mark_vanished(site, flow, {entry.source_id for entry in listing.entries})
    return told


def fetch_block(site: Site, run: Run, flow: Flow) -> int:
    """Fetch and keep one block of queued records; returns how many were tried."""
    with site.rows(run=run.pk):
        now = database_now()
        queued = list(
            PendingFetch.objects.filter(flow=flow, due_at__lte=now).order_by(
                "modified_at", "source_id"
            )[:FETCH_BLOCK]
        )
    if not queued:
        return 0
    site.side = "source"
    entries = [Entry(q.source_id, q.version, q.modified_at, q.payload) for q in queued]
    records, failures = _fetch(site, flow, entries)
    with site.rows(run=run.pk):
        unchanged = keep(site, run, flow, records)
        done = [record.source_id for record in records]
        PendingFetch.objects.filter(flow=flow, source_id__in=done).delete()
        _postpone(flow, failures, now)
        run.cursor["unchanged"] = run.cursor.get("unchanged", 0) + unchanged
        run.cursor["not_fetched"] = run.cursor.get("not_fetched", 0) + len(failures)
        run.seen += len(records) + len(failures)
        run.save(update_fields=["cursor", "seen"])
    return len(queued)


def _since(flow: Flow, facts: dict) -> Since | None:
    if flow.watermark_at is None:
        return None
    return Since(flow.watermark_at - timedelta(seconds=facts.get("overlap_seconds", 900)))


def _sweep_is_due(flow: Flow, facts: dict, run: Run) -> bool:
    if run.full or flow.watermark_at is None or flow.swept_at is None:
        return True
    every = timedelta(hours=facts.get("sweep_hours") or 24)
    return run.queued_at >= flow.swept_at + every


def _unknown_entries(site: Site, flow: Flow, entries: Sequence[Entry]) -> list[Entry]:
    """Return the entries whose version is not the one that was kept last."""
    fresh: list[Entry] = []
    for start in range(0, len(entries), _QUERY_BLOCK):
        block = entries[start : start + _QUERY_BLOCK]
        ids = [entry.source_id for entry in block]
        kept = Document.objects.filter(
            integration=site.integration, flow_name=flow.resource, source_id__in=ids
        ).values_list("source_id", "source_version")
        elsewhere = Elsewhere.objects.filter(flow=flow, source_id__in=ids)
        known = {**dict(elsewhere.values_list("source_id", "version")), **dict(kept)}
        fresh += [entry for entry in block if known.get(entry.source_id) != entry.version]
    return fresh


def _queue(flow: Flow, entries: Iterable[Entry], now: datetime) -> None:
    PendingFetch.objects.bulk_create(
        [
            PendingFetch(
                tenant_id=flow.tenant_id,
                flow=flow,
                source_id=entry.source_id,
                version=entry.version,
                modified_at=entry.modified_at,
                payload=dict(entry.payload),
                due_at=now,
            )
            for entry in entries
        ],
        update_conflicts=True,
        unique_fields=["flow", "source_id"],
        update_fields=["version", "modified_at", "payload", "due_at"],
        batch_size=_QUERY_BLOCK,
    )


def _advance(flow: Flow, listing: Listing, swept_at: datetime | None) -> None:
    """Move the watermark to the largest change time seen, never to our own clock, and back only
    when the whole list has nothing newer (told once by that)."""
    mark = listing.high_water
    is_newer = mark is not None and (
        flow.watermark_at is None or mark.at >= flow.watermark_at or swept_at is not None
    )
    if mark is not None and is_newer:
        flow.watermark_at, flow.watermark_id = mark.at, mark.id
    elif mark is None and flow.watermark_at is None:
        return  # nothing was there yet: the next read starts from the beginning again
    flow.swept_at = swept_at or flow.swept_at
    flow.save(update_fields=["watermark_at", "watermark_id", "swept_at"])


def _fetch(
    site: Site, flow: Flow, entries: Sequence[Entry]
) -> tuple[list[Record], list[tuple[Entry, Exception]]]:
    """Fetch full records; a detail that is away is set apart, other errors end the run.

    What was fetched before such an error is kept all the same.
    """
    records: list[Record] = []
    failures: list[tuple[Entry, Exception]] = []
    try:
        for result in site.source.fetch(flow.resource, entries):
            if isinstance(result, Record):
                records.append(result)
                continue
            entry, error = result
            if not _concerns_one_detail(error) and not records and not failures:
                raise error
            failures.append((entry, error))
    except ConnectorError:
        if not records:
            raise
    return records, failures


def _concerns_one_detail(error: Exception) -> bool:
    """A detail that is gone, or older than its list, is asked for again in some minutes."""
    return isinstance(error, NotFound) or getattr(error, "code", "") == "detail_behind"


def _postpone(flow: Flow, failures: Sequence[tuple[Entry, Exception]], now: datetime) -> None:
    for entry, error in failures:
        PendingFetch.objects.filter(flow=flow, source_id=entry.source_id).update(
            attempts=F("attempts") + 1, due_at=now + _FETCH_AGAIN, last_error=str(error)[:500]
        )
