"""How often an instance is asked what it publishes: once for a connection, until it may be old."""

from __future__ import annotations

import pytest

from connectors.errors import ConnectorError
from connectors.http.egress import Egress
from connectors.http.kept import MAX_AGE, Kept
from connectors.http.tokens import MemoryTokenStore
from connectors.nav.connector import NavConnector
from connectors.registry import Wiring
from tests.connectors.nav.builders import COMPANY
from tests.connectors.nav.conftest import SECRET, Instance
from tests.connectors.nav.pages.conftest import HOME

COMPANIES = {"api": COMPANY, "auto": COMPANY, "pages": HOME}


class Connection:
    """Opens connectors of one connection, as each slice of work does."""

    def __init__(self, nav: Instance, dialect: str) -> None:
        self.nav = nav
        self.now = 0.0
        self._kept = Kept(clock=lambda: self.now)
        self._settings = {
            "base_url": nav.url,
            "dialect": dialect,
            "token_url": f"{nav.server.url}/sandbox/oauth2/v2.0/token",
            "scope": "https://api.businesscentral.dynamics.com/.default",
        }

    def open(self) -> NavConnector:
        egress = Egress(loopback_allowed=True)
        wiring = Wiring(egress=egress, tokens=MemoryTokenStore(), kept=self._kept)
        return NavConnector.open(self._settings, SECRET, wiring)

    def metadata_reads(self) -> int:
        return sum(entry.path.endswith("$metadata") for entry in self.nav.server.log.entries())


def work(connection: Connection, dialect: str) -> None:
    connector = connection.open()
    connector.capabilities()
    connector.setup(COMPANIES[dialect])
    connector.close()


@pytest.mark.parametrize("dialect", COMPANIES)
def test_ten_slices_of_one_connection_read_the_metadata_once(nav: Instance, dialect: str):
    connection = Connection(nav, dialect)

    for _ in range(10):
        work(connection, dialect)

    assert connection.metadata_reads() == 1


@pytest.mark.parametrize("dialect", COMPANIES)
def test_a_check_and_an_hour_read_it_anew(nav: Instance, dialect: str):
    connection = Connection(nav, dialect)
    work(connection, dialect)

    list(connection.open().check())
    checked = connection.metadata_reads()
    connection.now += MAX_AGE + 1
    work(connection, dialect)

    assert (checked, connection.metadata_reads()) == (2, 3)


def test_what_is_no_longer_published_is_noticed_by_its_first_refusal(nav: Instance):
    connection = Connection(nav, "api")
    work(connection, "api")
    nav.switch(hidden=("purchaseInvoices.post", "paymentTerms"))
    client = connection.open().dialect._client

    with pytest.raises(ConnectorError):
        client.rows(f"companies({COMPANY})/paymentTerms")
    work(connection, "api")

    assert connection.metadata_reads() == 2
    assert connection.open().capabilities()["posting"] is False
