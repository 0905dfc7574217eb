"""Ten thousand secrets of one tenant, sealed anew with a new data key."""

from __future__ import annotations

import time
from datetime import timedelta

from connectors.models import Connection
from connectors.secrets import seal_secret
from tenants import rotation
from tenants.scoping import tenant_scope
from tests import factories

SECRETS = 10_000


class Unfinished(Exception):
    """Something is left under the former key, so that the figure means nothing."""


def rotation_seconds(count: int) -> float:
    """Return how long it takes until nothing is left under the former data key."""
    tenant = factories.tenant("Bench keys")
    rows = [Connection(tenant=tenant, kind="nav", name=f"connection {n}") for n in range(count)]
    with tenant_scope(tenant.pk):
        for row in rows:
            row.secret = seal_secret(row, {"client_id": "x", "client_secret": f"of {row.name}"})
        Connection.objects.bulk_create(rows, batch_size=1000)
    began = time.perf_counter()
    done = rotation.rotate(tenant.pk, older_than=timedelta(0), settle=timedelta(0))
    seconds = time.perf_counter() - began
    if not done.is_done:
        raise Unfinished(str(done))
    return seconds
