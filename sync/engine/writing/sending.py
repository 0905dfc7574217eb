"""Sends pending writes: saved as `sending` before the first byte, never inside a transaction."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from audit.record import record as tell
from connectors.base import Written
from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    Conflict,
    ConnectorError,
    DocumentRefused,
    RateLimited,
    TemporaryError,
    UnknownOutcome,
)
from sync.engine.site import LostLease, Site
from sync.engine.tickets import renew
from sync.engine.writing.chain import as_step, known_facts
from sync.engine.writing.transitions import Ledgering
from sync.models import Write, WriteState

BLOCK = 20  # writes claimed together
_RETRY_SECONDS = 15
_ONE_AT_A_TIME = ("journal",)  # one writer per journal batch (NAV contract 4.8)

Result = Written | Exception


def deliver(site: Site) -> int:
    """Send one block of pending writes and record what became of them; returns how many.

    Raises ConfigurationError (also for refused credentials) and TemporaryError after recording:
    what was not sent stays pending and goes on later.
    """
    claimed = _claim(site)
    if not claimed:
        return 0
    group_size = site.ledger_parallel
    for start in range(0, len(claimed), group_size):
        group, known = _mark_sending(site, claimed[start : start + group_size])
        results = _send_group(site, group, known)
        stop = _record(site, group, results)
        if stop is not None:
            _give_back(site, claimed[start + group_size :])
            raise stop
    return len(claimed)


def _claim(site: Site) -> list[Write]:
    """Take a block of sendable writes: in order of their documents, one step of each chain."""
    if not renew(site.claim):
        raise LostLease
    with site.rows():
        ready = Q(state=WriteState.PENDING, look_up_first=False) & (
            Q(not_before__isnull=True) | Q(not_before__lte=Now())
        )
        rows = list(
            Write.objects.select_for_update(skip_locked=True)
            .filter(ready, integration=site.integration)
            .order_by("created_at", "sequence")[:BLOCK]
        )
        for row in rows:
            row.fence += 1
            row.state = WriteState.CLAIMED
        Write.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=WriteState.CLAIMED,
            fence=F("fence") + 1,
            lease_until=Now() + timedelta(seconds=site.write_lease_seconds),
        )
    return rows


def _mark_sending(
    site: Site, claimed: Sequence[Write]
) -> tuple[list[Write], dict[Any, dict[str, Any]]]:
    """Commit `sending` for those still ours; returns them and what their chains taught so far."""
    if not renew(site.claim):
        raise LostLease
    with site.rows():
        mine = Write.objects.select_for_update().filter(pk__in=[row.pk for row in claimed])
        fences = {row.pk: row.fence for row in mine if row.state == WriteState.CLAIMED}
        group = [row for row in claimed if fences.get(row.pk) == row.fence]
        Write.objects.filter(pk__in=[row.pk for row in group]).update(
            state=WriteState.SENDING,
            sent_at=Now(),
            attempt=F("attempt") + 1,
            lease_until=Now() + timedelta(seconds=site.write_lease_seconds),
        )
        chains: dict[Any, list[Write]] = {}
        rows = Write.objects.filter(document__in=[row.document_id for row in group])
        for row in rows.order_by("sequence"):
            chains.setdefault(row.document_id, []).append(row)
        for row in group:
            tell(
                "write.sending",
                target=row,
                document=row.document_id,
                run=row.run_id,
                connection=row.connection_id,
                facts={
                    "kind": row.kind,
                    "operation": row.operation,
                    "key": row.natural_key,
                    "attempt": row.attempt + 1,
                    "content": row.digest,
                },
            )
    return group, {row.pk: known_facts(chains[row.document_id], row.kind) for row in group}


def _send_group(
    site: Site, group: Sequence[Write], known: dict[Any, dict[str, Any]]
) -> list[Result]:
    """Send each write of the group once; those that share a journal batch one after another."""

    def send(rows: Sequence[Write]) -> list[Result]:
        try:
            return [_send_one(site, row, known[row.pk]) for row in rows]
        finally:
            connection.close()  # this thread's own, if the throttle opened one

    lanes = [[row] for row in group if row.kind not in _ONE_AT_A_TIME]
    lanes.append([row for row in group if row.kind in _ONE_AT_A_TIME])
    lanes = [lane for lane in lanes if lane]
    if len(lanes) == 1:
        answers = [[_send_one(site, row, known[row.pk]) for row in lanes[0]]]
    else:
        with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
            answers = list(pool.map(send, lanes))
    by_id = {
        row.pk: result
        for lane, results in zip(lanes, answers, strict=True)
        for row, result in zip(lane, results, strict=True)
    }
    return [by_id[row.pk] for row in group]


def _send_one(site: Site, row: Write, known: dict[str, Any]) -> Result:
    """Send one write; a worker whose lease might end before the answer does not send."""
    if not site.claim.holds_for(site.request_seconds):
        return TemporaryError("The worker's lease was too short to send safely.", code="lease")
    try:
        return site.ledger.send(site.company_id, as_step(row), known)
    except ConnectorError as error:
        return error
    except Exception as error:
        return UnknownOutcome("Our own fault while sending.", detail=repr(error))


def _record(site: Site, group: Sequence[Write], results: Sequence[Result]) -> Exception | None:
    """Store the outcomes in one transaction; returns what must end the slice, if anything."""
    stop: Exception | None = None
    with site.rows():
        book = Ledgering(site, group)
        for row, result in zip(group, results, strict=True):
            stop = _apply(book, row, result) or stop
        book.save()
    return stop


def _apply(book: Ledgering, row: Write, result: Result) -> Exception | None:
    """Classify one outcome. Closed list: everything not named here is unknown."""
    if isinstance(result, Written):
        book.confirmed(row, result)
    elif isinstance(result, RateLimited):
        book.not_applied(row, result, wait_seconds=result.retry_after)
        return result
    elif isinstance(result, TemporaryError):
        book.not_applied(row, result, wait_seconds=_RETRY_SECONDS)
        return result
    elif isinstance(result, ConfigurationError | AuthenticationError):
        book.not_applied(row, result, wait_seconds=0)
        return result
    elif isinstance(result, Conflict):
        book.look_up_now(row, result)
    elif isinstance(result, DocumentRefused):
        book.refused(row, result)
    else:
        book.unknown(row, result)
    return None


def _give_back(site: Site, rows: Sequence[Write]) -> None:
    """Writes that were claimed and not sent are pending again."""
    with site.rows():
        Write.objects.filter(pk__in=[row.pk for row in rows], state=WriteState.CLAIMED).update(
            state=WriteState.PENDING, lease_until=None
        )
