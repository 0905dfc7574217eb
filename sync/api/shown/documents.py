"""Documents, their versions, writes and lines; review items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from audit.selectors import described, timeline
from sync.api.shown.common import reasons, sums, with_instant
from sync.engine.preview import Previewed
from sync.models import Document, Link, ReviewItem, Version, Write
from sync.selectors.documents import Beside, amount_text, beside
from sync.selectors.outcomes import Conflict, Unclear, conflicts, unclear_writes
from sync.selectors.reviews import waiting_for_each

_MOST_EVENTS = 1000
_WRITE = (
    "kind",
    "operation",
    "state",
    "attempt",
    "remote_id",
    "number",
    "adopted",
    "sent_at",
    "confirmed_at",
)
_WRITE_ERROR = ("code", "message", "status", "request_id")


def documents(rows: Sequence[Document]) -> list[dict[str, Any]]:
    """Return documents whose links are loaded."""
    more = beside(rows)
    return [document(row, more[row.pk]) for row in rows]


def document(row: Document, more: Beside) -> dict[str, Any]:
    return {
        "id": row.pk,
        "integration": row.integration_id,
        "resource": row.resource,
        "source_id": row.source_id,
        "business_unit": row.business_unit or None,
        "reference": row.reference,
        "supplier_reference": row.supplier_reference or None,
        "supplier": {
            "source_id": more.supplier_source_id,
            "name": row.supplier_name or None,
            "ledger_number": more.vendor_number,
        },
        "currency": row.currency or None,
        "amount": amount_text(row.amount, row.currency, more.total_text),
        "document_date": row.document_date,
        "state": row.state,
        "reasons": reasons(row.reasons),
        "version": row.version,
        "versions": more.versions,
        "ledger": {link.kind: _link(link) for link in row.links.all()},
        "payment": _payment(row),
        "first_seen_at": row.first_seen_at,
        "changed_at": row.changed_at,
    }


def _payment(row: Document) -> dict[str, Any] | None:
    """Return what the ledger says of the payment; None where it was not asked or cannot tell."""
    for link in row.links.all():
        if link.payment:
            return {
                "state": link.payment,
                "remaining": amount_text(link.remaining, row.currency),
                "read_at": link.payment_read_at,
            }
    return None


def preview(planned: Previewed) -> dict[str, Any]:
    """Return what would be sent for a document, or why nothing would be."""
    names = ("operation", "method", "path", "body")
    return {
        "decision": planned.decision.action,
        "writes": [{name: getattr(one, name) for name in names} for one in planned.requests],
        "reasons": [one.as_dict() for one in planned.decision.reasons],
        "notes": list(planned.notes),
    }


def whole_document(row: Document, version: Version | None) -> dict[str, Any]:
    """Return a document with its story; a fixed number of queries."""
    writes = list(Write.objects.filter(document=row).order_by("created_at", "sequence", "pk"))
    unclear = unclear_writes(writes, row.integration.ledger.settings)
    return {
        **documents([row])[0],
        "notes": reasons(row.notes),
        "timeline": [described(event) for event in timeline(row.pk)[:_MOST_EVENTS]],
        "writes": [write(one) for one in writes],
        "unclear": [_unclear(one) for one in unclear],
        "conflicts": [_conflict(one) for one in conflicts(row)],
        "match": row.match,
        "lines": _lines(version),
    }


def write(row: Write) -> dict[str, Any]:
    error = row.error or {}
    return {
        "id": row.pk,
        "key": row.natural_key,
        **{name: getattr(row, name) for name in _WRITE},
        "request": row.content,
        "answer": row.facts,
        "error": {name: error.get(name) for name in _WRITE_ERROR} if error else None,
    }


def _unclear(one: Unclear) -> dict[str, Any]:
    """A write that is looked up: since when, what for, when next, and when that has an end."""
    return {
        "write": one.write.pk,
        "looked_for": one.what,
        "since": one.since,
        "look_ups": one.looked_up,
        "next_look_up_at": one.next_look_up_at,
        "decided_by": one.decided_by,
    }


def _conflict(one: Conflict) -> dict[str, Any]:
    """Our document beside those in the ledger, field by field."""
    return {
        "message": one.message,
        "numbers": one.numbers,
        "compared": [
            {
                "name": field.name,
                "ours": field.ours,
                "ledger": field.theirs,
                "differs": field.differs,
            }
            for field in one.fields
        ],
    }


def version(row: Version) -> dict[str, Any]:
    """Return a version with the payload as received; its secret fields were masked on arrival."""
    return {
        "document": row.document_id,
        "version": row.number,
        "source_version": row.source_version,
        "modified_at": row.modified_at,
        "received_at": row.received_at,
        "problems": [
            {name: problem.get(name) for name in ("code", "path", "message")}
            for problem in row.problems
        ],
        "payload": row.payload,
    }


def reviews(rows: Sequence[ReviewItem]) -> list[dict[str, Any]]:
    """Return review items with what waits for each."""
    waiting = waiting_for_each(rows)
    return [
        {
            "id": row.pk,
            "integration": row.integration_id,
            "document": row.document_id,
            "reasons": reasons([row.reason]),
            "cause": row.cause,
            "acceptable": bool(row.reason.get("acceptable")),
            "waiting": waiting[row.pk].documents,
            "money_at_risk": sums(waiting[row.pk].amounts),
            "opened_at": row.opened_at,
            "due_at": row.due_at,
            "alarmed_at": row.alarmed_at,
            "assignee": row.assignee_id,
            "state": row.state,
            "resolution": _resolution(row),
        }
        for row in rows
    ]


def _resolution(row: ReviewItem) -> dict[str, Any] | None:
    pending = row.pending_accept
    if row.resolution is None and pending:
        told = {name: pending.get(name) for name in ("by", "note", "at")}
        return {
            "action": "accept",
            "status": "awaiting_second_person",
            **with_instant(told, "at"),
        }
    return row.resolution and with_instant(row.resolution, "at")


def _link(link: Link) -> dict[str, Any]:
    return {
        "id": link.remote_id,
        "number": link.number or None,
        "status": link.status or None,
        "url": link.url or None,
    }


def _lines(current: Version | None) -> list[Any]:
    content = current.content if current else None
    return [_plain(line) for line in (content or {}).get("lines", ())]


def _plain(value: Any) -> Any:
    """Leave out the names of our classes that stored content carries."""
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items() if key != "_"}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
