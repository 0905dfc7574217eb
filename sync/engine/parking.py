"""What documents wait for, and the review items that people see of it.

A cause is a key such as `mapping ledger_account OFFICE`. Documents that wait for it are rows of
`Wait`; a parked document's causes are also review items, one per open cause and integration. When
the last document of a cause is gone, its review item is resolved by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from audit.record import record as tell
from sync.domain.reasons import Reason
from sync.domain.references import invoice_number_key, order_reference_keys
from sync.engine.bulk import update_rows
from sync.models import (
    Document,
    DocumentState,
    FlowName,
    Integration,
    ReviewItem,
    ReviewState,
    Wait,
)

DUE_AFTER = timedelta(days=3)
_KEY_LENGTH = 300
# What an order says, or what others took of it, decides whether these still hold.
_ABOUT_AN_ORDER = frozenset(
    {
        "price_over_tolerance",
        "amount_over_order",
        "quantity_over_order",
        "charge_over_limit",
        "unit_differs",
        "line_not_on_order",
        "dated_before_order",
        "order_cancelled",
        "order_ambiguous",
        "order_of_other_supplier",
        "currency_differs",
    }
)


def cause_key(cause: str) -> str:
    """Cut a cause to what its column holds."""
    return cause[:_KEY_LENGTH]


def apply_causes(
    integration: Integration,
    decided: Sequence[tuple[Document, Sequence[Reason]]],
    now: datetime,
) -> None:
    """Replace what the documents wait for by the reasons of their new decision, in bulk.

    Parked documents open review items for causes that have none; causes that nobody waits for any
    more close theirs.
    """
    ids = [document.pk for document, _ in decided]
    before = set(Wait.objects.filter(document__in=ids).values_list("cause", flat=True))
    Wait.objects.filter(document__in=ids).delete()
    waits = {
        (document.pk, cause_key(reason.cause)): cause_key(release_key(reason))
        for document, reasons in decided
        if document.state in (DocumentState.PARKED, DocumentState.WAITING)
        for reason in reasons
    }
    Wait.objects.bulk_create(
        [
            Wait(
                tenant_id=integration.tenant_id,
                integration=integration,
                document_id=document_id,
                cause=cause,
                key=key,
            )
            for (document_id, cause), key in waits.items()
        ]
    )
    open_reviews(integration, _first_by_cause(decided), now)
    close_emptied(integration, before - {cause for _, cause in waits}, now, "released")


def _first_by_cause(
    decided: Sequence[tuple[Document, Sequence[Reason]]],
) -> dict[str, tuple[Document, Reason]]:
    first: dict[str, tuple[Document, Reason]] = {}
    for document, reasons in decided:
        if document.state == DocumentState.PARKED:
            for reason in reasons:
                first.setdefault(cause_key(reason.cause), (document, reason))
    return first


def open_reviews(
    integration: Integration, first: Mapping[str, tuple[Document, Reason]], now: datetime
) -> None:
    """Open a review item for each cause that has none, by the first document that meets it."""
    standing = ReviewItem.objects.filter(
        integration=integration, state=ReviewState.OPEN, cause__in=list(first)
    )
    open_already = dict(standing.values_list("cause", "released_at"))
    if any(open_already.values()):
        standing.update(released_at=None)  # it came back
    fresh = [
        ReviewItem(
            tenant_id=integration.tenant_id,
            integration=integration,
            document=document,
            cause=cause,
            code=reason.code,
            owner=reason.owner,
            reason=stored(reason),
            opened_at=now,
            due_at=now + DUE_AFTER,
        )
        for cause, (document, reason) in first.items()
        if cause not in open_already
    ]
    for item in ReviewItem.objects.bulk_create(fresh):
        tell("review.opened", target=item, facts={"code": item.code, "cause": item.cause})


def note_released(integration: Integration, ids: Sequence[UUID], now: datetime) -> None:
    """Note on the causes of documents that go on that they need nobody, unless others still wait.

    Whoever parks a document for such a cause takes the note away. It also ends by its age, so that
    one that is written while a document comes back hides no work for long.
    """
    causes = set(Wait.objects.filter(document__in=ids).values_list("cause", flat=True))
    waits = Wait.objects.filter(integration=integration, cause__in=causes)
    others = waits.exclude(document__state=DocumentState.RECEIVED)
    held = set(others.values_list("cause", flat=True).distinct())
    ReviewItem.objects.filter(
        integration=integration, state=ReviewState.OPEN, cause__in=causes - held
    ).update(released_at=now)


def close_emptied(
    integration: Integration, causes: Iterable[str], now: datetime, action: str
) -> None:
    """Resolve the open review items among `causes` that no document waits for any more."""
    causes = list(causes)
    if not causes:
        return
    needed = set(
        Wait.objects.filter(integration=integration, cause__in=causes).values_list(
            "cause", flat=True
        )
    )
    gone = ReviewItem.objects.filter(
        integration=integration,
        state=ReviewState.OPEN,
        cause__in=[cause for cause in causes if cause not in needed],
    )
    for item in gone:
        item.state = ReviewState.RESOLVED
        item.resolved_at = now
        item.resolution = {"action": action, "at": now.isoformat()}
        tell("review.resolved", target=item, facts={"cause": item.cause, "action": action})
    update_rows(gone, ["state", "resolved_at", "resolution"])


def stored(reason: Reason) -> dict[str, Any]:
    """Return a reason as a document's row keeps it: as the API shows it, and what it groups by."""
    return {**reason.as_dict(), "cause": reason.cause, "acceptable": reason.acceptable}


def restored(row: Mapping[str, Any]) -> Reason:
    return Reason(**{name: row[name] for name in Reason.__dataclass_fields__})


def documents_waiting(integration_id: UUID, keys: Iterable[str]) -> list[UUID]:
    """Return the documents that one of the release keys lets go on."""
    rows = Wait.objects.filter(
        integration_id=integration_id, key__in={cause_key(key) for key in keys}
    )
    return list(rows.order_by().values_list("document_id", flat=True).distinct())


def release_key(reason: Reason) -> str:
    """Say what releases a document that waits for `reason`: mostly the cause itself.

    References are brought to one spelling, so that an order's arrival finds everybody who named it.
    """
    evidence = reason.evidence
    if reason.code == "order_not_found":
        return order_key(str(evidence.get("order") or ""))
    if reason.code in ("supplier_unknown", "supplier_blocked", "supplier_ambiguous"):
        return f"supplier {evidence.get('supplier_code') or evidence.get('supplier')}"
    if reason.code == "credit_without_invoice" and evidence.get("credited"):
        return f"invoice {invoice_number_key(str(evidence['credited']))}"
    if reason.code == "changed_at_source" and evidence.get("invoice"):
        return f"invoice {invoice_number_key(str(evidence['invoice']))}"
    if evidence.get("existing_document"):
        return duplicate_key(evidence["existing_document"])
    if reason.code in _ABOUT_AN_ORDER and evidence.get("order"):
        return change_key(str(evidence["order"]))
    return reason.cause


def order_key(reference: str) -> str:
    return f"order {order_reference_keys(reference).strict}"


def change_key(reference: str) -> str:
    """Name what goes when an order that was received changes, or something gives it room."""
    return f"change of {order_key(reference)}"


def duplicate_key(document_id: UUID | str) -> str:
    """Name what goes when a document that others seem to repeat is gone, or says otherwise now."""
    return f"duplicate of {document_id}"


def arrival_keys(document: Document) -> list[str]:
    """Return what goes when this document has arrived, or stands in the ledger."""
    if document.flow_name == FlowName.PURCHASE_ORDERS:
        return [f"order {document.reference_key}"]
    if document.flow_name == FlowName.SUPPLIERS:
        codes = {document.source_id, document.supplier_erp_number} - {""}
        return [f"parent {document.source_id}", *(f"supplier {code}" for code in sorted(codes))]
    return [f"invoice {document.number_key}"]
