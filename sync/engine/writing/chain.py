"""The chain of writes of a document: planned steps become rows, in the decision's transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max

from audit.rows import insert_rows
from connectors.base import CREATE, Step
from sync.domain.fingerprint import digest
from sync.domain.refusals import Booked
from sync.engine.bulk import update_rows
from sync.engine.site import WRITTEN_BACK, Site
from sync.models import Document, Epoch, Write, WriteState
from sync.models.write import PAST_STATES

_CLOCKS_APART = timedelta(days=1)  # a source may stamp in its own time zone
_UNSENT = (WriteState.QUEUED, WriteState.PENDING, WriteState.CLAIMED)
_RETRIED = (WriteState.REJECTED, WriteState.CONFLICT)
_ANEW = "purchase_order"
_CHANGED_FIELDS = [
    "natural_key",
    "content",
    "digest",
    "books",
    "state",
    "sequence",
    "run",
    "look_up_first",
    "error",
    "not_before",
    "verify_at",
]


def save_chains(
    site: Site,
    planned: Sequence[tuple[Document, Sequence[Step]]],
    *,
    run_id: UUID,
    look_up: frozenset[str] = frozenset(),
    books: Mapping[UUID, Mapping[str, Sequence[Booked]]] | None = None,
) -> None:
    """Store the steps of each document as writes, the first open one ready to be sent.

    A step that stands already is kept. One that was refused is tried again with the new content,
    after a look-up. An unsent one is replaced. `look_up` names kinds whose first send is preceded
    by a look-up, because people may have typed such documents by hand; `books` says what the
    ledger documents of each kind book on.
    """
    chains = _Chains(site, planned, run_id=run_id, look_up=look_up, books=books or {})
    for document, steps in planned:
        chains.plan(document, steps)
    insert_rows(chains.created)
    update_rows(chains.changed, _CHANGED_FIELDS)


class _Chains:
    """The writes of a block of documents, as their plans want them; saved by the caller."""

    def __init__(
        self,
        site: Site,
        planned: Sequence[tuple[Document, Sequence[Step]]],
        *,
        run_id: UUID,
        look_up: frozenset[str],
        books: Mapping[UUID, Mapping[str, Sequence[Booked]]],
    ) -> None:
        self._site, self._run_id, self._look_up, self._books = site, run_id, look_up, books
        self._existing = _existing([document.pk for document, _ in planned])
        self._revisions = _revisions(site, [step for _, steps in planned for step in steps])
        self._life = current_life()
        self.created: list[Write] = []
        self.changed: list[Write] = []

    def plan(self, document: Document, steps: Sequence[Step]) -> None:
        """Bring the writes of a document in line with its steps.

        The first open one may go; what is written back to the source goes on its own, unless it
        tells a number that a vendor of this very chain is still to get.
        """
        rows = self._existing.get(document.pk, {})
        wanted = {(step.kind, step.operation) for step in steps}
        needs_vendor = any(step.kind == "vendor" for step in steps)
        is_first_open = True
        for sequence, step in enumerate(steps, start=_after(rows, wanted)):
            row = self._open_row(document, step, rows.get((step.kind, step.operation)))
            if row is None:
                continue
            row.sequence, row.run_id = sequence, self._run_id
            lines = self._books.get(document.pk, {}).get(step.kind, ())
            row.books = [line.as_dict() for line in lines]
            is_free = step.kind == WRITTEN_BACK and not (needs_vendor and _awaits_number(step))
            if row.state in (WriteState.PENDING, WriteState.QUEUED):
                is_next = is_first_open or is_free
                row.state = WriteState.PENDING if is_next else WriteState.QUEUED
            is_first_open = is_first_open and is_free
        for key, row in rows.items():
            if key not in wanted and row.state in (*_UNSENT, *_RETRIED):
                row.state = WriteState.CANCELLED
                self.changed.append(row)

    def _open_row(self, document: Document, step: Step, row: Write | None) -> Write | None:
        """Return the write of a step; None when the step stands already."""
        if row is None or _is_another_change(row, step):
            return self._new_row(document, step)
        if row.state == WriteState.CONFIRMED:
            return None
        if row.state in (*_UNSENT, *_RETRIED, *PAST_STATES):
            _renew(row, step)
            self.changed.append(row)
        return row

    def _new_row(self, document: Document, step: Step) -> Write:
        integration = self._site.integration
        is_back = step.kind == WRITTEN_BACK
        key = (step.kind, step.operation, step.natural_key)
        row = Write(
            tenant_id=document.tenant_id,
            integration=integration,
            connection_id=integration.source_id if is_back else integration.ledger_id,
            document=document,
            kind=step.kind,
            operation=step.operation,
            natural_key=step.natural_key,
            revision=self._revisions.get(key, 0) + 1,
            content=step.content,
            digest=digest(step.content),
            look_up_first=step.kind in self._look_up and step.operation == CREATE,
            epoch=self._life.number_for(document),
        )
        self.created.append(row)
        return row


def _awaits_number(step: Step) -> bool:
    """Whether a step writes back the number that the ledger gives to the vendor of its chain."""
    return "{erpNumber}" in str(step.content)


def _after(rows: Mapping[tuple[str, str], Write], wanted: set[tuple[str, str]]) -> int:
    """Return the place where an order's steps begin: behind those of earlier chains that stand."""
    earlier = (
        row.sequence
        for key, row in rows.items()
        if row.kind == _ANEW and key not in wanted and row.state == WriteState.CONFIRMED
    )
    return max(earlier, default=-1) + 1


def _is_another_change(row: Write, step: Step) -> bool:
    """A change of a record that was changed before is an effect of its own."""
    is_done = row.state == WriteState.CONFIRMED and row.operation.startswith("update")
    return is_done and row.digest != digest(step.content)


@dataclass(frozen=True, slots=True)
class Life:
    """Which life of the installation this is, and when it began (None: it is the first).

    A restored database has forgotten what was sent after its snapshot was taken. What may have been
    sent in an earlier life is looked up before it is sent in this one.
    """

    number: int = 1
    begun_at: datetime | None = None

    def number_for(self, document: Document) -> int:
        """Return the life that a new effect may come from: an earlier one may have had a source
        state that is no newer than the restore."""
        if self.begun_at is None:
            return self.number
        changed = document.modified_at
        is_older = changed is None or changed <= self.begun_at + _CLOCKS_APART
        return self.number - 1 if is_older else self.number


def current_life() -> Life:
    last = Epoch.objects.order_by("-number").first()
    return Life(last.number, last.begun_at) if last else Life()


def standing(ids: Iterable[UUID]) -> dict[UUID, frozenset[str]]:
    """Return the states in a document's chain, for those that have one."""
    states: dict[UUID, set[str]] = defaultdict(set)
    rows = Write.objects.filter(document__in=list(ids)).exclude(state__in=PAST_STATES)
    for document_id, state in rows.values_list("document_id", "state"):
        states[document_id].add(state)
    return {document_id: frozenset(found) for document_id, found in states.items()}


def known_facts(chain: Sequence[Write], kind: str) -> dict[str, Any]:
    """Return what the confirmed steps of one kind taught later ones: ids, numbers, line ids.

    An order that took another's place begins anew.
    """
    known: dict[str, Any] = {}
    for row in chain:
        if row.kind == kind and row.state == WriteState.CONFIRMED:
            if row.kind == _ANEW and row.operation.startswith("create_"):
                known = {}
            known |= {"id": row.remote_id, "number": row.number, "etag": row.etag, **row.facts}
        elif kind == WRITTEN_BACK and row.kind == "vendor" and row.number:
            known["vendor_number"] = row.number
    return known


def as_step(row: Write) -> Step:
    return Step(row.kind, row.operation, row.natural_key, row.content)


def _existing(ids: Sequence[UUID]) -> Mapping[UUID, dict[tuple[str, str], Write]]:
    rows: dict[UUID, dict[tuple[str, str], Write]] = defaultdict(dict)
    for row in Write.objects.select_for_update().filter(document__in=ids).order_by("revision"):
        rows[row.document_id][(row.kind, row.operation)] = row
    return rows


def _revisions(site: Site, steps: Sequence[Step]) -> dict[tuple[str, str, str], int]:
    """Return the highest revision of each natural key; a higher one exists only where a person
    accepted a document with a number that was used before."""
    rows = Write.objects.filter(
        integration=site.integration, natural_key__in={step.natural_key for step in steps}
    )
    grouped = rows.order_by().values_list("kind", "operation", "natural_key")
    return {key[:3]: key[3] for key in grouped.annotate(highest=Max("revision"))}


def _renew(row: Write, step: Step) -> None:
    """Give an open or refused write new content; what may be there already is looked up first."""
    row.natural_key = step.natural_key
    row.content = dict(step.content)
    row.digest = digest(step.content)
    row.look_up_first = row.look_up_first or row.attempt > 0
    row.state = WriteState.PENDING
    row.error = None
    row.not_before = row.verify_at = None
