"""Large lists that move while they are read, the requests counted at the source: F36 and F37.

Orders that nobody has approved are read and kept, and nothing is written for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil
from pathlib import Path
from typing import Any

import pytest

from connectors.base import Listing, Since
from connectors.http.egress import Egress
from connectors.http.tokens import MemoryTokenStore
from connectors.jaggaer.connector import JaggaerConnector
from connectors.jaggaer.listing import ListReader
from connectors.jaggaer.sandbox import Client, JaggaerSandbox
from connectors.registry import Wiring
from connectors.sandboxing.server import SandboxServer
from sync.models import FlowName
from tests import small
from tests.world import CLIENT, SECRET

ORDERS = FlowName.PURCHASE_ORDERS
PAGE = 100
EDITED = 5  # records edited after each page
STAMP = "2026-03-02T08:00:00.123Z"


def seed(folder: Path, count: int) -> Path:
    orders = (
        small.order(number, workflowStatus="Pending", lastUpdate=STAMP) for number in range(count)
    )
    return small.seed(folder, orders)


def edits(count: int, *, ahead: int = 0) -> list[list[dict[str, Any]]]:
    """Return what people edit after each page: records of the page, or some so many pages on."""
    pages = ceil(count / PAGE)
    places = [(page + ahead) % pages * PAGE for page in range(pages)]
    return [[edit(place + at) for at in range(EDITED)] for place in places]


def edit(number: int) -> dict[str, Any]:
    patch = {"header": {"internalNote": "edited"}}
    return {"collection": "purchaseorders", "id": 700_000 + number, "patch": patch}


def list_pages(requests: Sequence[Any]) -> int:
    return sum(entry.path.endswith("/purchaseorders") for entry in requests)


@pytest.fixture
def crowd(tmp_path: Path, full_size) -> Iterator[SandboxServer]:
    """A source with many orders of one instant."""
    clients = (Client(CLIENT, SECRET, "default"),)
    seeds = [seed(tmp_path, full_size(10_000))]
    with SandboxServer(JaggaerSandbox(clients=clients, seeds=seeds)) as server:
        yield server


@pytest.fixture
def connector(crowd: SandboxServer) -> Iterator[JaggaerConnector]:
    tokens = f"{crowd.url}/auth/realms/J1p-integrations/protocol/openid-connect/token"
    secret = {"client_id": CLIENT, "client_secret": SECRET}
    values = JaggaerConnector.parse(
        {"base_url": f"{crowd.url}/j1p/api/public", "token_url": tokens}, secret
    )
    wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore())
    opened = JaggaerConnector.open(values, secret, wiring)
    yield opened
    opened.close()


def test_f37_one_instant_for_all_records_costs_no_page_more(crowd, connector, full_size):
    count = full_size(10_000)

    first = connector.list(ORDERS, None)
    again = connector.list(ORDERS, Since(first.high_water.at))

    assert len(first.entries) == len(again.entries) == count
    assert first.complete
    assert list_pages(crowd.log.entries()) == 2 * count / PAGE


MOVES = {
    "F36 by id, edited behind": ("id", 0),
    "F36 newest first, edited ahead": ("newest", 3),
}


@pytest.mark.parametrize(("list_order", "ahead"), MOVES.values(), ids=MOVES)
def test_records_edited_while_they_are_read_are_all_there(
    crowd, connector, full_size, list_order: str, ahead: int
):
    count = full_size(10_000)
    moves = edits(count, ahead=ahead)
    crowd.app.switch(list_order=list_order, between_pages=moves)

    read = connector.list(ORDERS, None)
    pages = list_pages(crowd.log.entries())
    later = connector.list(ORDERS, read.high_water)  # without any overlap
    truth = connector.list(ORDERS, None)

    assert read.complete
    assert versions(read).keys() == versions(truth).keys()
    assert versions(read) | versions(later) == versions(truth)
    assert len(truth.entries) == count
    assert pages <= ceil(count / PAGE * 1.05)


def versions(listing: Listing) -> dict[str, str]:
    return {entry.source_id: entry.version for entry in listing.entries}


def test_a_reading_longer_than_the_overlap_asks_for_what_changed_meanwhile(
    crowd, connector, full_size
):
    """The clock says that each reading takes an hour; the edits come after the first page."""
    hours = iter(range(100))
    client = connector._client
    resource = connector.profile.resources[ORDERS]
    crowd.app.switch(between_pages=edits(full_size(10_000))[:1])

    read = ListReader(client, resource, clock=lambda: 3600.0 * next(hours)).listing(None)
    truth = connector.list(ORDERS, None)

    assert versions(read) == versions(truth)
