"""Finds out what became of writes whose outcome is not known, and looks before a first send.

Looked up often, adopted as soon as found; sent again only when the server can no longer apply the
earlier attempt (`sent_at` + SETTLE; none where the ledger itself keeps our key unique).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import F, Min, Q
from django.db.models.functions import Coalesce, Now

from connectors.base import Found
from connectors.errors import Conflict, ConnectorError, DocumentRefused
from sync.engine.site import Site
from sync.engine.writing.beside import Beside, beside
from sync.engine.writing.chain import Life, as_step, current_life, known_facts
from sync.engine.writing.transitions import WriteBook
from sync.models import Link, Write, WriteState
from sync.models.document import INVOICE_KINDS

_BLOCK = 200
_SHARED = "vendor"
_CHANGE = "update"
_MOST_CHANGES = 2

Answer = list[Found] | DocumentRefused


def resolve_unknown(site: Site) -> int:
    """Look up every write that is due for it; returns how many were looked at.

    A look-up that fails leaves everything as it is, to be asked again later. Raises the connector's
    error after that, so that the run tells it.
    """
    with site.rows():
        life = current_life()
        _expire_leases(site)
        _doubt_earlier_life(site, life)
        rows = _due(site)
        chains = _chains(rows)
    if not rows:
        return 0
    found, failed = _find(site, rows, chains)
    with site.rows():
        book = WriteBook(site, rows)
        answers = [each for each in found.values() if not isinstance(each, DocumentRefused)]
        there = [each for answer in answers for each in answer]
        others = holders_of({row.kind for row in rows}, there)
        strangers = _beside(book, rows)
        for row in rows:
            answer = found.get(row.pk)
            if answer is None:
                book.look_up_again(row)
            elif isinstance(answer, DocumentRefused):
                book.refused(row, answer)
            else:
                free = [f for f in answer if is_free(f, row.kind, row.document_id, others)]
                free = strangers.left(
                    row.document_id, row.operation, free, was_sent=row.may_have_arrived
                )
                _judge(site, book, row, free, life)
                if row.pk in book.adopted:
                    others[row.kind, book.adopted[row.pk]].add(row.document_id)
        book.save()
    if failed is not None:
        raise failed
    return len(rows)


def next_look_up(site: Site) -> datetime | None:
    """Return when the next look-up or send of the integration is due, None if there is none."""
    rows = Write.objects.filter(integration=site.integration)
    unknown = rows.filter(state=WriteState.UNKNOWN).aggregate(at=Min("verify_at"))["at"]
    # A write to be looked up first has `verify_at`, any other may have `not_before`.
    sendable = Coalesce("not_before", "verify_at", Now())
    pending = rows.filter(state=WriteState.PENDING).aggregate(at=Min(sendable))["at"]
    leased = rows.filter(state__in=(WriteState.CLAIMED, WriteState.SENDING))
    abandoned = leased.aggregate(at=Min("lease_until"))["at"]
    times = [at for at in (unknown, pending, abandoned) if at is not None]
    return min(times) if times else None


def _expire_leases(site: Site) -> None:
    """A lease that ended: claimed and unsent is pending again, sent and unanswered is unknown.

    The worker that held it may have sent at any moment until ours claimed the integration, so the
    server's time to apply it counts from now.
    """
    over = Write.objects.filter(integration=site.integration, lease_until__lt=Now())
    over.filter(state=WriteState.CLAIMED).update(
        state=WriteState.PENDING, lease_until=None, fence=F("fence") + 1
    )
    over.filter(state=WriteState.SENDING).update(
        state=WriteState.UNKNOWN,
        lease_until=None,
        sent_at=Now(),
        verify_at=Now(),
        lookups=0,
        fence=F("fence") + 1,
    )


def _doubt_earlier_life(site: Site, life: Life) -> None:
    """What an earlier life of the database may have sent without our knowing is unknown."""
    doubted = Write.objects.filter(integration=site.integration, epoch__lt=life.number)
    doubted.filter(state=WriteState.PENDING).update(
        state=WriteState.UNKNOWN, verify_at=Now(), lookups=0
    )


def _due(site: Site) -> list[Write]:
    """Return unknown writes that are due, and pending ones to look up before sending."""
    wanted = Q(state=WriteState.UNKNOWN) | Q(state=WriteState.PENDING, look_up_first=True)
    due = Q(verify_at__lte=Now()) | Q(verify_at__isnull=True)
    rows = Write.objects.filter(wanted & due, integration=site.integration)
    return list(rows.order_by("created_at", "sequence")[:_BLOCK])


def _chains(rows: Sequence[Write]) -> Mapping[Any, list[Write]]:
    chains: dict[Any, list[Write]] = defaultdict(list)
    siblings = Write.objects.filter(document__in={row.document_id for row in rows})
    for row in siblings.order_by("sequence"):
        chains[row.document_id].append(row)
    return chains


def _find(
    site: Site, rows: Sequence[Write], chains: Mapping[Any, list[Write]]
) -> tuple[dict[Any, Answer], ConnectorError | None]:
    """Ask the ledger, kind by kind and batched; returns what was found and the last error."""
    by_kind: dict[tuple[str, str], list[Write]] = defaultdict(list)
    for row in rows:
        by_kind[(row.kind, row.operation)].append(row)
    found: dict[Any, Answer] = {}
    failed: ConnectorError | None = None
    for group in by_kind.values():
        try:
            found |= _ask(site, group, chains)
        except ConnectorError as error:
            failed = error
    return found, failed


def _ask(
    site: Site, group: Sequence[Write], chains: Mapping[Any, list[Write]]
) -> dict[Any, Answer]:
    """Look up writes of one kind; one whose document is gone does not stop the others."""
    asked = [(as_step(row), _known(row, chains[row.document_id])) for row in group]
    try:
        answers = site.writer(group[0].kind).find(site.company_id, asked)
    except DocumentRefused as error:
        if len(group) == 1:
            return {group[0].pk: error}
        return {pk: each for row in group for pk, each in _ask(site, [row], chains).items()}
    return {row.pk: list(answer) for row, answer in zip(group, answers, strict=True)}


def holders_of(kinds: Iterable[str], found: Iterable[Found]) -> Mapping[tuple[str, str], set[UUID]]:
    """Return what was found and is known to be a document's: (kind, id) -> documents; use inside
    `site.rows()`.

    A person may accept a second document with a number that is in the ledger already.
    """
    ids = {each.written.remote_id for each in found}
    holders: dict[tuple[str, str], set[UUID]] = defaultdict(set)
    links = Link.objects.filter(remote_id__in=ids, kind__in=set(kinds))
    for kind, remote_id, document_id in links.values_list("kind", "remote_id", "document_id"):
        holders[kind, remote_id].add(document_id)
    return holders


def is_free(
    found: Found, kind: str, document_id: UUID, holders: Mapping[tuple[str, str], set[UUID]]
) -> bool:
    """Whether something found can be a document's effect: vendors may be shared, documents not."""
    if kind == _SHARED:
        return True
    return not holders.get((kind, found.written.remote_id), set()) - {document_id}


def _beside(book: WriteBook, rows: Iterable[Write]) -> Beside:
    """Return what stands beside the documents by a person's acceptance, for the version that is
    being written."""
    wanted = {row.document_id for row in rows if row.kind in INVOICE_KINDS}
    documents = [book.documents[pk] for pk in wanted if pk in book.documents]
    return beside({document.pk: document.planned_fingerprint for document in documents})


def _known(row: Write, chain: Sequence[Write]) -> dict[str, Any]:
    """Return what narrows a look-up: the facts of earlier steps and, for a write that this
    database sent, that nothing of it is older than its plan."""
    known = known_facts(chain, row.kind)
    if row.attempt and not row.look_up_first:
        known["sent_at"] = row.created_at
    return known


def _judge(site: Site, book: WriteBook, row: Write, found: Sequence[Found], life: Life) -> None:
    if len(found) == 1 and found[0].same:
        book.confirmed(row, found[0].written, adopted=True)
    elif found and _may_change_again(row, found):
        book.change_again(row, found[0])
    elif found:
        book.conflicting(row, found)
    elif _can_no_longer_apply(site, book, row, life):
        book.free_to_send(row, life.number)
    else:
        book.look_up_again(row)


def _may_change_again(row: Write, found: Sequence[Found]) -> bool:
    """A change refused because somebody else was faster is made once more: it holds only fields
    that are ours, and now names the version that was just read."""
    was_refused = (row.error or {}).get("class") == Conflict.__name__
    return row.operation == _CHANGE and was_refused and row.attempt < _MOST_CHANGES


def _can_no_longer_apply(site: Site, book: WriteBook, row: Write, life: Life) -> bool:
    """Whether the ledger has had its time since the last moment this may have been sent."""
    sent_at = row.sent_at if row.attempt else None
    if row.epoch < life.number:
        sent_at = max(filter(None, (sent_at, life.begun_at)), default=None)
    if sent_at is None:
        return True
    settle = site.writer(row.kind).settle_seconds(as_step(row))
    return book.now > sent_at + timedelta(seconds=settle)
