"""A preview pretends that what it would have written stands: so it equals the live run.

The decisions of the preview's runs so far are laid over the rows inside of a transaction that is
always taken back: documents get their state, suppliers and orders a link, invoices what they take
from orders. Nothing of it is ever committed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import OuterRef, QuerySet, Subquery

from connectors.base import Step
from sync.domain.decision import Action, Decision
from sync.models import Allocation, Document, DocumentState, Link, Outcome, Run, RunMode

_WRITES = (Action.CREATE, Action.UPDATE)
_VENDOR = "vendor"
_BLOCK = 1000
LOOK = "look"  # key of what is still to be looked for in the ledger


def pretended_of(document: Document, decision: Decision, steps: Sequence[Step]) -> dict[str, Any]:
    """Return what has to be remembered of a decision for those that follow: JSON."""
    found: dict[str, Any] = {}
    if decision.taken:
        found["taken"] = [
            [one.order_id, one.order_line, str(one.quantity), str(one.amount)]
            for one in decision.taken
        ]
    if decision.bound:
        bound = decision.bound
        found["link"] = [bound.kind, bound.remote_id, bound.number]
    elif decision.action == Action.CREATE and steps and document.flow_name == "suppliers":
        body = steps[0].content.get("body", {})
        number = str(body.get("number") or body.get("No") or "")
        stand_in = f"{{number of the vendor {document.source_id}}}"
        found["link"] = [_VENDOR, f"{{id of the vendor {document.source_id}}}", number or stand_in]
    return found


def is_stand_in(number: str) -> bool:
    """Whether a vendor's number stands for one that the ledger is still to give."""
    return number.startswith("{")


@contextmanager
def pretending(run: Run, *, again: Sequence[UUID] = ()) -> Iterator[None]:
    """Lay what the preview decided so far over the rows, and take it back at the end.

    Documents that are decided `again` are left as they are. Use inside of `site.rows()`.
    """
    with transaction.atomic():
        outcomes = decided_so_far(run).exclude(document__in=again)
        _states(run, outcomes, finished=bool(again))
        _links(outcomes)
        _takings(outcomes)
        yield
        transaction.set_rollback(True)


def decided_so_far(run: Run) -> QuerySet[Outcome]:
    """Return the outcomes of this preview: its runs were asked for together."""
    together = Run.objects.filter(
        integration=run.integration_id, mode=RunMode.PREVIEW, queued_at=run.queued_at
    )
    return Outcome.objects.filter(run__in=together)


def _states(run: Run, outcomes: QuerySet[Outcome], *, finished: bool) -> None:
    """Set the state each document would have by now: what earlier runs write stands; what this one
    writes is on its way until all of it was decided."""
    mine = Outcome.objects.filter(run=run, document=OuterRef("pk")).values("state")[:1]
    own = Document.objects.filter(pk__in=outcomes.filter(run=run).values("document"))
    own.update(state=Subquery(mine))
    standing = outcomes.filter(decision__in=_WRITES)
    if not finished:
        standing = standing.exclude(run=run)
    arrived = Document.objects.filter(pk__in=standing.values("document"))
    arrived.update(state=DocumentState.WRITTEN)
    others = outcomes.exclude(run=run).exclude(decision__in=_WRITES)
    theirs = others.filter(document=OuterRef("pk")).values("state")[:1]
    Document.objects.filter(pk__in=others.values("document")).update(state=Subquery(theirs))


def _links(outcomes: QuerySet[Outcome]) -> None:
    rows = outcomes.filter(pretended__has_key="link").values_list(
        "tenant_id", "document_id", "pretended"
    )
    Link.objects.bulk_create(
        [
            Link(
                tenant_id=tenant_id,
                document_id=document_id,
                kind=pretended["link"][0],
                remote_id=pretended["link"][1],
                number=pretended["link"][2],
            )
            for tenant_id, document_id, pretended in rows
        ],
        ignore_conflicts=True,
        batch_size=_BLOCK,
    )


def _takings(outcomes: QuerySet[Outcome]) -> None:
    rows = outcomes.filter(pretended__has_key="taken")
    Allocation.objects.filter(document__in=rows.values("document")).delete()
    Allocation.objects.bulk_create(
        [
            Allocation(
                tenant_id=tenant_id,
                document_id=document_id,
                order_id=UUID(order),
                order_line=line,
                quantity=Decimal(quantity),
                amount=Decimal(amount),
            )
            for tenant_id, document_id, pretended in rows.values_list(
                "tenant_id", "document_id", "pretended"
            )
            for order, line, quantity, amount in pretended["taken"]
        ],
        batch_size=_BLOCK,
    )
