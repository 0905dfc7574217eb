"""A chain of digests that shows any change made to history afterwards. Pure.

digest n = SHA-256(digest n-1 | seq n as 8 bytes | canonical JSON of event n); the first one follows
32 zero bytes. Sequence numbers have no gaps. The head, kept apart, gives away a cut tail.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

GENESIS = bytes(32)

FIELDS = (
    "tenant_id",
    "seq",
    "at",
    "actor",
    "action",
    "target_type",
    "target_id",
    "target_label",
    "changes",
    "facts",
    "document",
    "run",
    "connection",
    "request_id",
)


class Event(Protocol):
    """What a chained event has, whether it comes from a row or from an export."""

    seq: int
    previous_hash: bytes
    hash: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: number and digest of its last event."""

    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of checking a chain; `broken_at` is the first event that does not fit."""

    ok: bool
    events: int
    head: Head
    broken_at: int | None = None
    problem: str = ""


def plain(value: Any) -> Any:
    """Return the value as JSON keeps it without loss: decimals, ids and instants become text.

    Raises TypeError for floats: a rounded amount in the evidence would be a false one.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(value)
        case Mapping():
            return {_text(str(key)): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
        case Decimal():
            return format(value, "f")
        case datetime():
            return instant(value)
        case date() | UUID():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} does not belong into an audit event")


def _text(value: str) -> str:
    # PostgreSQL keeps neither NUL nor lone surrogates; what is hashed must be what is stored.
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def instant(value: datetime) -> str:
    """Return an instant in UTC with microseconds and Z, as it is hashed and exported."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def canonical(event: Any) -> bytes:
    """Return the one spelling of an event: keys sorted, no spaces, UTF-8."""
    content = {name: plain(getattr(event, name)) for name in FIELDS}
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(previous: bytes, seq: int, content: bytes) -> bytes:
    """Return the digest of event `seq`, whose canonical form is `content`."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + content).digest()


def verify(
    events: Iterable[Event], head: Head | None = None, anchors: Mapping[int, bytes] | None = None
) -> Verification:
    """Walk a chain in ascending order and say whether nothing was edited, added, moved or cut.

    `anchors` holds digests of single events that are known from elsewhere.
    """
    known = dict(anchors or {})
    last = Head()
    for event in events:
        problem = _fault(event, last)
        if not problem and known.pop(event.seq, bytes(event.hash)) != bytes(event.hash):
            problem = f"event {event.seq} is not the one that was signed"
        if problem:
            return Verification(False, last.seq, last, broken_at=last.seq + 1, problem=problem)
        last = Head(event.seq, bytes(event.hash))
    if head is not None and head != last:
        return Verification(
            False,
            last.seq,
            last,
            broken_at=min(head.seq, last.seq) + 1,
            problem=f"the chain ends at event {last.seq}, its head says {head.seq}",
        )
    if known:
        problem = f"event {max(known)} was signed, but the chain ends at event {last.seq}"
        return Verification(False, last.seq, last, broken_at=last.seq + 1, problem=problem)
    return Verification(True, last.seq, last)


def _fault(event: Event, last: Head) -> str:
    if event.seq != last.seq + 1:
        return f"event {last.seq + 1} is missing: {event.seq} follows {last.seq}"
    if bytes(event.previous_hash) != last.hash:
        return f"event {event.seq} does not follow event {last.seq}"
    if digest(last.hash, event.seq, canonical(event)) != bytes(event.hash):
        return f"the content of event {event.seq} was changed"
    return ""
