"""A trail of a million events: loaded, verified in the database, verified without our code."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils import timezone

from audit import chain, checkpoints, selectors
from audit.models import AuditEvent, AuditHead
from tenants.ids import new_id
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories

EVENTS = 1_000_000
_BATCH = 50_000
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


class Broken(Exception):
    """A trail that must be whole is not, so that its figures mean nothing."""


def loaded(events: int) -> Tenant:
    """Return a tenant with a trail of so many events, such as a run leaves, its end noted."""
    tenant = factories.tenant("Bench trail")
    head = chain.Head()
    while head.seq < events:
        with tenant_scope(tenant.pk):
            head = _load(tenant.pk, head, min(_BATCH, events - head.seq))
            AuditHead.objects.update_or_create(
                tenant=tenant, defaults={"seq": head.seq, "hash": head.hash}
            )
    checkpoints.note(tenant.pk, head, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("analyze audit_auditevent")
    return tenant


def _load(tenant_id: UUID, head: chain.Head, count: int) -> chain.Head:
    """Append a block; by COPY through a table of its own, since policies bind the real one."""
    names = [field.column for field in AuditEvent._meta.fields if field.column != "id"]
    columns = ", ".join(names)
    with connection.cursor() as cursor:
        cursor.execute(
            f"create temp table loading on commit drop as select {columns} from audit_auditevent"
            " limit 0"
        )
        with cursor.copy(f"copy loading ({columns}) from stdin") as copy:
            for event in _events(tenant_id, head, count):
                copy.write_row([_column(event, name) for name in names])
        cursor.execute(
            f"insert into audit_auditevent ({columns}) select {columns} from loading order by seq"
        )
    return chain.Head(event.seq, event.hash)


def _events(tenant_id: UUID, head: chain.Head, count: int) -> Iterator[AuditEvent]:
    document, run, last = new_id(), new_id(), head.hash
    for seq in range(head.seq + 1, head.seq + count + 1):
        event = AuditEvent(
            tenant_id=tenant_id,
            seq=seq,
            at=_BEGIN + timedelta(milliseconds=seq),
            actor="system:worker",
            action="write.confirmed",
            target_type="sync.document",
            target_id=str(document),
            target_label=f"invoice RE-{seq:07d}",
            changes={"state": ["writing", "written"]} if seq % 3 == 0 else {},
            facts={"amount": f"{seq}.50", "currency": "EUR", "number": f"PI-{seq}", "lines": 3},
            document=document,
            run=run,
            previous_hash=last,
        )
        event.hash = last = chain.digest(last, seq, chain.canonical(event))
        yield event


def _column(event: AuditEvent, name: str) -> Any:
    value = getattr(event, name)
    return chain.spelled(value) if name in ("changes", "facts") else value


def verify_seconds(tenant: Tenant) -> float:
    """Return how long `verify_audit` takes; raises Broken for a trail that it finds fault with."""
    began = time.perf_counter()
    with tenant_scope(tenant.pk):
        found = selectors.verify()
    seconds = time.perf_counter() - began
    if not found.ok or found.signed_until != found.events:
        raise Broken(found.problem)
    return seconds


def standalone_seconds(tenant: Tenant) -> float:
    """Return how long the stand-alone verifier takes for the export, as a program of its own."""
    with tempfile.NamedTemporaryFile(suffix=".jsonl") as file:
        with tenant_scope(tenant.pk):
            file.writelines(line.encode() for line in selectors.export())
        file.flush()
        command = [sys.executable, "-I", str(selectors.VERIFIER), file.name]
        began = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True)
        seconds = time.perf_counter() - began
    if done.returncode:
        raise Broken(done.stdout)
    return seconds
