"""Use cases around review items: resolved, handed to somebody; inside the tenant's scope.

A review item is one open cause of an integration. Whatever is done acts on the documents that wait
for the cause, on all of them or on those named; the item closes when nobody waits for it any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q

from audit.record import record
from sync.domain.policy import parse
from sync.engine import refusals, tickets
from sync.engine.parking import close_emptied
from sync.engine.release import release_documents, release_rivals
from sync.engine.writing.beside import ACCEPTED_BESIDE, NAMED, with_earlier
from sync.models import (
    Document,
    DocumentState,
    FlowName,
    Override,
    ReviewItem,
    ReviewState,
    Wait,
    Write,
    WriteState,
)
from sync.services.refusals import remembered_forget
from sync.services.review_requests import Asked, asked_for
from sync.services.supplier_choices import AMBIGUOUS, BANK, NEW, choose, none_of_these
from tenants.models import Membership, User
from tenants.refusal import Clash, Invalid

ORDER_GIVEN = "order_reference"  # the override by which a person names the order
_FIGURE = re.compile(r"-?\d[\d.,:TZ%+-]*( [A-Z]{3})?")  # a number, an amount, a day or an instant
# On its way or perhaps applied: such a write is never taken back by a resolution.
_UNSENT = (WriteState.QUEUED, WriteState.PENDING)


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of a request to resolve; `awaiting`: a second person must ask the same."""

    review: ReviewItem
    documents: int
    awaiting: bool = False


def review_resolve(
    review: ReviewItem,
    *,
    action: Any,
    note: Any = "",
    order: Any = "",
    value: Any = "",
    documents: Iterable[Any] | None = None,
) -> Resolution:
    """Retry, accept, reject or ignore what waits for a cause.

    `accept` overrides a tolerance or a suspected duplicate for each document as it stands: it needs
    a note, and a second person where the policy says `four_eyes`. `order` names the purchase order
    that the documents mean, with `retry`; `value` is the side, `source` or `ledger`, whose value of
    a supplier's field holds, or `new` for a supplier that is none of the vendors proposed, both
    with `retry`. Raises Invalid, Clash `already_resolved` and
    `not_acceptable`.
    """
    review = ReviewItem.objects.select_for_update(of=("self",)).get(pk=review.pk)
    if review.state != ReviewState.OPEN:
        raise Clash("already_resolved", "This review is closed already.")
    asked = asked_for(review, action, note, order, value, documents)
    if action == "accept":
        return _accept(asked)
    steps: dict[str, Callable[[Asked], None]] = {
        "retry": _retry,
        "reject": _reject,
        "ignore": _ignore,
    }
    steps[action](asked)
    return Resolution(review, len(asked.documents))


def review_change(review: ReviewItem, changes: Mapping[str, Any]) -> ReviewItem:
    """Hand a review to a member (`assignee`: id or mail address, None for nobody) or set `due_at`.

    Raises Invalid for an assignee who is no member.
    """
    told: dict[str, Any] = {}
    if "assignee" in changes:
        person = _member(changes["assignee"])
        told["assignee"] = [_text(review.assignee_id), _text(person.pk if person else None)]
        review.assignee = person
    if "due_at" in changes:
        told["due_at"] = [review.due_at, changes["due_at"]]
        review.due_at = changes["due_at"]
    told = {field: pair for field, pair in told.items() if pair[0] != pair[1]}
    if told:
        review.save(update_fields=list(told))
        record("review.changed", target=review, changes=told)
    return review


def refusal_forget(review: ReviewItem) -> int:
    """Forget what the ledger refused: all that it held back goes on; returns how many.

    For who knows that the cause is gone; `retry` finds out with one document. Raises Clash
    `nothing_remembered` where the cause is no remembered refusal.
    """
    fact = refusals.active(review.integration).filter(cause=review.cause).first()
    if fact is None:
        raise Clash("nothing_remembered", "Nothing is remembered here that could be forgotten.")
    return remembered_forget(fact)


def _member(value: Any) -> User | None:
    if value in (None, ""):
        return None
    rows = Membership.objects.select_related("user")
    try:
        id = UUID(str(value))
        found = rows.filter(Q(user=id) | Q(pk=id)).first()
    except ValueError:
        found = rows.filter(user__email=str(value).strip().lower()).first()
    if found is None:
        raise Invalid({"assignee": ["Nobody here has this id or address."]})
    return found.user


def _text(value: Any) -> str | None:
    return str(value) if value else None


def _retry(asked: Asked) -> None:
    if asked.order:
        _give_order(asked)
    if asked.review.code == BANK:
        _override(asked, BANK, second="")  # a person has checked them, as they are now
    if asked.side == NEW:
        _create_new(asked)
    elif asked.side:
        for document in asked.documents:
            choose(document, _evidence(document, asked.review), asked.side)
    _tell("review.retried", asked)
    refusals.try_now(asked.review.integration, [asked.review.cause])
    _release(asked)


def _create_new(asked: Asked) -> None:
    suppliers = [one for one in asked.documents if one.flow_name == FlowName.SUPPLIERS]
    _override(replace(asked, documents=suppliers), AMBIGUOUS, second="")
    for document in suppliers:
        none_of_these(document, _evidence(document, asked.review))


def _give_order(asked: Asked) -> None:
    _override(asked, ORDER_GIVEN, second="", order=asked.order)
    _tell("review.order_given", asked, order=asked.order)


def _accept(asked: Asked) -> Resolution:
    review = asked.review
    if not review.reason.get("acceptable"):
        raise Clash(
            "not_acceptable",
            "Only a tolerance or a suspected duplicate can be accepted. Fix the cause instead.",
            details={"reason": review.code},
        )
    first = _first_person(asked)
    if first is None:
        return Resolution(review, 0, awaiting=True)
    if asked.order:
        _give_order(asked)
    code = ACCEPTED_BESIDE if _named(asked) else review.code
    _override(asked, code, second=asked.by if first != asked.by else "", first=first)
    for document in asked.documents:
        evidence = _evidence(document, review)
        facts = {"code": review.code, "figures": _figures(evidence)}
        if NAMED in evidence:
            facts["beside"] = {"numbers": evidence.get("numbers"), "ids": evidence[NAMED]}
        record("document.accepted", target=document, document=document.pk, facts=facts)
    _tell("review.accepted", asked)
    _release(asked)
    _close_when_complete(asked, second=asked.by if first != asked.by else "", by=first)
    return Resolution(review, len(asked.documents))


def _first_person(asked: Asked) -> str | None:
    """Return who answers for an acceptance, None while a second person has to agree.

    With four eyes the two are different users; an API key may ask, and counts for nobody.
    """
    review = asked.review
    if not parse(review.integration.policy).four_eyes:
        return asked.by
    pending = review.pending_accept or {}
    named = _named(asked)
    same = pending.get("documents") == [str(pk) for pk in asked.ids]
    same = same and pending.get("named", []) == named
    first = pending.get("by") if same else None
    is_person = asked.by.startswith("user:")
    if is_person and first and first.startswith("user:") and first != asked.by:
        return first
    if is_person or not pending:
        review.pending_accept = {
            "by": asked.by,
            "note": asked.note,
            "at": asked.at.isoformat(),
            "documents": [str(pk) for pk in asked.ids],
            **({"named": named} if named else {}),
        }
        review.save(update_fields=["pending_accept"])
    _tell("review.accept_asked", asked)
    return None


def _override(
    asked: Asked, code: str, *, second: str, order: str = "", first: str | None = None
) -> None:
    """Note the decision for the documents as they were received: a new version asks again."""
    evidence = {one.pk: _evidence(one, asked.review) for one in asked.documents}
    if code == ACCEPTED_BESIDE:
        evidence = with_earlier({one.pk: one.fingerprint for one in asked.documents}, evidence)
    Override.objects.bulk_create(
        [
            Override(
                tenant_id=document.tenant_id,
                document=document,
                code=code,
                fingerprint=document.fingerprint,
                note=asked.note,
                evidence=evidence[document.pk],
                order_reference=order,
                actor=first or asked.by,
                second_actor=second,
            )
            for document in asked.documents
        ],
        update_conflicts=True,
        unique_fields=["document", "code", "fingerprint"],
        update_fields=["note", "evidence", "order_reference", "actor", "second_actor"],
        batch_size=500,
    )


def _evidence(document: Document, review: ReviewItem) -> Any:
    rows = (row for row in document.reasons if row.get("cause") == review.cause)
    return next(rows, review.reason).get("evidence", {})


def _named(asked: Asked) -> list[str]:
    """Return the ledger's documents that an acceptance is about, none where it is about figures."""
    found = (_evidence(one, asked.review).get(NAMED, ()) for one in asked.documents)
    return sorted({name for names in found for name in names})


def _figures(evidence: Mapping[str, Any]) -> dict[str, str]:
    """Return the numbers and days of a reason: what exactly was accepted, without any name."""
    return {
        name: str(value)
        for name, value in evidence.items()
        if isinstance(value, str | int) and _FIGURE.fullmatch(str(value))
    }


def _reject(asked: Asked) -> None:
    _take_out(asked, DocumentState.REJECTED)


def _ignore(asked: Asked) -> None:
    _take_out(asked, DocumentState.IGNORED)


def _take_out(asked: Asked, state: DocumentState) -> None:
    """End the documents' way into the ledger; what stands there already stays."""
    integration, ids = asked.review.integration, asked.ids
    waits = Wait.objects.filter(document__in=ids)
    causes = set(waits.values_list("cause", flat=True)) | {asked.review.cause}
    waits.delete()
    Write.objects.filter(document__in=ids, state__in=_UNSENT).update(state=WriteState.CANCELLED)
    Document.objects.filter(pk__in=ids).update(state=state, queued_run=None, changed_at=asked.at)
    for document in asked.documents:
        record(f"document.{state}", target=document, document=document.pk)
    _tell(f"review.{state}", asked)
    _close_when_complete(asked)
    close_emptied(integration, causes - {asked.review.cause}, asked.at, asked.action)
    release_rivals(integration, ids)
    tickets.wake(integration.pk, interactive=True)


def _release(asked: Asked) -> None:
    release_documents(asked.review.integration, asked.ids)
    tickets.wake(asked.review.integration_id, interactive=True)


def _close_when_complete(asked: Asked, **more: Any) -> None:
    """Close the item by hand, so that it keeps who closed it and why, once it holds nobody."""
    review = asked.review
    waits = Wait.objects.filter(integration=review.integration_id, cause=review.cause)
    review.pending_accept = None
    if waits.exclude(document__in=asked.ids).exists():
        review.save(update_fields=["pending_accept"])
        return
    review.state, review.resolved_at = ReviewState.RESOLVED, asked.at
    review.resolution = asked.as_resolution(**more)
    review.save(update_fields=["state", "resolved_at", "resolution", "pending_accept"])
    facts = {"cause": review.cause, "action": asked.action}
    record("review.resolved", target=review, facts=facts)


def _tell(action: str, asked: Asked, **more: Any) -> None:
    facts = {"cause": asked.review.cause, "documents": len(asked.documents), **more}
    record(action, target=asked.review, facts=facts, words={"note": asked.note})
