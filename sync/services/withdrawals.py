"""Use case: our own untouched draft is taken back from the ledger, by a person's click.

Only what was cancelled or changed at the source after it was written (domain 1a, 46), or coded
otherwise since, and only while nothing of it is posted. The ledger is asked by the engine, as for
every write; what somebody changed or posted there meanwhile is refused and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.record import record
from connectors.base import POST, Effect
from connectors.withdrawing import WITHDRAW, withdrawal
from sync.domain.fingerprint import digest
from sync.engine import tickets
from sync.engine.writing.beside import not_ours
from sync.engine.writing.chain import as_step, current_life, known_facts
from sync.models import OPEN_STATES, Document, DocumentState, Write, WriteState
from sync.models.write import PAST_STATES
from tenants.refusal import Clash

_REASONS = frozenset({"cancelled_at_source", "changed_at_source"})
_KINDS = ("purchase_invoice", "purchase_credit_memo", "journal")  # in the order of taking back
_ON_ITS_WAY = frozenset(OPEN_STATES) - {WriteState.QUEUED}  # queued behind what was refused


def is_about_our_draft(reason: Mapping[str, Any]) -> bool:
    """Whether taking our draft back is a way out of a stored reason."""
    return reason.get("code") in _REASONS or "draft_says" in reason.get("evidence", {})


def is_withdrawable(document: Document, writes: Iterable[Write]) -> bool:
    """Whether a person may have the document's drafts taken back."""
    return _hindrance(document, list(writes)) == ""


def document_withdraw(document: Document) -> int:
    """Have what stands of a document in the ledger deleted there while it is an untouched draft;
    returns how many ledger documents that are. Raises Clash `not_withdrawable`."""
    document = Document.objects.select_for_update(of=("self",)).get(pk=document.pk)
    rows = list(
        Write.objects.select_for_update().filter(document=document).order_by("sequence", "revision")
    )
    hindrance = _hindrance(document, rows)
    if hindrance:
        raise Clash("not_withdrawable", hindrance)
    standing = _standing(rows)
    ids = [row.pk for row in rows if row.state not in (WriteState.CONFIRMED, *PAST_STATES)]
    Write.objects.filter(pk__in=ids).update(state=WriteState.CANCELLED)
    planned = _planned(document, rows, standing)
    Write.objects.bulk_create(planned)
    Document.objects.filter(pk=document.pk).update(
        state=DocumentState.WRITING, changed_at=timezone.now()
    )
    facts = {"effects": [row.natural_key for row in planned]}
    record("document.withdrawal_asked", target=document, document=document.pk, facts=facts)
    tickets.wake(document.integration_id, interactive=True)
    return len(planned)


def documents_withdraw(documents: Iterable[UUID]) -> int:
    """Take back those of the documents that can be; returns how many."""
    count = 0
    for document in Document.objects.filter(pk__in=list(documents)).order_by("pk"):
        rows = Write.objects.filter(document=document)
        if is_withdrawable(document, rows):
            document_withdraw(document)
            count += 1
    return count


def _hindrance(document: Document, rows: Sequence[Write]) -> str:
    """Say what speaks against it, with what to do instead; empty where nothing does."""
    if document.state != DocumentState.PARKED or not any(map(is_about_our_draft, document.reasons)):
        return "Only what was cancelled or changed since, or is coded otherwise now, is withdrawn."
    live = [row for row in rows if row.state not in PAST_STATES]
    if any(row.state in _ON_ITS_WAY for row in live):
        return "A request of it is on its way to the ledger. Try again when its end is known."
    standing = [row for row in live if row.state == WriteState.CONFIRMED and row.kind in _KINDS]
    if not standing:
        return "Nothing of it stands in the ledger. Replay it, or reject it."
    if any(row.operation == POST or row.facts.get("posted") for row in standing):
        return "It is posted in the ledger and stays there. Book a credit note, or reverse it."
    return ""


def _standing(rows: Iterable[Write]) -> dict[str, list[Write]]:
    found: dict[str, list[Write]] = {}
    for kind in _KINDS:
        chain = [row for row in rows if row.kind == kind and row.state == WriteState.CONFIRMED]
        if chain:
            found[kind] = chain
    return found


def _planned(
    document: Document, rows: Sequence[Write], standing: dict[str, list[Write]]
) -> list[Write]:
    """Return one write for each kind: the invoice first, its journal once that is gone."""
    sequence = max(row.sequence for row in rows) + 1
    life = current_life()
    strangers = not_ours([document.pk]).get(document.pk)
    planned = []
    for place, (kind, chain) in enumerate(standing.items()):
        known = {**known_facts(chain, kind), "id": chain[0].remote_id}
        if strangers:
            known["not_ours"] = strangers
        step = withdrawal(Effect(kind, tuple(as_step(row) for row in chain), known))
        same = Write.objects.filter(
            integration=document.integration_id, kind=kind, natural_key=step.natural_key
        )
        planned.append(
            Write(
                tenant_id=document.tenant_id,
                integration_id=document.integration_id,
                connection_id=chain[0].connection_id,
                document=document,
                kind=kind,
                operation=WITHDRAW,
                natural_key=step.natural_key,
                revision=same.count() + 1,
                content=step.content,
                digest=digest(step.content),
                sequence=sequence + place,
                epoch=life.number,
                state=WriteState.QUEUED if place else WriteState.PENDING,
            )
        )
    return planned
