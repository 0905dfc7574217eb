"""Stored events in the spelling in which they were chained, a million in less than a minute.

The database hands out texts, and the canonical form is put together from them: no model, no date
and no id is made. That the result is `chain.canonical`, byte for byte, is what verification shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from audit.chain import Link, spelled

_BLOCK = 5000
_ROWS = """
select id, seq, previous_hash, hash, tenant_id::text, action, actor,
       to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       changes::text, connection::text, document::text, facts::text,
       request_id, run::text, target_id, target_label, target_type
from audit_auditevent
where tenant_id = %s and seq <= %s and seq >= %s and (seq, id) > (%s, %s)
order by seq, id limit %s
"""


class Stored(NamedTuple):
    """An event with its canonical form in two halves, between which an export puts the hashes."""

    seq: int
    previous_hash: bytes
    hash: bytes
    front: str
    back: str

    def link(self) -> Link:
        """Return the event as the chain is computed; what cannot be spelled has no content."""
        content = f"{{{self.front},{self.back}}}".encode() if self.front else b""
        return Link(self.seq, self.previous_hash, self.hash, content)

    def line(self) -> str:
        """Return the event as a line of an export."""
        hashes = f'"hash":"{self.hash.hex()}","previous_hash":"{self.previous_hash.hex()}"'
        return f"{{{self.front},{hashes},{self.back}}}\n"


def stored(tenant_id: UUID, until: int) -> Iterator[Stored]:
    """Yield a tenant's events up to a number, ascending, a block at a time.

    Memory stays flat and no cursor is held open. Numbers that occur twice come twice.
    """
    seq, key = -(2**62), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_ROWS, [tenant_id, until, seq, seq, key, _BLOCK])
            rows = cursor.fetchall()
        for row in rows:
            yield _stored(row)
        if len(rows) < _BLOCK:
            return
        key, seq = rows[-1][:2]


def _stored(row: tuple[Any, ...]) -> Stored:
    _, seq, previous, digest, tenant, *content = row
    action, actor, at, changes, link, document, facts, request, run, target, label, kind = content
    try:
        front = (
            f'"action":{quoted(action)},"actor":{quoted(actor)},"at":"{at}"'
            f',"changes":{_json(changes)},"connection":{_id(link)}'
            f',"document":{_id(document)},"facts":{_json(facts)}'
        )
        back = (
            f'"request_id":{quoted(request)},"run":{_id(run)},"seq":{seq}'
            f',"target_id":{quoted(target)},"target_label":{quoted(label)}'
            f',"target_type":{quoted(kind)},"tenant_id":"{tenant}"'
        )
    except (ValueError, TypeError, RecursionError):  # nothing that `record` would have stored
        front, back = "", ""
    return Stored(seq, bytes(previous or b""), bytes(digest or b""), front, back)


def _json(text: str) -> str:
    return text if text == "{}" else spelled(json.loads(text))


def _id(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'
