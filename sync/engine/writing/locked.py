"""Writes with their chains, documents and links: locked, changed in memory, saved in bulk.

Rows whose fence was raised by another worker are left alone: a late answer of a worker that lost
its lease changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from connectors.documents import Resource
from sync.domain.reasons import Reason
from sync.engine import refusals
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.engine.parking import apply_causes, arrival_keys, restored, stored
from sync.engine.reducing import follow_invoices, orders_of
from sync.engine.release import (
    queue_run_over_received,
    release_causes,
    release_documents,
    release_rivals,
    room_keys,
)
from sync.engine.site import Site
from sync.engine.writing import withdrawing
from sync.engine.writing.learned import keep_learned
from sync.engine.writing.states import awaits_outcome, stands_in_part, state_by
from sync.models import Document, DocumentState, Link, Outcome, Trigger, Write, WriteState
from sync.models.document import INVOICE_KINDS
from sync.models.write import PAST_STATES

_WRITE_FIELDS = [
    "state",
    "lease_until",
    "attempt",
    "epoch",
    "sent_at",
    "verify_at",
    "lookups",
    "not_before",
    "remote_id",
    "number",
    "etag",
    "facts",
    "adopted",
    "error",
    "look_up_first",
    "confirmed_at",
]
_DOCUMENT_FIELDS = [
    "state",
    "reasons",
    "notes",
    "match",
    "planned_fingerprint",
    "booked_fingerprint",
    "changed_at",
]
_UNDECIDED = frozenset({WriteState.SENDING, WriteState.UNKNOWN})


class LockedWrites:
    """The writes of one batch and what hangs on them; use inside `site.rows()`."""

    def __init__(self, site: Site, writes: Sequence[Write]) -> None:
        self.site = site
        self.now = database_now()
        fences = {write.pk: write.fence for write in writes}
        locked = Write.objects.select_for_update().filter(pk__in=fences)
        self.rows = {row.pk: row for row in locked if row.fence == fences[row.pk]}
        self._load_documents({row.document_id for row in self.rows.values()})
        self.links: list[Link] = []
        self.parked: dict[UUID, list[Reason]] = defaultdict(list)  # document -> why it parks
        self.taken: list[Write] = []  # effects that the ledger took
        self.proved: list[dict[str, Any]] = []  # of the ledger's set-up
        self.follow: set[UUID] = set()  # orders of which the ledger holds more invoices, or fewer
        self.freed: set[UUID] = set()  # orders that a withdrawn invoice takes nothing of any more
        self.anew: set[UUID] = set()  # decided again at once, for what an answer taught
        self._touched: set[UUID] = set()
        self._changed: dict[Any, Write] = {}
        self._overtaken: list[UUID] = []  # newer at the source than what was being written

    def _load_documents(self, ids: set[UUID]) -> None:
        self.documents = Document.objects.select_for_update().in_bulk(ids)
        self.chains: dict[UUID, list[Write]] = defaultdict(list)
        others = Write.objects.filter(document__in=ids).exclude(state__in=PAST_STATES)
        for row in others.order_by("sequence"):
            self.chains[row.document_id].append(self.rows.get(row.pk, row))

    def row(self, write: Write) -> Write | None:
        """Return the locked row of a write, to be changed; None if it is another worker's now."""
        row = self.rows.get(write.pk)
        if row is not None:
            self._touched.add(row.document_id)
            self.change(row)
        return row

    def change(self, row: Write) -> None:
        """Have this row saved too; its document is settled only if one of its own was asked for."""
        self._changed[row.pk] = row

    def let_next_go(self, row: Write, *, look_up: bool = False) -> None:
        """The next step of the chain may be sent; whoever did this one may have done it too."""
        chain = self.chains[row.document_id]
        later = next((each for each in chain if each.state == WriteState.QUEUED), None)
        if later is not None:
            later.state = WriteState.PENDING
            later.look_up_first = later.look_up_first or look_up
            self.change(later)

    def save(self) -> None:
        """Write everything back in bulk, open reviews, release who waited for these documents."""
        update_rows(self._changed.values(), _WRITE_FIELDS)
        Link.objects.bulk_create(
            self.links,
            update_conflicts=True,
            unique_fields=["document", "kind"],
            update_fields=["remote_id", "number", "etag", "status", "url", "facts"],
        )
        keep_learned(self.site, self.proved)
        documents = [self.documents[pk] for pk in self._touched]
        self._save_documents(documents)
        self._save_outcomes(documents)
        self._release(documents)
        refusals.end_by_success(self.site, self.taken, self.now)

    def _save_documents(self, documents: Sequence[Document]) -> None:
        for document in documents:
            self._settle(document)
        update_rows(documents, _DOCUMENT_FIELDS)
        apply_causes(
            self.site.integration,
            [(document, [restored(row) for row in document.reasons]) for document in documents],
            self.now,
        )

    def _settle(self, document: Document) -> None:
        """Derive the document's state from its chain.

        One that changed at the source meanwhile stays received: its next decision is still to come.
        """
        if document.pk in self.anew:
            document.state, document.reasons = DocumentState.RECEIVED, []
            document.changed_at = self.now
            return
        chain = self.chains[document.pk]
        states = {row.state for row in chain} - {WriteState.WITHDRAWN}
        if chain and not states:
            withdrawing.forgotten(document)
            self._overtaken.append(document.pk)  # decided anew: settled, or written as it is now
            return
        if states == {WriteState.CONFIRMED} or stands_in_part(document, states):
            document.booked_fingerprint = document.planned_fingerprint
        is_newer = document.fingerprint != document.planned_fingerprint
        if is_newer and not withdrawing.is_going_on(chain):
            if not states & _UNDECIDED and awaits_outcome(document):
                self._overtaken.append(document.pk)
            return
        before = document.state
        found = self.parked.get(document.pk, [])
        if found:
            document.reasons = [stored(item) for item in found]
        elif states == {WriteState.CONFIRMED} and awaits_outcome(document):
            document.reasons = []
        document.state = state_by(states, bool(document.reasons))
        if document.state != before:
            document.changed_at = self.now

    def _save_outcomes(self, documents: Sequence[Document]) -> None:
        """Let the outcomes of the runs that planned these writes follow the documents."""
        by_id = {document.pk: document for document in documents}
        runs = {row.run_id for pk in by_id for row in self.chains[pk] if row.run_id}
        outcomes = list(Outcome.objects.filter(run__in=runs, document__in=by_id).only("document"))
        for outcome in outcomes:
            document = by_id[outcome.document_id]
            outcome.state, outcome.reasons = document.state, document.reasons
        update_rows(outcomes, ["state", "reasons"])

    def _release(self, documents: Sequence[Document]) -> None:
        """Have decided again what waited for these documents, or changed while they were sent."""
        arrived = [doc for doc in documents if doc.state == DocumentState.WRITTEN]
        keys = [key for document in arrived for key in arrival_keys(document)]
        release_causes(self.site.integration, [*keys, *room_keys(self.freed)])
        credits = [doc.pk for doc in arrived if doc.resource == Resource.CREDIT_NOTE]
        if credits:
            release_rivals(self.site.integration, credits)
        release_documents(self.site.integration, self._overtaken)
        for name in {self.documents[pk].flow_name for pk in self.anew}:
            queue_run_over_received(self.site.integration, name, Trigger.RELEASE)
        booked = {row.document_id for row in self.taken if row.kind in INVOICE_KINDS}
        follow_invoices(self.site, self.follow | orders_of(booked))
