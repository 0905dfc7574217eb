"""What a request to resolve a review must say: checked field by field, before anything is done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from audit.context import current as acting_now
from sync.domain.references import order_reference_keys
from sync.models import Document, FlowName, ReviewItem, Wait
from sync.services.supplier_choices import value_chosen
from tenants.refusal import Invalid

ACTIONS = ("retry", "accept", "reject", "ignore")
_LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that holds, and the documents it acts on."""

    review: ReviewItem
    action: str
    note: str
    order: str
    side: str
    documents: Sequence[Document]
    by: str
    at: datetime

    @property
    def ids(self) -> list[UUID]:
        return [document.pk for document in self.documents]

    def as_resolution(self, **more: Any) -> dict[str, Any]:
        said = {"note": self.note, "order": self.order, "value": self.side, **more}
        kept = {name: value for name, value in said.items() if value}
        return {"action": self.action, "by": self.by, "at": self.at.isoformat(), **kept}


def asked_for(
    review: ReviewItem,
    action: Any,
    note: Any,
    order: Any,
    value: Any,
    documents: Iterable[Any] | None,
) -> Asked:
    """Check what was asked; raises Invalid with every field that does not hold."""
    wrong: dict[str, list[str]] = {}
    if action not in ACTIONS:
        wrong["action"] = [f"One of {', '.join(ACTIONS)}."]
    note, order = _line("note", note, wrong), _line("order", order, wrong)
    if action == "accept" and not note and "note" not in wrong:
        wrong["note"] = ["Say why this is accepted."]
    if order and action not in ("retry", "accept"):
        wrong["order"] = ["An order can be named with retry or accept only."]
    side = value_chosen(review, action, value, wrong)
    chosen = _chosen(review, documents, wrong)
    if order and not wrong and not _is_known_order(review, order):
        wrong["order"] = ["No such order was received."]
    if wrong:
        raise Invalid(wrong)
    return Asked(review, action, note, order, side, chosen, acting_now().actor, timezone.now())


def _line(field: str, value: Any, wrong: dict[str, list[str]]) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > _LONGEST_NOTE or "\x00" in value:
        wrong[field] = [f"A text of at most {_LONGEST_NOTE} characters."]
        return ""
    return value.strip()


def _chosen(
    review: ReviewItem, documents: Iterable[Any] | None, wrong: dict[str, list[str]]
) -> list[Document]:
    """Return the documents that wait for the cause, or those of them that are named."""
    waits = Wait.objects.filter(integration=review.integration_id, cause=review.cause)
    rows = {
        str(document.pk): document
        for document in Document.objects.select_for_update()
        .filter(pk__in=waits.values("document"))
        .order_by("pk")
    }
    if documents is None:
        return list(rows.values())
    named = [str(one) for one in documents]
    for number, one in enumerate(named):
        if one not in rows:
            wrong[f"documents[{number}]"] = ["This document does not wait for this review."]
    return [rows[one] for one in dict.fromkeys(named) if one in rows]


def _is_known_order(review: ReviewItem, order: str) -> bool:
    key = order_reference_keys(order).strict
    rows = Document.objects.filter(
        integration=review.integration_id, flow_name=FlowName.PURCHASE_ORDERS
    )
    return bool(key) and rows.filter(reference_key=key).exists()
