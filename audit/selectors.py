"""Reading the trail of the tenant whose scope is open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from audit import chain, checkpoints
from audit.block import current_block
from audit.models import AuditEvent, AuditHead

_BLOCK = 2000


def events(
    *,
    document: UUID | None = None,
    connection: UUID | None = None,
    run: UUID | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """Return the events that fit, newest first; `action` may end with a dot for all of a kind."""
    wanted: dict[str, Any] = {
        "document": document,
        "connection": connection,
        "run": run,
        "at__gte": since,
        "at__lt": until,
        "action__startswith" if (action or "").endswith(".") else "action": action,
    }
    given = {name: value for name, value in wanted.items() if value is not None}
    return AuditEvent.objects.filter(**given).order_by("-seq")


def timeline(document: UUID) -> QuerySet[AuditEvent]:
    """Return what happened to a document, oldest first."""
    return events(document=document).order_by("seq")


def described(event: AuditEvent) -> dict[str, Any]:
    """Return an event as people and programs read it."""
    return {
        "seq": event.seq,
        "at": chain.instant(event.at),
        "actor": event.actor,
        "action": event.action,
        "sentence": event.sentence,
        "target": {
            "type": event.target_type,
            "id": event.target_id,
            "label": event.target_label,
        },
        "changes": event.changes,
        "facts": event.facts,
        "document": _text(event.document),
        "run": _text(event.run),
        "connection": _text(event.connection),
        "request_id": event.request_id,
        "hash": bytes(event.hash).hex(),
    }


def export() -> Iterator[str]:
    """Yield the whole chain as JSON lines: what is hashed, both hashes, at the end the head.

    Whoever holds the file can compute the chain again with nothing but SHA-256.
    """
    head = stored_head()
    for event in _ascending(head.seq):
        line = json.loads(chain.canonical(event))
        line["previous_hash"] = bytes(event.previous_hash).hex()
        line["hash"] = bytes(event.hash).hex()
        yield json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n"
    yield json.dumps({"head": {"seq": head.seq, "hash": head.hash.hex()}}) + "\n"


def verify() -> chain.Verification:
    """Walk the tenant's whole chain and compare it with its head.

    The last event is looked up before the head, which only moves on: events after the head were
    not appended meanwhile, somebody set the head back. Ends that were signed and written down
    outside of the database must lie on the chain.
    """
    tenant_id = current_block().tenant_id
    try:
        anchors = checkpoints.noted(tenant_id)
    except checkpoints.ForgedCheckpoint as error:
        return chain.Verification(False, 0, chain.Head(), broken_at=0, problem=str(error))
    last = AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    head = stored_head()
    return chain.verify(_ascending(max(last, head.seq)), head, anchors)


def stored_head() -> chain.Head:
    """Return where the chain ends as the head says; an empty chain has no head yet."""
    row = AuditHead.objects.first()
    return chain.Head(row.seq, bytes(row.hash)) if row else chain.Head()


def head_to_note() -> chain.Head | None:
    """Return the end of the chain if it has grown since it was last noted, else None."""
    row = AuditHead.objects.filter(seq__gt=F("noted_seq")).first()
    return chain.Head(row.seq, bytes(row.hash)) if row else None


def _ascending(until: int) -> Iterator[AuditEvent]:
    """Yield events in blocks: memory stays flat, and no cursor is held open."""
    last = 0
    rows = AuditEvent.objects.filter(seq__lte=until).order_by("seq", "pk")
    while block := list(rows.filter(seq__gt=last)[:_BLOCK]):
        yield from block
        last = block[-1].seq


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
