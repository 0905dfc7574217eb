"""Reads a source without loss: list, queue what is new, fetch, keep every state as received.

The watermark advances in the transaction that queues the fetches of all it covers, so a worker may
die anywhere. What is listed with a version that is known already costs nothing more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from audit.record import record as tell
from connectors.base import Entry, Listing, Record, Since
from connectors.errors import ConnectorError
from sync.engine.clock import database_now
from sync.engine.keeping import keep, needing_detail
from sync.engine.site import Site
from sync.engine.vanished import mark_vanished, told_of_going_back, went_back
from sync.models import Document, Elsewhere, Flow, PendingFetch, Run, Trigger

FETCH_BLOCK = 100
_QUERY_BLOCK = 1000
_FETCH_AGAIN = timedelta(minutes=5)
_LONGEST_WAIT = timedelta(hours=4)
_MOST_COUNTED = 20  # attempts; the wait grows no longer
_MOST_TOLD = 20

_ASKED_FOR = (Trigger.API, Trigger.PERSON)  # whoever asks for a run expects that all is tried

Failure = tuple[Entry, Exception]


def list_changes(site: Site, run: Run, flow: Flow) -> None:
    """Read the source's list from the watermark on and queue the fetch of whatever is new.

    A first read, a full run and the periodic sweep read without a date filter: they catch what was
    skipped. So does one whose list ends before the watermark: the source may have been restored.
    Raises the connector's errors; nothing is stored then.
    """
    site.side = "source"
    facts = site.source.resources().get(flow.resource, {})
    sweeping = _sweep_is_due(flow, facts, run)
    since = None if sweeping else _since(flow, facts)
    listing = site.source.list(flow.resource, since)
    if not sweeping and went_back(flow, listing):
        sweeping, since, listing = True, None, site.source.list(flow.resource, None)
    is_back = sweeping and went_back(flow, listing)
    with site.rows(run=run.pk):
        now = database_now()
        warnings = [*listing.warnings, *(_swept(site, flow, listing) if sweeping else ())]
        fresh = _unknown_entries(site, flow, listing.entries)
        wanted = needing_detail(site, flow, fresh)
        _queue(flow, _not_queued(flow, wanted), now)
        if run.trigger in _ASKED_FOR:
            _end_waits(flow, now)
        _advance(flow, listing, now if sweeping else None)
        _offer_full_run(flow, run, listing, now if is_back else None)
        run.expected = len(listing.entries)
        run.seen = len(listing.entries) - len(wanted)
        run.cursor = {
            **run.cursor,
            "listed": True,
            "listed_at": now.isoformat(),
            "listed_from": since and since.at.isoformat(),
            "unchanged": len(listing.entries) - len(fresh),
            "warnings": warnings,
        }
        run.save(update_fields=["expected", "seen", "cursor"])
        if warnings:
            tell("run.warned", target=run, facts={"warnings": warnings})


def _offer_full_run(flow: Flow, run: Run, listing: Listing, set_back_at: datetime | None) -> None:
    """Offer to read everything again where the source was set back, until that was done: while a
    restore goes on, what is compared now is not yet all that there will be."""
    was_read_again = run.full and listing.complete and flow.set_back_at is not None
    if set_back_at is not None or was_read_again:
        flow.set_back_at = set_back_at
        flow.save(update_fields=["set_back_at"])


def _swept(site: Site, flow: Flow, listing: Listing) -> list[str]:
    """Compare a whole list with what is kept; return what is to be told."""
    told = [told_of_going_back(flow, listing)] if went_back(flow, listing) else []
    if listing.complete:
        told += mark_vanished(site, flow, {entry.source_id for entry in listing.entries})
    return told


def fetch_block(site: Site, run: Run, flow: Flow) -> int:
    """Fetch and keep one block of queued records; returns how many were tried.

    A record that cannot be fetched is set aside and asked for again later, or in the next run that
    somebody asks for: it holds up neither the others nor what is decided afterwards. Raises what
    would fail for all of them.
    """
    with site.rows(run=run.pk):
        now = database_now()
        queued = list(
            PendingFetch.objects.filter(flow=flow, due_at__lte=now).order_by(
                "attempts", "modified_at", "source_id"
            )[:FETCH_BLOCK]
        )
    if not queued:
        return 0
    site.side = "source"
    entries = [Entry(q.source_id, q.version, q.modified_at, q.payload) for q in queued]
    records, failures, ended_by = _fetch(site, flow, entries)
    with site.rows(run=run.pk):
        unchanged = keep(site, run, flow, records)
        done = [record.source_id for record in records]
        PendingFetch.objects.filter(flow=flow, source_id__in=done).delete()
        _postpone({q.source_id: q for q in queued}, failures, now)
        run.cursor["unchanged"] = run.cursor.get("unchanged", 0) + unchanged
        run.cursor["not_fetched"] = run.cursor.get("not_fetched", 0) + len(failures)
        _tell_of(run, flow, failures)
        run.seen += len(records) + len(failures)
        site.done += len(records)
        run.save(update_fields=["cursor", "seen"])
    if ended_by is not None and not records:
        raise ended_by
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


def _not_queued(flow: Flow, entries: Sequence[Entry]) -> list[Entry]:
    """Leave out entries that wait in the queue with this version: each keeps its turn there."""
    waiting = dict(
        PendingFetch.objects.filter(flow=flow, attempts__gt=0).values_list("source_id", "version")
    )
    return [entry for entry in entries if waiting.get(entry.source_id) != entry.version]


def _end_waits(flow: Flow, now: datetime) -> None:
    """Let records that could not be fetched be tried in this run, however long they were to wait
    (JAGGAER contract, HTTP errors: "retry next run")."""
    PendingFetch.objects.filter(flow=flow, due_at__gt=now).update(due_at=now)


def _queue(flow: Flow, entries: Sequence[Entry], now: datetime) -> None:
    """Queue the fetch of entries, in blocks: their payloads do not fit into memory together."""
    for start in range(0, len(entries), _QUERY_BLOCK):
        PendingFetch.objects.bulk_create(
            [_queued(flow, entry, now) for entry in entries[start : start + _QUERY_BLOCK]],
            update_conflicts=True,
            unique_fields=["flow", "source_id"],
            update_fields=["version", "modified_at", "payload", "due_at"],
        )


def _queued(flow: Flow, entry: Entry, now: datetime) -> PendingFetch:
    return PendingFetch(
        tenant_id=flow.tenant_id,
        flow=flow,
        source_id=entry.source_id,
        version=entry.version,
        modified_at=entry.modified_at,
        payload=dict(entry.payload),
        due_at=now,
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
) -> tuple[list[Record], list[Failure], ConnectorError | None]:
    """Fetch full records; returns them, those that failed, and the error that ended it, if any."""
    records: list[Record] = []
    failures: list[Failure] = []
    try:
        for result in site.source.fetch(flow.resource, entries):
            if isinstance(result, Record):
                records.append(result)
            else:
                failures.append(result)
    except ConnectorError as error:
        return records, failures, error
    return records, failures, None


def _postpone(
    queued: Mapping[str, PendingFetch], failures: Sequence[Failure], now: datetime
) -> None:
    """Let records that failed wait in the queue, longer each time."""
    rows = []
    for entry, error in failures:
        row = queued[entry.source_id]
        row.due_at = now + min(_FETCH_AGAIN * 2**row.attempts, _LONGEST_WAIT)
        row.attempts, row.last_error = min(row.attempts + 1, _MOST_COUNTED), str(error)[:500]
        rows.append(row)
    PendingFetch.objects.bulk_update(rows, ["due_at", "attempts", "last_error"])


def _tell_of(run: Run, flow: Flow, failures: Sequence[Failure]) -> None:
    """Name on the run what could not be fetched, the first few with what was said of them."""
    told = run.cursor.setdefault("warnings", [])
    for entry, error in failures[: max(0, _MOST_TOLD - len(told))]:
        told.append(f"{flow.resource}: {entry.source_id} is asked for again later. {error}")
