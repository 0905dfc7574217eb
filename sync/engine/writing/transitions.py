"""How an outcome changes a write, its chain, its document and its links, in one transaction.

A `Ledgering` loads the rows that a batch of outcomes concerns, applies each outcome in memory and
saves everything in bulk. Rows whose fence was raised by another worker are left alone: a late
answer of a worker that lost its lease changes nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection

from audit.record import record as tell
from connectors.base import LEARNED_SETUP, Found, Written
from connectors.documents import Resource
from connectors.errors import ConnectorError
from connectors.withdrawing import WITHDRAW
from sync.domain.fingerprint import digest
from sync.domain.reasons import Reason, reason
from sync.domain.side_by_side import label
from sync.domain.step_words import step_words
from sync.engine import refusals
from sync.engine.bulk import update_rows
from sync.engine.parking import apply_causes, arrival_keys, restored, stored
from sync.engine.reducing import follow_invoices, orders_of
from sync.engine.release import release_causes, release_documents, release_takers
from sync.engine.site import WRITTEN_BACK, Site
from sync.engine.writing import withdrawing
from sync.engine.writing.chain import as_step
from sync.engine.writing.learned import keep_learned
from sync.engine.writing.refused import refusal_of
from sync.engine.writing.schedule import pause_before_look_up
from sync.engine.writing.states import awaits_outcome, stands_in_part, state_by
from sync.models import (
    Document,
    DocumentState,
    Link,
    Outcome,
    Write,
    WriteState,
)
from sync.models.document import INVOICE_KINDS
from sync.models.write import PAST_STATES

CREATE = "create"
_ORDER = "purchase_order"
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
    "planned_fingerprint",
    "booked_fingerprint",
    "changed_at",
]

_UNDECIDED = frozenset({WriteState.SENDING, WriteState.UNKNOWN})


class Ledgering:
    """One batch of outcomes; use inside `site.rows()`."""

    def __init__(self, site: Site, writes: Sequence[Write]) -> None:
        self.site = site
        self.now = database_now()
        fences = {write.pk: write.fence for write in writes}
        locked = Write.objects.select_for_update().filter(pk__in=fences)
        self.rows = {row.pk: row for row in locked if row.fence == fences[row.pk]}
        self._load_documents({row.document_id for row in self.rows.values()})
        self._links: list[Link] = []
        self._parked: dict[UUID, list[Reason]] = defaultdict(list)
        self._touched: set[UUID] = set()
        self._changed: dict[Any, Write] = {}
        self._taken: list[Write] = []
        self._proved: list[dict[str, Any]] = []  # of the ledger's set-up
        self._overtaken: list[UUID] = []  # newer at the source than what was being written
        self.follow: set[UUID] = (
            set()
        )  # orders of which the ledger holds more invoices now, or less
        self.adopted: dict[Any, str] = {}  # write -> id of what was found for it

    def _load_documents(self, ids: set[UUID]) -> None:
        self.documents = Document.objects.select_for_update().in_bulk(ids)
        self.chains: dict[UUID, list[Write]] = defaultdict(list)
        others = Write.objects.filter(document__in=ids).exclude(state__in=PAST_STATES)
        for row in others.order_by("sequence"):
            self.chains[row.document_id].append(self.rows.get(row.pk, row))

    # ------------------------------------------------------------------ outcomes of one write

    def confirmed(self, write: Write, written: Written, *, adopted: bool = False) -> None:
        """The effect stands: keep its ids first of all, and let the next step go."""
        row = self._row(write)
        if row is None:
            return
        facts = dict(written.facts)
        self._proved.append(facts.pop(LEARNED_SETUP, {}))
        written = replace(written, facts=facts)
        if written.facts.get("posted") is False and written.facts.get("total_difference"):
            self._not_posted(row, written)
            return
        if row.operation == WITHDRAW:
            withdrawing.withdrawn(self, row)
            return
        row.state, row.adopted = WriteState.CONFIRMED, adopted
        row.remote_id, row.number, row.etag = written.remote_id, written.number, written.etag
        row.facts, row.error, row.lease_until, row.verify_at = dict(written.facts), None, None, None
        row.confirmed_at = self.now
        if adopted:
            self.adopted[row.pk] = written.remote_id
        if row.kind != WRITTEN_BACK:
            self._links.append(self._link(row, written))
            self._taken.append(row)
        if row.kind == _ORDER:
            self.follow.add(row.document_id)
        self.let_next_go(row, look_up=adopted)
        self._note_difference(row, written)
        action = "write.adopted" if adopted else "write.confirmed"
        if row.kind == WRITTEN_BACK:
            action = "write.taken_by_source"
        self.tell(row, action, number=written.number)

    def let_next_go(self, row: Write, *, look_up: bool = False) -> None:
        """The next step of the chain may be sent; whoever did this one may have done it too."""
        chain = self.chains[row.document_id]
        later = next((each for each in chain if each.state == WriteState.QUEUED), None)
        if later is not None:
            later.state = WriteState.PENDING
            later.look_up_first = later.look_up_first or look_up
            self.change(later)

    def refused(self, write: Write, error: ConnectorError) -> None:
        """The ledger said no and nothing was applied: the document parks with its words."""
        row = self._row(write)
        if row is None:
            return
        self._end(row, WriteState.REJECTED, error)
        row.sent_at = None  # nothing is on its way any more
        document = self.documents[row.document_id]
        learned = refusals.learn(self.site, document, row, error, self.now)
        self._parked[document.pk].append(learned or refusal_of(document, row, error))
        self.tell(row, "write.refused", code=error.code, words=error.message)

    def unknown(self, write: Write, error: Exception) -> None:
        """We cannot tell: nothing is repeated before the ledger was looked at."""
        row = self._row(write)
        if row is None:
            return
        self._end(row, WriteState.UNKNOWN, error)
        row.sent_at = self.now  # at the latest: what waited for a slot left later than was noted
        row.lookups = 0
        row.verify_at = self.now + pause_before_look_up(0)
        self.tell(row, "write.unknown", error=type(error).__name__)

    def look_up_now(self, write: Write, error: ConnectorError) -> None:
        """The ledger says that it exists: adopt it or find the conflict."""
        self.unknown(write, error)
        row = self._row(write)
        if row is not None:
            row.verify_at = self.now

    def not_applied(self, write: Write, error: ConnectorError, *, wait_seconds: float) -> None:
        """Certainly nothing happened: the same write again, not before `wait_seconds`."""
        row = self._row(write)
        if row is None:
            return
        self._end(row, WriteState.PENDING, error)
        row.sent_at = None
        row.not_before = self.now + timedelta(seconds=wait_seconds)
        self.tell(row, "write.postponed", error=type(error).__name__)

    def conflicting(self, write: Write, found: Sequence[Found]) -> None:
        """Something else stands under our key: a person decides; we never delete."""
        document = self.documents[write.document_id]
        differences = sorted({name for item in found for name in item.differences})
        why = reason(
            "outcome_unknown/conflict" if write.attempt else "duplicate_invoice/ledger",
            document=document.source_id,
            number=document.supplier_reference or document.reference,
            count=len(found),
            numbers=[item.written.number for item in found],
            differences=differences,
            fields=[label(name).lower() for name in differences],
            ours=write.content,
            theirs=[dict(item.document) for item in found],
        )
        self.held_back(write, why, found=len(found))

    def held_back(self, write: Write, why: Reason, *, found: int) -> None:
        """What stands in the ledger speaks against this write: its document parks unsent."""
        row = self._row(write)
        if row is None:
            return
        row.state, row.lease_until, row.verify_at = WriteState.CONFLICT, None, None
        self._parked[row.document_id].append(why)
        self.tell(row, "write.conflict", found=found)

    def look_up_again(self, write: Write) -> None:
        """Not found yet, and the server may still apply it."""
        row = self._row(write)
        if row is not None:
            row.lookups += 1
            row.verify_at = self.now + pause_before_look_up(row.lookups)

    def change_again(self, write: Write, found: Found) -> None:
        """Make a refused change once more, for the version that stands now."""
        row = self._row(write)
        if row is None:
            return
        row.content = {**row.content, "etag": found.written.etag}
        row.digest = digest(row.content)
        row.state, row.verify_at, row.not_before = WriteState.PENDING, None, None
        row.save(update_fields=["content", "digest"])
        self.tell(row, "write.rebased")

    def free_to_send(self, write: Write, epoch: int) -> None:
        """Looked up and not there, and the server can no longer apply an earlier attempt."""
        row = self._row(write)
        if row is None:
            return
        row.state, row.look_up_first, row.verify_at = WriteState.PENDING, False, None
        row.not_before, row.epoch = None, epoch
        self._touched.add(row.document_id)
        if row.attempt:
            self.tell(row, "write.settled_unapplied", lookups=row.lookups)

    # ------------------------------------------------------------------ saving

    def save(self) -> None:
        """Write everything back in bulk, open reviews, release who waited for these documents."""
        update_rows(self._changed.values(), _WRITE_FIELDS)
        Link.objects.bulk_create(
            self._links,
            update_conflicts=True,
            unique_fields=["document", "kind"],
            update_fields=["remote_id", "number", "etag", "status", "url", "facts"],
        )
        keep_learned(self.site, self._proved)
        self._save_documents()

    def _save_documents(self) -> None:
        documents = [self.documents[pk] for pk in self._touched]
        for document in documents:
            self._settle(document)
        update_rows(documents, _DOCUMENT_FIELDS)
        apply_causes(
            self.site.integration,
            [(document, [restored(row) for row in document.reasons]) for document in documents],
            self.now,
        )
        self._save_outcomes(documents)
        arrived = [doc for doc in documents if doc.state == DocumentState.WRITTEN]
        keys = [key for document in arrived for key in arrival_keys(document)]
        release_causes(self.site.integration, keys)
        credits = [doc.pk for doc in arrived if doc.resource == Resource.CREDIT_NOTE]
        if credits:
            release_takers(self.site.integration, credits)
        release_documents(self.site.integration, self._overtaken)
        booked = {row.document_id for row in self._taken if row.kind in INVOICE_KINDS}
        follow_invoices(self.site, self.follow | orders_of(booked))
        refusals.end_by_success(self.site, self._taken, self.now)

    def _settle(self, document: Document) -> None:
        """Derive the document's state from its chain.

        One that changed at the source meanwhile stays received: its next decision is still to come.
        """
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
        found = self._parked.get(document.pk, [])
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

    # ------------------------------------------------------------------ details

    def _row(self, write: Write) -> Write | None:
        row = self.rows.get(write.pk)
        if row is not None:
            self._touched.add(row.document_id)
            self.change(row)
        return row

    def change(self, row: Write) -> None:
        self._changed[row.pk] = row

    def _end(self, row: Write, state: str, error: Exception) -> None:
        row.state, row.lease_until, row.verify_at = state, None, None
        row.error = {
            "class": type(error).__name__,
            "code": getattr(error, "code", ""),
            "message": str(getattr(error, "message", error))[:2000],
            "status": getattr(error, "status", None),
            "request_id": getattr(error, "request_id", ""),
        }

    def _link(self, row: Write, written: Written) -> Link:
        return Link(
            tenant_id=row.tenant_id,
            document_id=row.document_id,
            kind=row.kind,
            remote_id=written.remote_id,
            number=written.number,
            etag=written.etag,
            status=written.status,
            url=written.url,
            facts=dict(written.facts),
        )

    def _not_posted(self, row: Write, written: Written) -> None:
        """The ledger computes another total than the document says: the draft stays a draft."""
        row.state, row.lease_until, row.verify_at = WriteState.REJECTED, None, None
        document = self.documents[row.document_id]
        difference = written.facts["total_difference"]
        found = reason("tax_differs/ledger", document=document.source_id, **difference)
        self._parked[document.pk].append(found)
        self.tell(row, "write.not_posted", **difference)

    def _note_difference(self, row: Write, written: Written) -> None:
        """Where nothing is posted, a total that the ledger computes otherwise is a warning."""
        if (
            row.operation != CREATE
            or row.kind not in INVOICE_KINDS
            or self.site.policy.invoice.post
        ):
            return
        document = self.documents[row.document_id]
        total = written.facts.get("total")
        if total is None or document.amount is None:
            return
        allowed = self.site.policy.match.limits.total_amount or Decimal(0)
        if abs(Decimal(str(total)) - abs(document.amount)) > allowed:
            difference = {"total": document.amount, "ledger_total": Decimal(str(total))}
            note = reason("tax_differs/ledger", document=document.source_id, **difference)
            document.notes = [*document.notes, stored(note)]

    def tell(self, row: Write, action: str, **facts: Any) -> None:
        """Note in the audit what became of a write."""
        step = as_step(row)
        tell(
            action,
            target=row,
            document=row.document_id,
            run=row.run_id,
            connection=row.connection_id,
            facts={
                "kind": step.kind,
                "operation": step.operation,
                "key": step.natural_key,
                "step": step_words(step.kind, step.operation, step.natural_key),
                "attempt": row.attempt,
                "content": row.digest,
                **facts,
            },
        )


def database_now() -> Any:
    """Return the database's clock: a worker's own may be wrong."""
    with connection.cursor() as cursor:
        cursor.execute("select now()")
        return cursor.fetchone()[0]
