"""What each outcome does to a write: the moves between its states, each with its audit event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connectors.base import CREATE, LEARNED_SETUP, Found, Written
from connectors.errors import ConnectorError
from connectors.withdrawing import WITHDRAW
from sync.domain.fingerprint import digest
from sync.domain.money import Amount
from sync.domain.reasons import Reason, reason
from sync.engine import refusals
from sync.engine.parking import stored
from sync.engine.site import WRITTEN_BACK, Site
from sync.engine.writing import own_numbers, withdrawing
from sync.engine.writing.allowed import allowed_difference
from sync.engine.writing.chain import as_step
from sync.engine.writing.locked import LockedWrites
from sync.engine.writing.refused import conflict_of, refusal_of
from sync.engine.writing.schedule import pause_before_look_up
from sync.engine.writing.telling import tell_of
from sync.models import Document, Link, Write, WriteState
from sync.models.document import INVOICE_KINDS

_ORDER = "purchase_order"


class WriteBook(LockedWrites):
    """A batch of outcomes, entered one by one and saved together; use inside `site.rows()`."""

    def __init__(self, site: Site, writes: Sequence[Write]) -> None:
        super().__init__(site, writes)
        self.adopted: dict[Any, str] = {}  # write -> id of what was found for it

    def confirmed(self, write: Write, written: Written, *, adopted: bool = False) -> None:
        """The effect stands: keep its ids first of all, and let the next step go."""
        row = self.row(write)
        if row is None:
            return
        facts = dict(written.facts)
        self.proved.append(facts.pop(LEARNED_SETUP, {}))
        written = replace(written, facts=facts)
        if written.facts.get("posted") is False and written.facts.get("total_difference"):
            self._not_posted(row, written)
            return
        if row.operation == WITHDRAW:
            withdrawing.withdrawn(self, row)
            return
        self.site.done += 1
        row.state, row.adopted = WriteState.CONFIRMED, adopted
        row.remote_id, row.number, row.etag = written.remote_id, written.number, written.etag
        row.facts, row.error, row.lease_until, row.verify_at = dict(written.facts), None, None, None
        row.confirmed_at = self.now
        if adopted:
            self.adopted[row.pk] = written.remote_id
        if row.kind != WRITTEN_BACK:
            self.links.append(self._link(row, written))
            self.taken.append(row)
        if row.kind == _ORDER:
            self.follow.add(row.document_id)
        self.let_next_go(row, look_up=adopted)
        self._note_difference(row, written)
        action = "write.adopted" if adopted else "write.confirmed"
        if row.kind == WRITTEN_BACK:
            action = "write.taken_by_source"
        self.tell(row, action, number=written.number)

    def refused(self, write: Write, error: ConnectorError) -> None:
        """The ledger said no and nothing was applied: the document parks with its words."""
        row = self.row(write)
        if row is None:
            return
        self._end(row, WriteState.REJECTED, error)
        row.sent_at = None  # nothing is on its way any more
        document = self.documents[row.document_id]
        if own_numbers.may_be_the_cause(row, error) and own_numbers.give_up(document):
            self.anew.add(document.pk)
            self.tell(row, "write.refused", code=error.code, words=error.message)
            return
        learned = refusals.learn(self.site, document, row, error, self.now)
        self.parked[document.pk].append(learned or refusal_of(document, row, error))
        self.tell(row, "write.refused", code=error.code, words=error.message)

    def unknown(self, write: Write, error: Exception) -> None:
        """We cannot tell: nothing is repeated before the ledger was looked at."""
        row = self.row(write)
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
        row = self.row(write)
        if row is not None:
            row.verify_at = self.now

    def not_applied(self, write: Write, error: ConnectorError, *, wait_seconds: float) -> None:
        """Certainly nothing happened: the same write again, not before `wait_seconds`."""
        row = self.row(write)
        if row is None:
            return
        self._end(row, WriteState.PENDING, error)
        row.sent_at = None
        row.not_before = self.now + timedelta(seconds=wait_seconds)
        self.tell(row, "write.postponed", error=type(error).__name__)

    def conflicting(self, write: Write, found: Sequence[Found]) -> None:
        """Something else stands under our key: a person decides; we never delete."""
        document = self.documents[write.document_id]
        step = as_step(write)
        why = conflict_of(document, step, found, was_sent=write.may_have_arrived)
        self.held_back(write, why, found=len(found))

    def held_back(self, write: Write, why: Reason, *, found: int) -> None:
        """What stands in the ledger speaks against this write: its document parks unsent."""
        row = self.row(write)
        if row is None:
            return
        row.state, row.lease_until, row.verify_at = WriteState.CONFLICT, None, None
        self.parked[row.document_id].append(why)
        self.tell(row, "write.conflict", found=found)

    def refusal_foreseen(self, write: Write, why: Sequence[Reason]) -> None:
        """The ledger refused another document for what this one says too: it parks unsent."""
        row = self.row(write)
        if row is None:
            return
        row.state, row.lease_until = WriteState.REJECTED, None
        row.look_up_first = row.look_up_first or row.operation == CREATE  # typed in meanwhile?
        self.parked[row.document_id].extend(why)
        self.tell(row, "write.held_back", subject=why[0].evidence["subject"])

    def look_up_again(self, write: Write) -> None:
        """Not found yet, and the server may still apply it."""
        row = self.row(write)
        if row is not None:
            row.lookups += 1
            row.verify_at = self.now + pause_before_look_up(row.lookups)

    def change_again(self, write: Write, found: Found) -> None:
        """Make a refused change once more, for the version that stands now."""
        row = self.row(write)
        if row is None:
            return
        row.content = {**row.content, "etag": found.written.etag}
        row.digest = digest(row.content)
        row.state, row.verify_at, row.not_before = WriteState.PENDING, None, None
        row.save(update_fields=["content", "digest"])
        self.tell(row, "write.rebased")

    def free_to_send(self, write: Write, epoch: int) -> None:
        """Looked up and not there, and the server can no longer apply an earlier attempt."""
        row = self.row(write)
        if row is None:
            return
        row.state, row.look_up_first, row.verify_at = WriteState.PENDING, False, None
        row.not_before, row.epoch = None, epoch
        if row.attempt:
            self.tell(row, "write.settled_unapplied", lookups=row.lookups)

    def tell(self, row: Write, action: str, **facts: Any) -> None:
        """Note in the audit what became of a write."""
        tell_of(row, action, attempt=row.attempt, **facts)

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
        found = _total_differs(document, difference)
        self.parked[document.pk].append(found)
        self.tell(row, "write.not_posted", **difference)

    def _note_difference(self, row: Write, written: Written) -> None:
        """Where nothing is posted, a total that the ledger computes otherwise is a warning."""
        is_draft = row.operation == CREATE and row.kind in INVOICE_KINDS
        if not is_draft or self.site.policy.invoice.post:
            return
        document = self.documents[row.document_id]
        total = written.facts.get("total")
        if total is None or document.amount is None:
            return
        allowed = allowed_difference(row.content, self.site.policy)
        if abs(Decimal(str(total)) - abs(document.amount)) > allowed:
            difference = {"total": document.amount, "ledger_total": Decimal(str(total))}
            note = _total_differs(document, difference)
            document.notes = [*document.notes, stored(note)]


def _total_differs(document: Document, totals: Mapping[str, str | Decimal]) -> Reason:
    said = {name: Amount(Decimal(each), document.currency) for name, each in totals.items()}
    return reason("tax_differs/ledger", document=document.source_id, **said)
