from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Record
from connectors.http.egress import Egress
from connectors.http.tokens import MemoryTokenStore
from connectors.jaggaer.connector import JaggaerConnector
from connectors.jaggaer.profile import Profile, compile_profile
from connectors.jaggaer.sandbox.app import JaggaerSandbox
from connectors.jaggaer.settings import default_profile
from connectors.jaggaer.translate import MAKERS, understand_with
from connectors.registry import Wiring
from connectors.sandboxing import SandboxServer

PAYLOADS = Path(__file__).parents[2] / "payloads" / "jaggaer"
TOKEN_PATH = "/auth/realms/J1p-integrations/protocol/openid-connect/token"
SECRET = {"client_id": "sandbox", "client_secret": "sandbox-secret"}

Understand = Callable[..., Record]
Open = Callable[..., JaggaerConnector]
Sandbox = Callable[..., tuple[Any, Any]]


def paths(server: Any) -> list[str]:
    """The calls of the API, without those for tokens."""
    return [entry.path for entry in server.log.entries() if "/j1p/" in entry.path]


@pytest.fixture
def payload() -> Callable[[str], Any]:
    """A body of the other system by its file name, fresh for every caller."""

    def load(name: str) -> Any:
        text = (PAYLOADS / f"{name}.json").read_text(encoding="utf-8")
        return json.loads(text, parse_float=Decimal)

    return load


@pytest.fixture
def detail(payload: Callable[[str], Any]) -> dict[str, Any]:
    """The contract's invoice in full."""
    return payload("invoice_detail")


@pytest.fixture(scope="session")
def profile() -> Profile:
    return compile_profile(default_profile())


@pytest.fixture
def raw_profile() -> dict[str, Any]:
    """The default profile, free to be changed."""
    return copy.deepcopy(dict(default_profile()))


@pytest.fixture
def understand(profile: Profile) -> Understand:
    """Understand a payload with the default profile, or another."""

    def act(flow: str, body: Any, other: Profile | None = None) -> Record:
        chosen = other or profile
        return understand_with(chosen, chosen.resources[flow], MAKERS[flow], body, salt="test")

    return act


@pytest.fixture
def sandbox() -> Iterator[Callable[..., tuple[SandboxServer, JaggaerSandbox]]]:
    started: list[SandboxServer] = []

    def start(**switches: Any) -> tuple[SandboxServer, JaggaerSandbox]:
        app = JaggaerSandbox(**switches)
        server = SandboxServer(app).start()
        started.append(server)
        return server, app

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def open_connector() -> Iterator[Open]:
    """Open the connector against an address, as the runtime does."""
    opened: list[JaggaerConnector] = []

    def build(
        url: str, *, secret: Any = None, observer: Any = None, **settings: Any
    ) -> JaggaerConnector:
        values = JaggaerConnector.parse(
            {
                "base_url": f"{url}/j1p/api/public",
                "token_url": url + TOKEN_PATH,
                **settings,
            },
            secret or SECRET,
        )
        wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore(), observer=observer)
        opened.append(JaggaerConnector.open(values, secret or SECRET, wiring))
        return opened[-1]

    yield build
    for connector in opened:
        connector.close()
