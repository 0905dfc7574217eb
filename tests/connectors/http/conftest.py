from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator

import pytest

from connectors.http.auth import BasicAuth
from connectors.http.egress import Egress
from connectors.http.limits import Limits
from connectors.http.session import Session
from tests.connectors.http.servers import RawServer, Reply

QUICK = Limits(connect_seconds=2, read_seconds=1, total_seconds=1.5)


@pytest.fixture
def serve() -> Iterator[Callable[..., RawServer]]:
    started: list[RawServer] = []

    def start(reply: Reply, tls: ssl.SSLContext | None = None) -> RawServer:
        started.append(RawServer(reply, tls))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def loopback() -> Egress:
    return Egress("hosted", loopback_allowed=True)


@pytest.fixture
def open_session(loopback: Egress) -> Iterator[Callable[..., Session]]:
    opened: list[Session] = []

    def build(base_url: str, **options: object) -> Session:
        values = {"auth": BasicAuth("ann", "pw"), "limits": QUICK, "egress": loopback, **options}
        opened.append(Session(base_url=base_url, **values))
        return opened[-1]

    yield build
    for session in opened:
        session.close()
