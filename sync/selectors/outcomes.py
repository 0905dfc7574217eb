"""What is not known yet about a document's writes, and what stands in their place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sync.domain.side_by_side import Field, compare
from sync.domain.step_words import step_words
from sync.models import Document, Write, WriteState

_SETTLE_SECONDS = 1020  # where a connection says nothing else: NAV contract 6, queue and operation
_CONFLICTS = ("outcome_unknown", "duplicate_invoice")


@dataclass(frozen=True, slots=True)
class Unclear:
    """One write whose outcome is being found out."""

    write: Write
    what: str  # "purchase invoice RE-17"
    since: datetime | None
    next_look_up_at: datetime | None
    decided_by: datetime | None

    @property
    def looked_up(self) -> int:
        return self.write.lookups

    @property
    def answer(self) -> str:
        """What came back instead of a clear answer, in the words of the error."""
        return str((self.write.error or {}).get("message") or "")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Our document and those that stand in the ledger under its number."""

    message: str
    numbers: tuple[str, ...]
    fields: list[Field]

    @property
    def differing_fields(self) -> list[Field]:
        return [field for field in self.fields if field.differs]

    @property
    def same_fields(self) -> list[Field]:
        return [field for field in self.fields if not field.differs]

    @property
    def differing(self) -> int:
        return len(self.differing_fields)


def unclear_writes(writes: Iterable[Write], ledger_settings: Mapping[str, Any]) -> list[Unclear]:
    """Return the writes that are being looked up, each with when that will have an end."""
    settle = timedelta(seconds=float(ledger_settings.get("settle_seconds", _SETTLE_SECONDS)))
    return [
        Unclear(
            write=row,
            what=step_words(row.kind, row.operation, row.natural_key),
            since=row.sent_at,
            next_look_up_at=row.verify_at,
            decided_by=_decided_by(row, settle),
        )
        for row in writes
        if row.state == WriteState.UNKNOWN
    ]


def _decided_by(row: Write, settle: timedelta) -> datetime | None:
    """When the ledger can no longer apply what was sent; a look-up may come only after that."""
    if row.sent_at is None:
        return row.verify_at
    return max(row.sent_at + settle, row.verify_at or row.sent_at)


def conflicts(document: Document) -> list[Conflict]:
    """Return what stands in the ledger in place of the document, beside what we would write."""
    found = []
    for row in document.reasons:
        evidence = row.get("evidence") or {}
        theirs = evidence.get("theirs")
        if row.get("code") not in _CONFLICTS or not theirs:
            continue
        ours = evidence.get("ours") or {}
        numbers = evidence.get("numbers") or []
        found.append(
            Conflict(
                message=row["message"],
                numbers=tuple(str(number) for number in numbers) or ("",) * len(theirs),
                fields=compare(ours.get("body") or ours, theirs, evidence.get("differences") or ()),
            )
        )
    return found
