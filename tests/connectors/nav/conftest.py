"""A NAV sandbox on a socket of its own, and the connector that speaks to it."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.http.egress import Egress
from connectors.http.tokens import MemoryTokenStore
from connectors.nav.connector import NavConnector
from connectors.registry import Wiring
from connectors.sandboxing import Clock, SandboxServer
from connectors.sandboxing.faults import Fault
from tests.connectors.nav.builders import COMPANY
from tests.connectors.nav.strict import StrictNav

GUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
SECRET = {"client_id": "connector", "client_secret": "connector-secret"}


class Instance:
    """A running NAV and what is known of the requests it got."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.url = f"{server.url}/BC/"

    def connect(self, *, secret: dict[str, str] | None = None, **settings: Any) -> NavConnector:
        values = {
            "base_url": self.url,
            "dialect": "api",
            "token_url": f"{self.server.url}/sandbox/oauth2/v2.0/token",
            "scope": "https://api.businesscentral.dynamics.com/.default",
            "timeout_seconds": 5,
            **settings,
        }
        wiring = Wiring(egress=Egress(loopback_allowed=True), tokens=MemoryTokenStore())
        return NavConnector.open(values, secret or SECRET, wiring)

    def switch(self, **switches: Any) -> None:
        self.server.app.change_switches(switches)

    def fault(self, **fault: Any) -> None:
        """Hit the next request that matches, as `connectors.sandboxing.faults.Fault` says."""
        self.server.scenario.load(Fault(**fault))

    def type_in(self, entity_set: str, op: str, **wish: Any) -> dict[str, Any]:
        """Do what a person does in NAV's own client; returns the record afterwards."""
        wish = {"set": entity_set, "op": op, "company": COMPANY, **wish}
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=5)
        connection.request("POST", "/__ctl/records", json.dumps(wish))
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        assert answer.status == 200, body
        return body["records"][0]

    def calls(self) -> list[str]:
        """Return method and path of all requests but those for tokens, oldest first."""
        return [
            f"{entry.method} {re.sub(GUID, 'id', entry.path.partition('v2.0/')[2])}"
            for entry in self.server.log.entries()
            if not entry.path.endswith("/token")
        ]

    def forget_calls(self) -> None:
        self.server.log.clear()


@pytest.fixture
def nav() -> Iterator[Instance]:
    app = StrictNav(state=":memory:", keys={"ann": "key"}, clock=Clock())
    with SandboxServer(app) as server:
        yield Instance(server)
    app.blame()


@pytest.fixture
def ledger(nav: Instance) -> Iterator[NavConnector]:
    """A connector that knows the company's setup already; nothing is in the log."""
    connector = nav.connect()
    connector.setup(COMPANY)
    nav.forget_calls()
    yield connector
    connector.close()


@pytest.fixture
def rows(ledger: NavConnector) -> Callable[..., list[dict[str, Any]]]:
    """Read records of the company as they stand."""

    def read(path: str, **params: str) -> list[dict[str, Any]]:
        client = ledger.dialect._client  # the same instance, plainly read
        query = {f"${name}": value for name, value in params.items()}
        return client.rows(f"companies({COMPANY})/{path}", query)

    return read
