"""Sends pending writes: saved as `sending` before the first byte, never inside a transaction.

Writes go out in rounds of a few lanes at a time. The first steps of many documents share a lane and
go out together where the ledger allows it, each standing for itself; a later step has a lane of its
own; journal entries follow one another, since a journal batch has one writer (NAV contract 4.8).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import structlog
from django.db import connection
from django.db.models import F, Q
from django.db.models.functions import Now

from connectors.base import CREATE, UPDATE, Written
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
from connectors.http.permission import only_while
from connectors.http.repeating import repeating
from sync.engine.site import WRITTEN_BACK, LostLease, Site
from sync.engine.tickets import renew
from sync.engine.writing.chain import as_step, current_life, known_facts
from sync.engine.writing.foreseen import hold_back_foreseen
from sync.engine.writing.telling import tell_of
from sync.engine.writing.transitions import WriteBook
from sync.models import Write, WriteState

BLOCK = 100  # writes claimed together
TOGETHER = 25  # documents in one request: few enough to be done within its time
_ENTRIES = 5  # journal entries in one round
_RETRY_SECONDS = 15
_FIRST_STEPS = (CREATE, UPDATE)
_ONE_AT_A_TIME = "journal"

log = structlog.get_logger(__name__)

Result = Written | Exception
Lane = Sequence[Write]


def deliver(site: Site) -> int:
    """Send one block of pending writes and record what became of them; returns how many.

    Raises ConfigurationError (also for refused credentials) and TemporaryError after recording:
    what was not sent stays pending and goes on later.
    """
    claimed = _claim(site)
    for kind in {row.kind for row in claimed}:
        site.writer(kind)  # opened before several threads use it
    rounds = list(_rounds(claimed, site.ledger_parallel))
    for number, lanes in enumerate(rounds):
        lanes, known = _mark_sending(site, lanes)
        results = _send_round(site, lanes, known)
        stop = _record(site, results)
        if stop is not None:
            unsent = [lane for rest in rounds[number + 1 :] for lane in rest]
            _give_back(site, [row for lane in unsent for row in lane])
            raise stop
    return len(claimed)


def _rounds(claimed: Sequence[Write], parallel: int) -> Iterator[list[Lane]]:
    """Yield lanes that go out at the same time, in the order of the writes."""
    entries = [row for row in claimed if row.kind == _ONE_AT_A_TIME]
    others = [row for row in claimed if row.kind != _ONE_AT_A_TIME]
    firsts = [row for row in others if row.operation in _FIRST_STEPS]
    lanes: list[Lane] = list(_parts(firsts, TOGETHER))
    lanes += [[row] for row in others if row.operation not in _FIRST_STEPS]
    waiting = list(_parts(entries, _ENTRIES))
    while lanes or waiting:
        journal = [waiting.pop(0)] if waiting else []
        free = max(parallel - len(journal), 0 if journal else 1)
        yield [*journal, *lanes[:free]]
        del lanes[:free]


def _parts(rows: Sequence[Write], size: int) -> Iterator[Lane]:
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _claim(site: Site) -> list[Write]:
    """Take a block of sendable writes: in order of their documents, one step of each chain."""
    if not renew(site.claim, site.lease_seconds):
        raise LostLease
    with site.rows():
        ready = Q(state=WriteState.PENDING, look_up_first=False) & (
            Q(not_before__isnull=True) | Q(not_before__lte=Now())
        )
        rows = list(
            Write.objects.select_for_update(skip_locked=True)
            .filter(ready, integration=site.integration, epoch__gte=current_life().number)
            .order_by("created_at", "sequence")[:BLOCK]
        )
        for row in rows:
            row.fence += 1
            row.state = WriteState.CLAIMED
        Write.objects.filter(pk__in=[row.pk for row in rows]).update(
            state=WriteState.CLAIMED,
            fence=F("fence") + 1,
            lease_until=Now() + timedelta(seconds=site.lease_seconds),
        )
    return rows


def _mark_sending(
    site: Site, lanes: Sequence[Lane]
) -> tuple[list[Lane], dict[Any, dict[str, Any]]]:
    """Commit `sending` for those still ours, unless they would be refused for what was learned
    meanwhile; returns them and what their chains taught so far."""
    if not renew(site.claim, site.lease_seconds):
        raise LostLease
    claimed = {row.pk: row for lane in lanes for row in lane}
    with site.rows():
        mine = Write.objects.select_for_update().filter(pk__in=claimed, state=WriteState.CLAIMED)
        fences = mine.values_list("pk", "fence")
        ours = [claimed[pk] for pk, fence in fences if fence == claimed[pk].fence]
        held_back = hold_back_foreseen(site, ours)
        group = [row for row in ours if row.pk not in held_back]
        Write.objects.filter(pk__in=[row.pk for row in group]).update(
            state=WriteState.SENDING,
            sent_at=Now(),
            attempt=F("attempt") + 1,
            lease_until=Now() + timedelta(seconds=site.lease_seconds),
        )
        chains: dict[Any, list[Write]] = {}
        earlier = Write.objects.filter(
            document__in=[row.document_id for row in group], state=WriteState.CONFIRMED
        )
        for row in earlier.order_by("sequence"):
            chains.setdefault(row.document_id, []).append(row)
        _tell_sending(lanes, group)
    kept = {row.pk for row in group}
    still_ours = [[row for row in lane if row.pk in kept] for lane in lanes]
    known = {row.pk: known_facts(chains.get(row.document_id, ()), row.kind) for row in group}
    return [lane for lane in still_ours if lane], known


def _tell_sending(lanes: Sequence[Lane], group: Sequence[Write]) -> None:
    company = {row.pk: str(lane[0].pk) for lane in lanes if len(lane) > 1 for row in lane}
    for row in group:
        together = {"batch": company[row.pk]} if row.pk in company else {}
        tell_of(row, "write.sending", attempt=row.attempt + 1, **together)


def _send_round(
    site: Site, lanes: Sequence[Lane], known: Mapping[Any, Mapping[str, Any]]
) -> list[tuple[Write, Result]]:
    """Send each write of the lanes once, lanes at the same time."""

    def send(lane: Lane) -> list[tuple[Write, Result]]:
        try:
            return list(zip(lane, _send_lane(site, lane, known), strict=True))
        finally:
            connection.close()  # this thread's own, if the throttle opened one

    if len(lanes) < 2:
        results = [(lane, _send_lane(site, lane, known)) for lane in lanes]
        return [pair for lane, answers in results for pair in zip(lane, answers, strict=True)]
    with ThreadPoolExecutor(max_workers=len(lanes)) as pool:
        return [pair for pairs in pool.map(send, lanes) for pair in pairs]


def _send_lane(site: Site, lane: Lane, known: Mapping[Any, Mapping[str, Any]]) -> Sequence[Result]:
    """Send the writes of a lane; nothing leaves once the lease might end before its answer."""
    steps = [(as_step(row), known[row.pk]) for row in lane]
    with only_while(site.claim.holds_for), repeating(any(map(_was_turned_away, lane))):
        try:
            return site.writer(lane[0].kind).send_many(site.company_id, steps)
        except ConnectorError as error:
            return [error] * len(lane)
        except Exception as error:
            log.exception("fault_while_sending")
            return [UnknownOutcome("Our own fault while sending.", detail=repr(error))] * len(lane)


def _was_turned_away(row: Write) -> bool:
    """Whether an earlier attempt came to nothing because the other side was busy or away."""
    return (row.error or {}).get("class") in (RateLimited.__name__, TemporaryError.__name__)


def _record(site: Site, results: Sequence[tuple[Write, Result]]) -> Exception | None:
    """Store the outcomes in one transaction; returns what must end the slice, if anything."""
    stop: Exception | None = None
    with site.rows():
        book = WriteBook(site, [row for row, _ in results])
        for row, result in results:
            ends_slice = _apply(book, row, result)
            if ends_slice is not None:
                stop, site.side = ends_slice, _side(row)
        book.save()
    return stop


def _side(row: Write) -> str:
    """Return which connection a write goes to: who is to blame for an error."""
    return "source" if row.kind == WRITTEN_BACK else "ledger"


def _apply(book: WriteBook, row: Write, result: Result) -> Exception | None:
    """Classify one outcome. Closed list: everything not named here is unknown."""
    if isinstance(result, Written):
        book.confirmed(row, result)
    elif isinstance(result, RateLimited):
        book.not_applied(row, result, wait_seconds=result.retry_after)
        return result
    elif isinstance(result, TemporaryError):
        is_ours = result.code == "lease"
        book.not_applied(row, result, wait_seconds=0 if is_ours else _RETRY_SECONDS)
        return None if is_ours else result
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
