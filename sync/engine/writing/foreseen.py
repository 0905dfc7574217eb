"""Refusals learned after a chain was planned: what they would meet is not sent either.

A block of documents is decided before the first of them is sent. What one of them teaches while it
is sent, the others of the block have not been measured against.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from connectors.base import CREATE
from connectors.withdrawing import WITHDRAW
from sync.domain.refusals import Booked, step_of
from sync.engine import refusals
from sync.engine.site import WRITTEN_BACK, Site
from sync.engine.writing.transitions import WriteBook
from sync.models import Document, Refusal, Write, WriteState

_OPEN = (WriteState.QUEUED, WriteState.CLAIMED)


def hold_back_foreseen(site: Site, claimed: Sequence[Write]) -> set[UUID]:
    """Park the documents of those claimed writes that the ledger would refuse; returns the writes.

    Use inside `site.rows()`. A document that was decided after a refusal has been measured against
    it and goes on: it is the one that tries.
    """
    ids = {write.document_id for write in claimed}
    facts = _learned_since_planned(site, ids)
    if not facts:
        return set()
    book = WriteBook(site, claimed)
    held = set()
    for write in claimed:
        met = [fact for fact in facts if _meets(book, write, fact)]
        if met:
            book.refusal_foreseen(write, [refusals.remembered(fact) for fact in met])
            held.add(write.pk)
    if held:
        book.save()
    return held


def _learned_since_planned(site: Site, ids: Collection[UUID]) -> list[Refusal]:
    """Return the facts that are newer than the decision of one of these documents."""
    planned = Document.objects.filter(pk__in=ids).order_by("decided_at").values("decided_at")
    newer = refusals.active(site.integration).filter(last_at__gt=planned[:1])
    return list(newer.select_related("document").order_by("first_at"))


def _meets(book: WriteBook, write: Write, fact: Refusal) -> bool:
    """Whether a write, or for the first one of a ledger document any that follows, would be
    refused: a ledger document is not begun in vain, and one that is begun gets all its lines."""
    document = book.documents[write.document_id]
    if fact.last_at <= document.decided_at or write.operation == WITHDRAW:
        return False
    if write.kind == WRITTEN_BACK:
        return False
    ahead = [write]
    if write.operation == CREATE:
        chain = book.chains[write.document_id]
        ahead += [row for row in chain if row.state in _OPEN and row.pk != write.pk]
    subject = Booked.of(fact.subject)
    return any(
        step_of(row.kind, row.operation) == fact.step
        and any(subject.covers(Booked.of(line)) for line in row.books)
        for row in ahead
    )
