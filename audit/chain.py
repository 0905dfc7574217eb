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
from typing import Any, NamedTuple
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


class Link(NamedTuple):
    """An event as it stands in the chain; `content` is its canonical form."""

    seq: int
    previous_hash: bytes
    hash: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: number and digest of its last event."""

    seq: int = 0
    hash: bytes = GENESIS


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of checking a chain; `broken_at` is the first event that does not fit.

    `lost_until` is set where the chain is whole but shorter than what was signed: the number of
    the last event that was signed and is gone. `signed_until` is the last one that a signature
    vouches for.
    """

    ok: bool
    events: int
    head: Head
    broken_at: int | None = None
    problem: str = ""
    lost_until: int | None = None
    signed_until: int = 0


def plain(value: Any) -> Any:
    """Return the value as JSON keeps it without loss: decimals, ids and instants become text.

    Raises TypeError for floats: a rounded amount in the evidence would be a false one.
    """
    match value:
        case None | bool() | int():
            return value
        case str():
            return _text(value)
        case dict() | Mapping():
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
    if value.isascii() and "\x00" not in value:
        return value
    return value.replace("\x00", "").encode("utf-8", "replace").decode()


def instant(value: datetime) -> str:
    """Return an instant in UTC with microseconds and Z, as it is hashed and exported."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


def spelled(value: Any) -> str:
    """Return the one spelling of a plain value: keys sorted, no spaces."""
    return _encode(value)


def canonical(event: Any) -> bytes:
    """Return the one spelling of an event: keys sorted, no spaces, UTF-8."""
    return spelled({name: plain(getattr(event, name)) for name in FIELDS}).encode()


def digest(previous: bytes, seq: int, content: bytes) -> bytes:
    """Return the digest of event `seq`, whose canonical form is `content`."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + content).digest()


def verify(
    links: Iterable[Link], head: Head | None = None, anchors: Mapping[int, bytes] | None = None
) -> Verification:
    """Walk a chain in ascending order and say whether nothing was edited, added, moved or cut.

    `anchors` holds digests of single events that are known from elsewhere.
    """
    known = dict(anchors or {})
    seq, last = 0, GENESIS
    for link in links:
        problem = _fault(link, seq, last)
        if not problem and known and known.pop(link.seq, link.hash) != link.hash:
            problem = f"event {link.seq} is not the one that was signed"
        if problem:
            return Verification(False, seq, Head(seq, last), broken_at=seq + 1, problem=problem)
        seq, last = link.seq, link.hash
    return _end(Head(seq, last), head, known, max(anchors or {}, default=0))


def _end(last: Head, head: Head | None, known: Mapping[int, bytes], signed: int) -> Verification:
    """Compare where the chain ends with its head and with what was signed and did not come."""
    seq = last.seq
    if head is not None and head != last:
        problem = f"the chain ends at event {seq}, its head says {head.seq}"
        return Verification(False, seq, last, broken_at=min(head.seq, seq) + 1, problem=problem)
    if known:
        until = max(known)
        problem = (
            f"events {seq + 1} to {until} are missing: event {until} was signed, but the chain ends"
            f" at event {seq}; a cut tail, or a database restored from an older snapshot"
        )
        return Verification(False, seq, last, broken_at=seq + 1, problem=problem, lost_until=until)
    return Verification(True, seq, last, signed_until=signed)


def _fault(link: Link, seq: int, last: bytes) -> str:
    if link.seq != seq + 1:
        return f"event {seq + 1} is missing: {link.seq} follows {seq}"
    if link.previous_hash != last:
        return f"event {link.seq} does not follow event {seq}"
    if not link.content or digest(last, link.seq, link.content) != link.hash:
        return f"the content of event {link.seq} was changed"
    return ""
