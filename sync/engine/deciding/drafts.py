"""Our drafts that stand unposted: none is posted with another coding than the one decided now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from uuid import UUID

from connectors.base import CREATE, POST, Step
from sync.domain.decision import Action, Decision
from sync.domain.reasons import reason
from sync.domain.refusals import Booked
from sync.engine.refusals import books_of
from sync.models import Document, Write, WriteState


class Drafts:
    """What stands of a block's documents as drafts; read once, and only where something stands."""

    def __init__(self, documents: Iterable[Document]) -> None:
        self._begun = [document.pk for document in documents if document.booked_fingerprint]

    def park(self, document: Document, decision: Decision, steps: Sequence[Step]) -> Decision:
        """Return the decision, or one that parks because a draft to be posted is coded otherwise.

        A draft keeps the vendor, accounts and dimensions that it was written with, whatever the
        mappings say later; posting it would book what nobody decided.
        """
        posted = {step.kind for step in steps if step.operation == POST}
        for kind, now in books_of(decision.effects).items():
            draft = self._unposted.get((document.pk, kind))
            if draft is None or kind not in posted:
                continue
            then = [Booked.of(line) for line in draft.books]
            if all(line in now for line in then) and all(line in then for line in now):
                continue
            found = reason(
                "mapping_invalid/draft",
                document=document.source_id,
                draft=draft.number,
                draft_says=_words(then, but=now),
                now_says=_words(now, but=then),
            )
            return replace(decision, action=Action.PARK, reasons=(found,), effects=())
        return decision

    @cached_property
    def _unposted(self) -> Mapping[tuple[UUID, str], Write]:
        """The confirmed first steps of ledger documents that are not posted; of those that were
        written before codings were kept with them, nothing is known."""
        rows = Write.objects.filter(
            document__in=self._begun, operation__in=(CREATE, POST), state=WriteState.CONFIRMED
        ).only("document_id", "kind", "operation", "books", "number")
        rows = list(rows) if self._begun else []
        posted = {(row.document_id, row.kind) for row in rows if row.operation == POST}
        drafts = {
            (row.document_id, row.kind): row
            for row in rows
            if row.operation == CREATE and row.books
        }
        return {key: row for key, row in drafts.items() if key not in posted}


def _words(lines: Sequence[Booked], *, but: Sequence[Booked]) -> str:
    """Name the codings that the other side does not have; all where it has each of them."""
    own = [line for line in lines if line not in but]
    return ", ".join(line.words() for line in own or lines)
