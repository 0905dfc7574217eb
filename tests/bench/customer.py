"""A customer to measure: sandboxes as processes of their own, the engine in this one."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from sync.engine.queue import queue_runs
from sync.models import Document, Flow, FlowName, Integration, Trigger
from sync.services.integrations import integration_create
from sync.services.mappings import mapping_import
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench import generator
from tests.working import work_off

_CLIENT, _SECRET = "bench", "bench-secret"
_MOST_SLICES = 10_000


class Unfinished(Exception):
    """The work did not come to where it must end, so that its figures mean nothing."""


@dataclass(frozen=True)
class Customer:
    """A tenant between its two sandboxes, which are known by their addresses."""

    tenant: Tenant
    integration: Integration
    jaggaer: str
    nav: str

    def run(self, flow: str) -> None:
        """Run one flow to its end."""
        with tenant_scope(self.tenant.pk):
            flows = list(Flow.objects.filter(integration=self.integration, resource=flow))
            queue_runs(self.integration, flows, trigger=Trigger.API)
        self.settle()

    def settle(self) -> None:
        """Work off everything that is due now."""
        if not work_off(_MOST_SLICES):
            raise Unfinished("the work does not end")

    def require_written(self, flow: str, documents: int) -> None:
        """Raise Unfinished unless so many documents of the flow stand in the ledger."""
        with tenant_scope(self.tenant.pk):
            rows = Document.objects.filter(integration=self.integration, flow_name=flow)
            written = rows.filter(state="written").count()
        if written != documents:
            raise Unfinished(f"{written} of {documents} {flow} were written")

    def requests(self, address: str) -> int:
        """Return how many requests a sandbox has answered, those for tokens left out."""
        return len(self.paths(address))

    def paths(self, address: str) -> list[str]:
        """Return what a sandbox was asked for, oldest first, without tokens."""
        return [entry["path"] for entry in self.requests_seen(address)]

    def requests_seen(self, address: str) -> list[dict[str, Any]]:
        """Return the requests that a sandbox answered, oldest first, without those for tokens."""
        with urllib.request.urlopen(f"{address}/__ctl/log") as answer:
            entries = json.load(answer)["entries"]
        return [entry for entry in entries if "token" not in entry["path"]]


@contextmanager
def customer(
    folder: Path, documents: int, policy: Mapping[str, Any], *, mixed: bool
) -> Iterator[Customer]:
    """Set a customer up as far as its mappings; suppliers, orders and invoices are still to run."""
    seeds = generator.write_seeds(folder, documents, mixed=mixed)
    with ExitStack() as running:
        jaggaer, nav = (
            running.enter_context(_sandbox(kind, folder, seed))
            for kind, seed in zip(("jaggaer", "nav"), seeds, strict=True)
        )
        tenant = factories.tenant(f"Bench {folder.name}")
        integration = _integration(tenant, jaggaer, nav, policy)
        made = Customer(tenant, integration, jaggaer, nav)
        made.run(FlowName.REFERENCE)
        with tenant_scope(tenant.pk):
            for kind, rows in generator.mappings().items():
                mapping_import(integration, kind=kind, rows=rows)
        yield made


@contextmanager
def _sandbox(kind: str, folder: Path, seed: Path) -> Iterator[str]:
    dataset = f":{generator.DATASET}" if kind == "jaggaer" else ""
    client = f"{_CLIENT}:{_SECRET}{dataset}"
    options = ["--port", "0", "--seed", str(seed), "--client", client]
    process = subprocess.Popen(
        [sys.executable, "-m", f"connectors.{kind}.sandbox", *options],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        stderr=(folder / f"{kind}.log").open("wb"),
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
    finally:
        process.terminate()
        process.wait()


def _integration(tenant: Tenant, jaggaer: str, nav: str, policy: Mapping[str, Any]) -> Integration:
    """Pair the two; budgets are out of the way, since it is our own work that is measured."""
    secret = {"client_id": _CLIENT, "client_secret": _SECRET}
    keycloak = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
    source = {
        "base_url": f"{jaggaer}/j1p/api/public",
        "token_url": f"{jaggaer}{keycloak}",
        "requests_per_second": 1000,
    }
    ledger = {
        "base_url": f"{nav}/BC/",
        "token_url": f"{nav}/token",
        "requests_per_5_minutes": 600_000,
    }
    sides = [
        factories.connection(tenant, kind, settings=given, secret=secret)
        for kind, given in (("jaggaer", source), ("nav", ledger))
    ]
    with tenant_scope(tenant.pk):
        return integration_create(
            name="Bench",
            source=sides[0],
            ledger=sides[1],
            company=generator.COMPANY_ID,
            policy=dict(policy),
        )


FLOWS: Sequence[str] = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
