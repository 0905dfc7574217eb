"""Reading the trail of the tenant whose scope is open."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils import timezone

from audit import chain, checkpoints
from audit.actions import ACTIONS
from audit.block import current_block
from audit.models import AuditEvent, AuditHead, AuditText
from audit.stored import stored

VERIFIER = Path(__file__).with_name("standalone") / "verify_export.py"
_IN_MEMORY = 4 * 1024 * 1024


def events(
    *,
    document: UUID | None = None,
    connection: UUID | None = None,
    run: UUID | None = None,
    action: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[AuditEvent]:
    """Return the events that fit, newest first; `action` may end with a dot for all of a kind.

    A kind is asked for by the names of its actions, which lie in an index.
    """
    is_kind = (action or "").endswith(".")
    of_kind = [name for name in ACTIONS if name.startswith(action)] if is_kind else action
    wanted: dict[str, Any] = {
        "document": document,
        "connection": connection,
        "run": run,
        "at__gte": since,
        "at__lt": until,
        "action__in" if is_kind else "action": of_kind,
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
        "facts": event.told,
        "document": _text(event.document),
        "run": _text(event.run),
        "connection": _text(event.connection),
        "request_id": event.request_id,
        "hash": bytes(event.hash).hex(),
    }


def export() -> Iterator[str]:
    """Yield the whole chain as JSON lines: what is hashed and both hashes, signed notes, the end.

    `audit/standalone/verify_export.py` describes the format and verifies it without our code.
    """
    tenant_id = current_block().tenant_id
    head = stored_head()
    for event in stored(tenant_id, head.seq):
        yield event.line()
    with suppress(checkpoints.ForgedCheckpoint):  # the verifier misses what is not signed
        for line in checkpoints.lines(tenant_id):
            yield chain.spelled({"note": line}) + "\n"
    end = checkpoints.signed(tenant_id, head, timezone.now(), checkpoints.EXPORT)
    last = {
        "head": {"seq": head.seq, "hash": head.hash.hex()},
        "keys": checkpoints.public_keys(),
        "signed": end,
    }
    yield chain.spelled(last) + "\n"


def export_file() -> IO[bytes]:
    """Return the export as a file at its beginning, which is gone when it is closed."""
    lines = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  closed after sending
    for line in export():
        lines.write(line.encode())
    lines.seek(0)
    return lines


def verify() -> chain.Verification:
    """Walk the tenant's whole chain and compare it with its head.

    The last event is looked up before the head, which only moves on: events after the head were
    not appended meanwhile, somebody set the head back. Ends that were signed and written down
    outside of the database must lie on the chain. Which of them the database knows of is read
    before the notes: one that is added while the chain is walked is not missed among them.
    """
    tenant_id = current_block().tenant_id
    noted = AuditHead.objects.values_list("noted_seq", flat=True).first() or 0
    try:
        anchors = checkpoints.noted(tenant_id)
    except checkpoints.ForgedCheckpoint as error:
        return chain.Verification(False, 0, chain.Head(), broken_at=0, problem=str(error))
    last = AuditEvent.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
    head = stored_head()
    links = (event.link() for event in stored(tenant_id, max(last, head.seq)))
    found = chain.verify(links, head, anchors)
    found = _with_missing_note(found, anchors, noted) if found.ok and anchors else found
    return _with_changed_texts(found) if found.ok else found


def _with_changed_texts(found: chain.Verification) -> chain.Verification:
    """Find a text beside the chain that is not the one whose digest was chained."""
    for row in AuditText.objects.order_by("seq").iterator():
        if not row.is_as_chained:
            problem = f"what was said in event {row.seq} was changed"
            return replace(found, ok=False, broken_at=row.seq, problem=problem)
    return found


def _with_missing_note(
    found: chain.Verification, anchors: dict[int, bytes], noted: int
) -> chain.Verification:
    """Miss a note that the database knows of; where there is no file at all they lie elsewhere."""
    if noted <= max(anchors):
        return found
    problem = f"the end at event {noted} was signed, but its note is gone from the notes"
    return replace(found, ok=False, broken_at=max(anchors) + 1, problem=problem)


def stored_head() -> chain.Head:
    """Return where the chain ends as the head says; an empty chain has no head yet."""
    row = AuditHead.objects.first()
    return chain.Head(row.seq, bytes(row.hash)) if row else chain.Head()


def head_to_note() -> chain.Head | None:
    """Return the end of the chain if it has grown since it was last noted, else None.

    Raises ForgedCheckpoint where the chain does not hold what was noted last: a new signature
    would make a rewritten trail look whole.
    """
    row = AuditHead.objects.filter(seq__gt=F("noted_seq")).first()
    if row is None:
        return None
    newest = checkpoints.newest(current_block().tenant_id)
    if newest.seq:
        event = AuditEvent.objects.filter(seq=newest.seq).values_list("hash", flat=True).first()
        if event is None or bytes(event) != newest.hash:
            raise checkpoints.ForgedCheckpoint(
                f"the chain does not hold event {newest.seq} as it was signed"
            )
    return chain.Head(row.seq, bytes(row.hash))


def _text(value: UUID | None) -> str | None:
    return str(value) if value else None
