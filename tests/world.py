"""A customer between two sandboxes: real servers on loopback, real database, the engine in process.

The seam is the doorbell: instead of a broker, `settle` works off the line of tickets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors import exactjson
from connectors.jaggaer.sandbox import Client, JaggaerSandbox
from connectors.sandboxing.server import SandboxServer
from sync.engine import tickets
from sync.engine.queue import queue_runs
from sync.models import Document, Flow, FlowName, Integration, Run, RunMode, Trigger
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.connectors.nav.strict import StrictNav
from tests.working import work_off

CLIENT, SECRET = "world-client", "world-secret"


@dataclass
class World:
    """One tenant, its integration, and both other systems."""

    tenant: Tenant
    integration: Integration
    jaggaer: SandboxServer
    nav: SandboxServer

    def scope(self) -> Any:
        return tenant_scope(self.tenant.pk)

    def run(self, *flows: str, **options: Any) -> list[Run]:
        """Queue the named flows (without names all), work until nothing is due, return them."""
        with self.scope():
            wanted = Flow.objects.filter(
                integration=self.integration, resource__in=flows or list(FlowName)
            )
            runs = queue_runs(self.integration, list(wanted), trigger=Trigger.API, **options)
        self.settle()
        with self.scope():
            return [Run.objects.get(pk=run.pk) for run in runs]

    def settle(self, slices: int = 500) -> None:
        """Work off every ticket that is due now."""
        assert work_off(slices), "the work does not end"

    def documents(self, **filters: Any) -> list[Document]:
        with self.scope():
            return list(Document.objects.filter(**filters).order_by("modified_at", "source_id"))

    def document(self, **filters: Any) -> Document:
        [found] = self.documents(**filters)
        return found

    def ledger(self) -> Mapping[str, Any]:
        """Everything that the NAV sandbox holds for the integration's company."""
        from urllib.parse import quote
        from urllib.request import urlopen

        url = f"{self.nav.url}/__ctl/ledger?company={quote(self.integration.company_id)}"
        with urlopen(url) as answer:
            return json.load(answer)

    def requests(self, server: SandboxServer, path: str = "") -> list[Any]:
        """The requests that a sandbox saw, without tokens."""
        return [
            entry
            for entry in server.log.entries()
            if path in entry.path and "token" not in entry.path
        ]


def control(server: SandboxServer, path: str, body: Mapping[str, Any]) -> Any:
    """Tell a sandbox what happens on its side: a person types, a switch is turned."""
    from urllib.request import Request, urlopen

    data = exactjson.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{server.url}/__ctl/{path}", data, headers)) as answer:
        return json.load(answer)


@contextmanager
def world(
    *,
    jaggaer_seed: Path,
    nav_seed: Path | None,
    company_id: str,
    dataset: str = "",
    policy: Mapping[str, Any] | None = None,
    business_units: list[str] | None = None,
    nav_settings: Mapping[str, Any] | None = None,
    source_settings: Mapping[str, Any] | None = None,
    **switches: Any,
) -> Iterator[World]:
    """Start both sandboxes with their seeds and set up a tenant between them.

    `source_settings` are more settings of JAGGAER, its addresses as paths of the sandbox.
    """
    jaggaer = JaggaerSandbox(
        clients=(Client(CLIENT, SECRET, dataset),), seeds=[jaggaer_seed], **switches
    )
    nav = StrictNav(clients={CLIENT: SECRET}, seed=nav_seed)
    with SandboxServer(jaggaer) as source, SandboxServer(nav) as ledger:
        tenant = factories.tenant("World Ltd")
        integration = integration_between(
            tenant,
            source,
            ledger,
            company_id,
            policy=policy,
            business_units=business_units,
            nav=nav_settings,
            jaggaer=source_settings,
        )
        yield World(tenant, integration, source, ledger)
    nav.blame()


def integration_between(
    tenant: Tenant,
    source: Any,
    ledger: Any,
    company_id: str,
    *,
    policy: Mapping[str, Any] | None = None,
    business_units: list[str] | None = None,
    client: str = CLIENT,
    nav: Mapping[str, Any] | None = None,
    jaggaer: Mapping[str, Any] | None = None,
) -> Integration:
    """Set up a tenant between two sandboxes, known by their `url`.

    `nav` and `jaggaer` are more settings, JAGGAER's addresses as paths.
    """
    told = {
        "base_url": "/j1p/api/public",
        "token_url": "/auth/realms/J1p-integrations/protocol/openid-connect/token",
        "profile": "default",
        "requests_per_second": 1000,
        **(jaggaer or {}),
    }
    told |= {name: source.url + told[name] for name in ("base_url", "token_url")}
    secret = {"client_id": client, "client_secret": SECRET}
    read_from = factories.connection(tenant, "jaggaer", settings=told, secret=secret)
    write_to = factories.connection(
        tenant,
        "nav",
        settings={
            "base_url": f"{ledger.url}/BC/",
            "token_url": f"{ledger.url}/token",
            "requests_per_5_minutes": 600_000,
            "settle_seconds": 0,
            **(nav or {}),
        },
        secret=secret,
    )
    with tenant_scope(tenant.pk):
        integration = Integration.objects.create(
            name="Main",
            source=read_from,
            ledger=write_to,
            company_id=company_id,
            policy=dict(policy or {}),
            business_units=business_units or [],
        )
        for name in FlowName:
            Flow.objects.create(integration=integration, resource=name, schedule={"kind": "manual"})
    tickets.open_ticket(integration.pk, tenant.pk)
    return integration


__all__ = ["RunMode", "World", "control", "world"]
