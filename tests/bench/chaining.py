"""Audit events as the product would have chained them, inserted many at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from audit import chain
from audit.models import AuditEvent
from tests.bench.copying import copy_rows

_USUAL: Mapping[str, Any] = {
    "actor": "system:worker",
    "target_type": "sync.document",
    "changes": {},
    "connection": None,
    "request_id": "",
}


class Chained:
    """The trail of a tenant that events are added to; `last` is where it ends."""

    def __init__(self, tenant_id: UUID, last: chain.Head) -> None:
        self.tenant_id, self.last = tenant_id, last

    def append(self, events: Iterable[Mapping[str, Any]]) -> None:
        """Insert events, each numbered and linked to the one before; in the tenant's scope.

        Every event names the same fields in the same order. Where the trail ends is the caller's to
        save, with `AuditHead`.
        """
        copy_rows(AuditEvent, map(self._linked, events))

    def _linked(self, told: Mapping[str, Any]) -> dict[str, Any]:
        seq, previous = self.last.seq + 1, self.last.hash
        event = {**_USUAL, **told, "tenant_id": self.tenant_id, "seq": seq}
        content = chain.canonical(SimpleNamespace(**event))
        self.last = chain.Head(seq, chain.digest(previous, seq, content))
        return event | {
            "changes": json.dumps(event["changes"]),
            "facts": json.dumps(event["facts"]),
            "previous_hash": previous,
            "hash": self.last.hash,
        }
