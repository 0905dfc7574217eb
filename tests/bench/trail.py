"""A trail of a million events: loaded, verified in the database, verified without our code."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from audit import chain, checkpoints, selectors
from audit.models import AuditHead
from tenants.ids import new_id
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench.chaining import Chained

EVENTS = 1_000_000
_BATCH = 50_000
_BEGIN = datetime(2025, 1, 1, tzinfo=UTC)


class Broken(Exception):
    """A trail that must be whole is not, so that its figures mean nothing."""


def loaded(events: int) -> Tenant:
    """Return a tenant with a trail of so many events, such as a run leaves, its end noted."""
    tenant = factories.tenant("Bench trail")
    trail = Chained(tenant.pk, chain.Head())
    while trail.last.seq < events:
        with tenant_scope(tenant.pk):
            trail.append(_events(trail.last.seq, min(_BATCH, events - trail.last.seq)))
            AuditHead.objects.update_or_create(
                tenant=tenant, defaults={"seq": trail.last.seq, "hash": trail.last.hash}
            )
    checkpoints.note(tenant.pk, trail.last, timezone.now())
    with connection.cursor() as cursor:
        cursor.execute("analyze audit_auditevent")
    return tenant


def _events(last: int, count: int) -> Iterator[dict[str, Any]]:
    """Yield so many events behind the last one: what a run says of one document, over and over."""
    document, run = new_id(), new_id()
    for seq in range(last + 1, last + count + 1):
        yield {
            "at": _BEGIN + timedelta(milliseconds=seq),
            "action": "write.confirmed",
            "target_id": str(document),
            "target_label": f"invoice RE-{seq:07d}",
            "changes": {"state": ["writing", "written"]} if seq % 3 == 0 else {},
            "facts": {"amount": f"{seq}.50", "currency": "EUR", "number": f"PI-{seq}", "lines": 3},
            "document": document,
            "run": run,
        }


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
