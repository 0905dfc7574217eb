"""A NAV sandbox that is spoken to through page web services."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from connectors.base import Written
from connectors.documents import LedgerDocument
from connectors.nav.connector import NavConnector
from connectors.nav.sandbox.app import NavSandbox
from connectors.sandboxing import Clock, SandboxServer
from tests.connectors.nav.conftest import Instance

HOME = "CRONUS International Ltd."

Writing = Callable[[LedgerDocument], tuple[Written, dict[str, Any]]]


@pytest.fixture
def nav() -> Iterator[Instance]:
    with SandboxServer(NavSandbox(state=":memory:", keys={"ann": "key"}, clock=Clock())) as server:
        yield Instance(server)


@pytest.fixture
def pages(nav: Instance) -> Iterator[NavConnector]:
    """A connector to pages that knows the company; it has a journal batch; the log is empty."""
    connector = nav.connect(dialect="pages")
    connector.setup(HOME)
    nav.type_in("journals", "insert", values={"code": "JAGGAER"})
    nav.forget_calls()
    yield connector
    connector.close()


@pytest.fixture
def write(pages: NavConnector) -> Writing:
    """Carry out a document's chain; returns the last confirmation and what the chain taught."""

    def carry_out(document: LedgerDocument) -> tuple[Written, dict[str, Any]]:
        known: dict[str, Any] = {}
        for step in pages.plan(HOME, document, post=True):
            done = pages.send(HOME, step, known)
            known |= {"id": done.remote_id, "number": done.number, "etag": done.etag, **done.facts}
        return done, known

    return carry_out


@pytest.fixture
def rows(pages: NavConnector) -> Callable[..., list[dict[str, Any]]]:
    """Read a service of the company as it stands."""

    def read(service: str, **params: str) -> list[dict[str, Any]]:
        client = pages.dialect._instance.client
        query = {f"${name}": value for name, value in params.items()}
        return client.rows(f"Company('CRONUS%20International%20Ltd.')/{service}", query)

    return read
