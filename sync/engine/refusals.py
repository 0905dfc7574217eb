"""Remembered refusals: learned from the ledger's answers, believed before the next write.

A fact holds back every document that would book on the refused codes, until a later success, a
person, or the ledger's own reference data says that the cause is gone. So that a fact never
outlives its cause for long, one document may try again when the fact is old, when somebody retries
or when what it names changed in the ledger; the others follow its success.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F

from audit.record import record as tell
from connectors.base import Step
from connectors.documents import (
    JournalEntry,
    LedgerDocument,
    LedgerInvoice,
    ReferenceKind,
    Resource,
)
from connectors.errors import ChangedInLedger, ConnectorError, NumberTaken
from sync.domain.decision import Action, Decision
from sync.domain.money import plain
from sync.domain.reasons import Reason, reason
from sync.domain.refusals import Booked, booked_by, pause_before_next_try, step_of, subject_of
from sync.engine.bulk import update_rows
from sync.engine.parking import documents_waiting
from sync.engine.release import release_causes, release_documents
from sync.engine.site import Site
from sync.models import (
    Document,
    DocumentState,
    FlowName,
    Integration,
    LedgerItem,
    Refusal,
    Run,
    Trigger,
    Write,
    WriteState,
)

Books = dict[str, list[Booked]]  # kind of ledger document -> the codes it books on


def active(integration: Integration) -> Any:
    return Refusal.objects.filter(integration=integration, ended_at__isnull=True)


def books_of(effects: Iterable[LedgerDocument]) -> Books:
    """Return what each kind of ledger document books on."""
    return {_kind(effect): booked_by(effect) for effect in effects}


def _kind(effect: LedgerDocument) -> str:
    if isinstance(effect, JournalEntry):
        return "journal"
    if isinstance(effect, LedgerInvoice):
        is_credit = effect.resource is Resource.CREDIT_NOTE
        return "purchase_credit_memo" if is_credit else "purchase_invoice"
    return "purchase_order"


# Before writing.


class Believed:
    """The facts that hold while a block is decided; `now` is the database's.

    What stands of the block's documents is read once, and only where a fact is met.
    """

    def __init__(
        self, site: Site, now: datetime, run: Run | None, documents: Iterable[Document]
    ) -> None:
        self._now, self._run = now, run
        self._block = [document.pk for document in documents]
        facts = active(site.integration).select_related("document")
        self._facts = [(fact, Booked.of(fact.subject)) for fact in facts.order_by("first_at")]
        self._trying: dict[UUID, Refusal] = {}

    def park(self, document: Document, decision: Decision, steps: Sequence[Step]) -> Decision:
        """Return the decision, or one that parks because the ledger would refuse a step of it.

        Steps that stand already are no longer refused. Of the documents that a fact holds back the
        first one tries again once the fact is due.
        """
        facts = self._met_by(document, decision, steps) if self._facts and steps else []
        held = [fact for fact in facts if not self._may_try(fact)]
        if not held:
            for fact in facts:
                fact.try_at = self._now + pause_before_next_try(fact.count + 1)
                fact.tried_at = self._now
                self._trying[fact.pk] = fact
            return decision
        found = tuple(remembered(fact) for fact in held)
        return replace(decision, action=Action.PARK, reasons=found, effects=())

    def save_tries(self) -> None:
        """Note which facts are being tried, so that no second document does."""
        update_rows(self._trying.values(), ["try_at", "tried_at"])
        for fact in self._trying.values():
            tell("refusal.tried", target=fact, facts={"cause": fact.cause})

    def _met_by(
        self, document: Document, decision: Decision, steps: Sequence[Step]
    ) -> list[Refusal]:
        books = books_of(decision.effects)
        planned = {step_of(step.kind, step.operation): step.kind for step in steps}
        met = [
            fact
            for fact, subject in self._facts
            if fact.step in planned
            and any(subject.covers(line) for line in books.get(planned[fact.step], ()))
        ]
        stands = self._standing.get(document.pk, ()) if met else ()
        return [fact for fact in met if fact.step not in stands]

    @cached_property
    def _standing(self) -> Mapping[UUID, set[str]]:
        """The steps that stand of each document of the block."""
        found: dict[UUID, set[str]] = defaultdict(set)
        rows = Write.objects.filter(document__in=self._block, state=WriteState.CONFIRMED)
        for document_id, kind, operation in rows.values_list("document_id", "kind", "operation"):
            found[document_id].add(step_of(kind, operation))
        return found

    def _may_try(self, fact: Refusal) -> bool:
        """Whether a fact is due; who replays documents by hand may always try one."""
        if fact.pk in self._trying:
            return False
        run = self._run
        asked = run is not None and run.trigger == Trigger.REPLAY
        if asked and (fact.tried_at is None or fact.tried_at < run.queued_at):
            return fact.last_at < run.queued_at
        return fact.try_at <= self._now


def remembered(fact: Refusal) -> Reason:
    """Return why a document that meets this fact is not sent."""
    return reason(
        "ledger_refused/remembered",
        subject=Booked.of(fact.subject).words(),
        step=_step_words(fact.step),
        refused_on=fact.last_at.date(),
        refused_at=fact.last_at,
        refused_document=(fact.document.reference or fact.document.source_id)
        if fact.document
        else "an earlier document",
        refused_id=str(fact.document_id) if fact.document_id else None,
        words=fact.words,
        code=fact.code,
        refusals=fact.count,
        next_try_at=fact.try_at,
    )


# After an answer.


def learn(
    site: Site, document: Document, row: Write, error: ConnectorError, now: datetime
) -> Reason | None:
    """Remember a refusal that is about more than its document; returns its reason, else None."""
    if isinstance(error, ChangedInLedger | NumberTaken) or not row.books:
        return None
    kind = ReferenceKind.DIMENSIONS
    dimensions = LedgerItem.objects.filter(integration=site.integration, kind=kind)
    subject = subject_of(
        error.message,
        [Booked.of(stored) for stored in row.books],
        code=error.code,
        dimensions=dimensions.values_list("code", flat=True),
        own=_own(document),
    )
    if subject is None:
        return None
    step = step_of(row.kind, row.operation)
    found = reason(
        "ledger_refused/learned",
        subject=subject.words(),
        step=_step_words(step),
        words=error.message,
        code=error.code,
    )
    _remember(site, document, step, subject, found, now)
    return found


def _own(document: Document) -> list[str]:
    own = [document.reference, document.supplier_reference, document.source_id]
    if document.amount:
        own += [
            plain(document.amount),
            f"{abs(document.amount):.2f}",
            f"{abs(document.amount):,.2f}",
        ]
    return own


def _remember(
    site: Site, document: Document, step: str, subject: Booked, found: Reason, now: datetime
) -> None:
    cause = found.cause[:300]
    said = {"words": found.evidence["words"], "code": str(found.evidence["code"])[:100]}
    fact = active(site.integration).filter(cause=cause).first()
    if fact is None:
        fact = Refusal(
            integration=site.integration,
            tenant_id=site.tenant_id,
            step=step,
            subject=subject.as_dict(),
            cause=cause,
            count=0,
            first_at=now,
        )
    is_news = not fact.count or document.decided_at > fact.last_at
    if is_news:  # what was on its way beside the first one teaches nothing more
        fact.words, fact.code, fact.document = said["words"], said["code"], document
        fact.count += 1
        fact.last_at, fact.try_at = now, now + pause_before_next_try(fact.count)
        fact.save()
    tell("refusal.remembered", target=fact, document=document.pk, facts={"cause": cause, **said})


def end_by_success(site: Site, rows: Iterable[Write], now: datetime) -> None:
    """What the ledger takes now, it no longer refuses: end the facts that a write disproves."""
    rows = list(rows)
    if not rows:
        return
    for fact in active(site.integration):
        subject = Booked.of(fact.subject)
        for row in rows:
            lines = (Booked.of(stored) for stored in row.books)
            if step_of(row.kind, row.operation) == fact.step and any(map(subject.covers, lines)):
                end(fact, by="success", now=now)
                break


def end(fact: Refusal, *, by: str, now: datetime) -> int:
    """Forget a refusal and let everything go on that it held back; returns how many."""
    fact.ended_at, fact.ended_by = now, by[:200]
    fact.save(update_fields=["ended_at", "ended_by"])
    tell("refusal.ended", target=fact, facts={"cause": fact.cause, "by": by})
    return release_causes(fact.integration, [fact.cause])


# Trying again.


def try_due(site: Site, flow_name: str, now: datetime) -> None:
    """Let one document of each fact that is due try again; use inside `site.rows()`."""
    if flow_name not in (FlowName.PURCHASE_ORDERS, FlowName.INVOICES):
        return
    for fact in active(site.integration).filter(try_at__lte=now):
        release_one(fact)


def try_now(integration: Integration, causes: Iterable[str]) -> None:
    """Make the facts due: the next document that meets one of them tries."""
    active(integration).filter(cause__in=list(causes)).update(try_at=F("last_at"))


def try_changed(
    integration: Integration, kind: ReferenceKind, codes: Iterable[str], now: datetime
) -> None:
    """What a fact names was changed in the ledger: one document finds out whether it helps."""
    names = {
        ReferenceKind.SUPPLIERS: lambda subject: {subject.vendor},
        ReferenceKind.LEDGER_ACCOUNTS: lambda subject: {subject.account},
        ReferenceKind.DIMENSIONS: lambda subject: set(subject.dimensions),
        ReferenceKind.DIMENSION_VALUES: lambda subject: {
            f"{name}/{value}" for name, value in subject.dimensions.items()
        },
    }.get(kind)
    codes = set(codes)
    if names is None or not codes:
        return
    for fact in active(integration):
        if names(Booked.of(fact.subject)) & codes:
            fact.try_at = now
            fact.save(update_fields=["try_at"])
            release_one(fact)


def causes_naming(integration: Integration, targets: Iterable[str]) -> list[str]:
    """Return the causes of the facts that name one of these targets of a mapping."""
    targets = set(targets)
    found = []
    for fact in active(integration) if targets else ():
        subject = Booked.of(fact.subject)
        codes = {f"{name}/{value}" for name, value in subject.dimensions.items()}
        if targets & {subject.vendor, subject.account, *codes}:
            found.append(fact.cause)
    return found


def release_one(fact: Refusal) -> None:
    """Let the first document that a fact holds back be decided anew."""
    waiting = documents_waiting(fact.integration_id, [fact.cause])
    parked = Document.objects.filter(pk__in=waiting, state=DocumentState.PARKED)
    rows = parked.order_by("modified_at", "source_id")
    release_documents(fact.integration, list(rows.values_list("pk", flat=True)[:1]))


def _step_words(step: str) -> str:
    return step.replace("_", " ")


__all__ = [
    "Believed",
    "Books",
    "active",
    "books_of",
    "causes_naming",
    "end",
    "end_by_success",
    "learn",
    "remembered",
    "try_changed",
    "try_due",
    "try_now",
]
