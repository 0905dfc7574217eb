"""Appending a block of events to a tenant's chain."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from audit import chain
from audit.models import AuditEvent, AuditHead, AuditText
from audit.rows import insert_rows
from audit.texts import Spoken


def append(tenant_id: UUID, events: list[dict[str, Any]]) -> None:
    """Chain and store the events of one transaction: one lock, one insert, one update.

    Runs inside the transaction of the effects. The lock on the head is the last one taken, so that
    writers of one tenant wait for each other's commit and for nothing else.
    """
    if not events:
        return
    head = _locked_head(tenant_id)
    rows, texts = [], []
    last = chain.Head(head.seq, bytes(head.hash))
    for values in events:
        said = values.pop("texts", ())
        row, last = _link(AuditEvent(tenant_id=tenant_id, **values), last)
        rows.append(row)
        texts += [_text(row, one) for one in said]
    insert_rows(rows)
    if texts:
        insert_rows(texts)
    AuditHead.objects.update(seq=last.seq, hash=last.hash)


def _locked_head(tenant_id: UUID) -> AuditHead:
    head = AuditHead.objects.select_for_update().first()
    if head is None:
        AuditHead.objects.bulk_create([AuditHead(tenant_id=tenant_id)], ignore_conflicts=True)
        head = AuditHead.objects.select_for_update().get()
    return head


def _text(event: AuditEvent, said: Spoken) -> AuditText:
    return AuditText(tenant_id=event.tenant_id, seq=event.seq, **said._asdict())


def _link(event: AuditEvent, last: chain.Head) -> tuple[AuditEvent, chain.Head]:
    event.seq = last.seq + 1
    event.previous_hash = last.hash
    event.hash = chain.digest(last.hash, event.seq, chain.canonical(event))
    return event, chain.Head(event.seq, event.hash)
