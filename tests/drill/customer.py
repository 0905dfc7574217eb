"""The customers of the drill: one tenant each, with a data set at the source and a company."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from sync.engine import tickets
from sync.engine.queue import RunActive, queue_runs
from sync.models import Document, DocumentState, Flow, FlowName, Integration, Run, Trigger, Write
from sync.models.run import ACTIVE_STATES
from sync.models.write import OPEN_STATES
from sync.services.documents import document_replay
from sync.services.webhooks import webhooks_enable
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories, small
from tests.drill.installation import Sandbox
from tests.world import CLIENT, SECRET, integration_between

SETTLE_SECONDS = 4
TIMEOUT_SECONDS = 1


class Customer:
    """One tenant and what was put into its source so far: the truth to be found in the ledger."""

    def __init__(self, place: int, source: Sandbox, ledger: Sandbox, *, post: bool) -> None:
        self.place, self.source, self.ledger = place, source, ledger
        self.company_id = company_id(place)
        self.orders: list[int] = []
        self.invoices: list[int] = []
        policy = {**small.POLICY, "invoice": {"enabled": True, "post": post}}
        self.tenant: Tenant = factories.tenant(f"Drill {place}")
        self.integration: Integration = integration_between(
            self.tenant,
            SimpleNamespace(url=source.url),
            SimpleNamespace(url=ledger.url),
            self.company_id,
            policy=policy,
            client=f"{CLIENT}-{place}",
            nav={"settle_seconds": SETTLE_SECONDS, "timeout_seconds": TIMEOUT_SECONDS},
        )
        self._send([small.supplier(number) for number in range(small.SUPPLIERS)])

    def scope(self) -> Any:
        return tenant_scope(self.tenant.pk)

    def add(self, count: int) -> int:
        """Let the source export `count` new orders and their invoices; returns how many in all."""
        first = len(self.orders) + 1
        numbers = range(first, first + count)
        self._send([small.order(number) for number in numbers])
        self._send([small.invoice(number) for number in numbers])
        self.orders += numbers
        self.invoices += numbers
        return 2 * count

    def _send(self, records: list[dict[str, Any]]) -> None:
        stamp = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        for record in records:
            head = record["body"].get("header", record["body"])
            head["lastUpdate"] = stamp
            record["dataset"] = dataset(self.place)
        self.source.ask("POST", "records", records)

    def run(self, *flows: str) -> bool:
        """Queue a run of each flow; False while one is going on."""
        with self.scope():
            wanted = Flow.objects.filter(
                integration=self.integration, resource__in=flows or small.FLOWS
            )
            try:
                queue_runs(self.integration, list(wanted), trigger=Trigger.API)
            except RunActive:
                return False
        return True

    def replay(self) -> None:
        """Ask for some written invoices to be decided again, as a person would."""
        with self.scope():
            written = Document.objects.filter(
                flow_name=FlowName.INVOICES, state=DocumentState.WRITTEN
            )
            for document in written.order_by("pk")[:3]:
                document_replay(document)

    def prepare(self) -> None:
        small.import_mappings(self.scope(), self.integration)

    def subscribe(self) -> None:
        """Ask for the ledger's notifications."""
        with self.scope():
            webhooks_enable(self.integration)

    def is_busy(self) -> bool:
        """Whether a run is active, a write open or a document on its way."""
        under_way = (DocumentState.RECEIVED, DocumentState.WRITING, DocumentState.UNKNOWN)
        with self.scope():
            return (
                Run.objects.filter(state__in=ACTIVE_STATES).exists()
                or Write.objects.filter(state__in=OPEN_STATES).exists()
                or Document.objects.filter(state__in=under_way).exists()
            )

    def states(self) -> dict[tuple[str, str], str]:
        """Return what the product believes: (flow, source id) -> state."""
        with self.scope():
            rows = Document.objects.values_list("flow_name", "source_id", "state")
            return {(flow, source_id): state for flow, source_id, state in rows}

    def ring(self) -> None:
        tickets.wake(self.integration.pk)


def company_id(place: int) -> str:
    return str(uuid5(NAMESPACE_URL, f"drill company {place}"))


def dataset(place: int) -> str:
    return f"drill{place}"


def nav_seed(folder: Path, count: int) -> Path:
    """Write a seed with one company like CRONUS for each customer."""
    [cronus] = json.loads(small.CRONUS.read_text())["companies"]
    companies = [
        {**cronus, "id": company_id(place), "name": f"Drill {place}"} for place in range(count)
    ]
    path = folder / "nav.json"
    path.write_text(json.dumps({"companies": companies}))
    return path


def clients(kind: str, count: int) -> list[str]:
    """Return the sandbox's options that admit the customers."""
    options = []
    for place in range(count):
        bound = f":{dataset(place)}" if kind == "jaggaer" else ""
        options += ["--client", f"{CLIENT}-{place}:{SECRET}{bound}"]
    return options
