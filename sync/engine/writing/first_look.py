"""Whose first send is preceded by a look into the ledger: what people may have typed already."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from connectors.base import CREATE, Step
from sync.engine.pretending import is_stand_in
from sync.models import Document, FlowName, Run, RunMode, RunState, Write, WriteState
from sync.models.document import INVOICE_KINDS

_ORDER = "purchase_order"
_INVOICES = frozenset(INVOICE_KINDS)
# What a next decision leaves alone: it stands, or is being found out.
_LEFT_ALONE = (WriteState.CONFIRMED, WriteState.SENDING, WriteState.UNKNOWN)

Chains = Iterable[tuple[Document, Sequence[Step]]]


@dataclass(frozen=True, slots=True)
class FirstStep:
    """The first step of a planned document; `was_sent`: an earlier attempt may have got there."""

    document_id: UUID
    step: Step
    was_sent: bool = False


def look_up_kinds(run: Run, chains: Chains) -> frozenset[str]:
    """Return the kinds whose first send is preceded by a look-up: orders too, until one run of
    them has ended well. What came before us may have written them, or an integration that was
    deleted since (reliability 1.2, rule 9)."""
    if not any(step.kind == _ORDER for _, steps in chains for step in steps):
        return _INVOICES
    ended_well = Run.objects.filter(
        integration=run.integration_id,
        flow__resource=FlowName.PURCHASE_ORDERS,
        mode=RunMode.LIVE,
        state__in=(RunState.SUCCEEDED, RunState.PARTIAL),
    )
    return _INVOICES if ended_well.exists() else _INVOICES | {_ORDER}


def first_steps(run: Run, chains: Chains) -> dict[UUID, FirstStep]:
    """Return the steps that a live run would look up before it sends them; use inside
    `site.rows()`.

    What goes to a vendor that is not there yet cannot stand there.
    """
    planned = [(document, steps) for document, steps in chains if steps]
    kinds = look_up_kinds(run, planned)
    first = {
        document.pk: steps[0]
        for document, steps in planned
        if steps[0].kind in kinds
        and steps[0].operation == CREATE
        and not is_stand_in(vendor_of(steps[0].content))
    }
    if not first:
        return {}
    earlier = Write.objects.filter(document__in=first, operation=CREATE, kind__in=kinds)
    shown = earlier.only("document_id", "state", "attempt", "sent_at")
    rows = {row.document_id: row for row in shown}
    return {
        pk: FirstStep(pk, step, was_sent=pk in rows and rows[pk].may_have_arrived)
        for pk, step in first.items()
        if pk not in rows or rows[pk].state not in _LEFT_ALONE
    }


def vendor_of(content: Mapping[str, Any]) -> str:
    """Return the vendor as the planned request names it, in either dialect."""
    body = content["body"]
    return str(body.get("vendorNumber") or body.get("Buy_from_Vendor_No") or "")
