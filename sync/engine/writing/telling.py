"""What the audit says of a write: which step of which document, in which attempt, with what."""

from __future__ import annotations

from typing import Any

from audit.record import record
from sync.domain.step_words import step_words
from sync.models import Write


def tell_of(row: Write, action: str, *, attempt: int, **facts: Any) -> None:
    """Note in the trail what was done with a write, or became of it."""
    record(
        action,
        target=row,
        document=row.document_id,
        run=row.run_id,
        connection=row.connection_id,
        facts={
            "kind": row.kind,
            "operation": row.operation,
            "key": row.natural_key,
            "step": step_words(row.kind, row.operation, row.natural_key),
            "attempt": attempt,
            "content": row.digest,
            **facts,
        },
    )
