"""Going on after a database was restored from a snapshot that is older than signed notes."""

from __future__ import annotations

from audit import checkpoints
from audit.block import current_block
from audit.chain import Verification
from audit.models import AuditHead
from audit.record import record


def go_on_after(found: Verification) -> None:
    """Let the trail of the open scope go on from where it ends, with an event that says why.

    `found` is a verification that misses nothing but the end. The notes of the lost events are
    kept in a file of their own: they say how long the lost part was.
    """
    if found.lost_until is None:
        raise ValueError("only a trail whose end alone is missing can go on")
    record("audit.restored", facts={"first": found.events + 1, "last": found.lost_until})
    AuditHead.objects.update(noted_seq=0)
    checkpoints.set_aside(current_block().tenant_id, after=found.events)
