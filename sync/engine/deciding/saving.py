"""Stores the decisions of a block in bulk: states, causes, writes, outcomes, audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from audit.record import record as tell
from connectors import codec
from connectors.base import PlannedRequest, Step
from connectors.documents import LedgerOrderChange, SupplierChange
from connectors.errors import PlaceUnknown
from sync.domain.decision import Action, Decision
from sync.domain.planned import planned_of
from sync.domain.reasons import reason
from sync.engine.bulk import update_rows
from sync.engine.clock import database_now
from sync.engine.deciding.hindrances import Hindrances
from sync.engine.deciding.reductions import reductions
from sync.engine.parking import apply_causes, arrival_keys, stored
from sync.engine.pretending import LOOK, pretended_of
from sync.engine.refusals import books_of
from sync.engine.release import release_causes, rival_keys
from sync.engine.site import Site
from sync.engine.writing import save_chains, standing
from sync.engine.writing.first_look import FirstStep, first_steps, look_up_kinds
from sync.models import (
    Allocation,
    Document,
    DocumentState,
    FlowName,
    Link,
    Outcome,
    Run,
    WriteState,
)
from sync.words import reason_title

Decided = Sequence[tuple[Document, Decision]]

_DOCUMENT_FIELDS = [
    "state",
    "reasons",
    "notes",
    "match",
    "blocked_because",
    "decided_at",
    "changed_at",
    "queued_run",
    "planned_fingerprint",
    "booked_fingerprint",
]
_ENDED = frozenset({Action.SETTLE, Action.IGNORE, Action.REJECT})  # what is unsent stays unsent
_DECISION_WORDS = {
    Action.CREATE: "it goes to the ledger",
    Action.UPDATE: "what stands in the ledger is changed",
    Action.SKIP: "nothing is to be written, it stands already",
    Action.WAIT: "it waits",
    Action.PARK: "it needs review",
    Action.REJECT: "it is rejected",
    Action.SETTLE: "it was settled at the source, nothing is to be written",
    Action.IGNORE: "it is left out by the policy",
}


def save_decisions(site: Site, run: Run, decided: Decided) -> None:
    """Store everything that follows from the decisions; use inside `site.rows()`."""
    now = database_now()
    hindrances = Hindrances(site, now, run, [document for document, _ in decided])
    planned = [
        (document, *plan_of(site, document, decision, hindrances)) for document, decision in decided
    ]
    hindrances.save_tries()
    decided = [(document, decision) for document, decision, _ in planned]
    for document, decision in decided:
        document.state = decision.state
        document.reasons = [stored(item) for item in decision.reasons]
        document.notes = [_note(item) for item in decision.notes]
        if decision.effects:
            document.planned_fingerprint = document.fingerprint
        document.match = dict(decision.match) if decision.match else None
        document.decided_at = document.changed_at = now
        document.queued_run = None
    _link_bound(decided)
    freed = _freed(run, decided)
    _save_taken(site, decided)
    chains = [(document, steps) for document, _, steps in planned if steps]
    over = [(document, []) for document, decision, _ in planned if decision.action in _ENDED]
    books = {document.pk: books_of(decision.effects) for document, decision, _ in planned}
    save_chains(
        site, [*chains, *over], run_id=run.pk, look_up=look_up_kinds(run, chains), books=books
    )
    _restate_standing(chains)
    update_rows([document for document, _ in decided], _DOCUMENT_FIELDS)
    apply_causes(
        site.integration, [(document, decision.reasons) for document, decision in decided], now
    )
    _save_outcomes(run, decided)
    _tell(run, decided)
    _release_who_waited(site, decided, freed)


def _note(item: Any) -> dict[str, Any]:
    """Return a note in the shape of a reason: something to know, nothing to do."""
    if isinstance(item, str):
        return {"code": "note", "message": item, "owner": "nobody", "fix": "", "evidence": {}}
    return codec.dump(item)


def plan_of(
    site: Site, document: Document, decision: Decision, hindrances: Hindrances
) -> tuple[Decision, list[Step]]:
    """Return a decision with the chain of steps that brings it about.

    What the ledger's fields cannot hold parks the document instead, and so does what stands against
    sending it.
    """
    post = site.policy.invoice.post
    try:
        steps = [
            step
            for effect in decision.effects
            for step in _writer(site, effect).plan(site.company_id, effect, post=post)
        ]
        warnings = tuple(words for step in steps for words in step.warnings)
        decision = replace(decision, notes=(*decision.notes, *warnings))
        if decision.effects and not steps:
            return _nothing_to_send(decision), []
        decision = hindrances.park(document, decision, steps)
        return decision, steps if decision.effects else []
    except PlaceUnknown as error:
        refusal = reason("mapping_invalid/column", dimension=error.dimension, problem=error.why)
    except ValueError as error:
        refusal = reason("too_long/ledger", document=document.source_id, words=str(error))
    return replace(decision, action=Action.PARK, reasons=(refusal,), effects=()), []


def _nothing_to_send(decision: Decision) -> Decision:
    """What the ledger cannot hold in any of its fields is no change of what stands there."""
    action = Action.PARK if decision.reasons else Action.SKIP
    return replace(decision, action=action, effects=())


def previewed(site: Site, run: Run, decided: Decided) -> list[Outcome]:
    """Return what would happen, and what would be sent, as outcomes of a preview run."""
    rows = []
    hindrances = Hindrances(site, database_now(), run, [document for document, _ in decided])
    planned = [
        (document, *plan_of(site, document, decision, hindrances)) for document, decision in decided
    ]
    after = reductions(site, [(document, decision) for document, decision, _ in planned])
    looks = first_steps(run, [(document, steps) for document, _, steps in planned])
    for document, decision, steps in planned:
        row = _outcome(run, document, decision)
        row.state = decision.state
        row.reasons = [stored(item) for item in decision.reasons]
        steps_after = _steps_after(site, after.get(document.pk, ()))
        requests = _requests(site, [*steps, *steps_after])
        row.requests = [codec.dump(request) for part in requests for request in part]
        row.planned = planned_of(decision.effects)
        row.pretended = pretended_of(document, decision, steps)
        if document.pk in looks:
            row.pretended[LOOK] = _look(looks[document.pk], len(requests[0]))
        rows.append(row)
    return rows


def _look(first: FirstStep, requests: int) -> dict[str, Any]:
    """Keep what is to be looked for in the ledger once everything is decided, and how many of the
    requests would not be sent if it stands there."""
    step = first.step
    kept = [step.kind, step.operation, step.natural_key, dict(step.content)]
    return {"step": kept, "was_sent": first.was_sent, "requests": requests}


def save_preview(rows: Sequence[Outcome]) -> None:
    Outcome.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["run", "document"],
        update_fields=["decision", "state", "reasons", "requests", "planned", "pretended"],
        batch_size=500,
    )


def requests_of(
    site: Site, document: Document, decision: Decision
) -> tuple[Decision, list[Step], list[list[PlannedRequest]]]:
    """Return a decision with its steps, and exactly what each of them and of those that follow it
    would send, in their order."""
    hindrances = Hindrances(site, database_now(), None, [document])
    decision, steps = plan_of(site, document, decision, hindrances)
    after = reductions(site, [(document, decision)])
    steps_after = _steps_after(site, after.get(document.pk, ()))
    return decision, steps, _requests(site, [*steps, *steps_after])


def _steps_after(site: Site, changes: Sequence[LedgerOrderChange]) -> list[Step]:
    """Return the steps by which orders follow a document."""
    return [step for change in changes for step in site.ledger.plan(site.company_id, change)]


def _requests(site: Site, steps: Sequence[Step]) -> list[list[PlannedRequest]]:
    """Return what each step sends."""
    return [site.writer(step.kind).requests(site.company_id, step) for step in steps]


def _writer(site: Site, effect: Any) -> Any:
    return site.source if isinstance(effect, SupplierChange) else site.ledger


def _link_bound(decided: Decided) -> None:
    """Link what stands in the ledger already; nothing is written for it."""
    bound = [(document, decision.bound) for document, decision in decided if decision.bound]
    for document, decision in decided:
        if decision.bound and not decision.effects:
            document.booked_fingerprint = document.fingerprint
    Link.objects.bulk_create(
        [
            Link(
                tenant_id=document.tenant_id,
                document=document,
                kind=link.kind,
                remote_id=link.remote_id,
                number=link.number,
                facts={"bound": True},
            )
            for document, link in bound
        ],
        update_conflicts=True,
        unique_fields=["document", "kind"],
        update_fields=["remote_id", "number"],
    )


def _save_taken(site: Site, decided: Decided) -> None:
    """Replace what the documents take from order lines."""
    changed = [pair for pair in decided if pair[1].match is not None or pair[1].gives_back]
    Allocation.objects.filter(document__in=[document for document, _ in changed]).delete()
    Allocation.objects.bulk_create(
        [
            Allocation(
                tenant_id=site.tenant_id,
                document=document,
                order_id=taken.order_id,
                order_line=taken.order_line,
                quantity=taken.quantity,
                amount=taken.amount,
            )
            for document, decision in changed
            for taken in decision.taken
        ],
        batch_size=500,
    )


def _restate_standing(planned: Sequence[tuple[Document, Sequence[Step]]]) -> None:
    """A document whose every planned step stands already has nothing left to write."""
    chains = standing([document.pk for document, _ in planned])
    for document, _ in planned:
        states = chains.get(document.pk, frozenset())
        if states == {WriteState.CONFIRMED}:
            document.state = DocumentState.PARKED if document.reasons else DocumentState.WRITTEN
        elif states & {WriteState.UNKNOWN, WriteState.SENDING}:
            document.state = DocumentState.UNKNOWN


def _freed(run: Run, decided: Decided) -> list[str]:
    """Return what goes because invoices ended here; to be asked before what they took is gone."""
    if run.flow.resource != FlowName.INVOICES:
        return []
    ended = [document.pk for document, decision in decided if decision.action in _ENDED]
    return rival_keys(ended) if ended else []


def _release_who_waited(site: Site, decided: Decided, freed: Sequence[str]) -> None:
    """What stands without a write, or never will, holds nobody up any longer."""
    ended = (DocumentState.WRITTEN, DocumentState.SETTLED, DocumentState.IGNORED)
    keys = [key for doc, _ in decided if doc.state in ended for key in arrival_keys(doc)]
    release_causes(site.integration, [*keys, *freed])


def _save_outcomes(run: Run, decided: Decided) -> None:
    Outcome.objects.bulk_create(
        [_outcome(run, document, decision) for document, decision in decided],
        update_conflicts=True,
        unique_fields=["run", "document"],
        update_fields=["decision", "state", "reasons", "currency", "amount", "reference"],
        batch_size=500,
    )


def _outcome(run: Run, document: Document, decision: Decision) -> Outcome:
    return Outcome(
        tenant_id=document.tenant_id,
        run=run,
        document=document,
        reference=document.reference,
        decision=decision.action,
        state=document.state,
        reasons=document.reasons,
        currency=document.currency,
        amount=document.amount,
    )


def _tell(run: Run, decided: Decided) -> None:
    for document, decision in decided:
        codes = list(dict.fromkeys(item.code for item in decision.reasons))
        why = ", ".join(reason_title(code) for code in codes)
        match = (decision.match or {}).get("sentence", "")
        tell(
            "document.decided",
            target=document,
            document=document.pk,
            run=run.pk,
            facts={
                "decision": decision.action,
                "state": document.state,
                "codes": ", ".join(codes),
                "version": document.version,
                "words": f"{_DECISION_WORDS[decision.action]}. {why or match}".strip(". "),
            },
        )
