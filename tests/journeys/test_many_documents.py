"""Many documents that stand in the ledger: replayed without a write, and checked against what
people changed there by hand. 10,200 orders and invoices with --long, some 130 otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sync.engine.ledger_check import BLOCK
from sync.models import Document, FlowName, Run
from sync.services.documents import ReplayFilter, documents_replay
from tests import database, small
from tests.journeys.handwork import Handwork
from tests.journeys.test_ledger_check import check
from tests.world import World


@dataclass(frozen=True)
class Books:
    """A customer whose orders and invoices all stand in the ledger, and how many get damaged."""

    customer: World
    pairs: int  # orders, each with its invoice and that one's journal entry
    wrong: int

    @property
    def documents(self) -> int:
        return 2 * self.pairs

    def written(self) -> int:
        with self.customer.scope():
            rows = Document.objects.exclude(flow_name=FlowName.SUPPLIERS)
            return rows.filter(state="written").count()


@pytest.fixture(scope="module")
def books(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Books]:
    wrong, clean = 2 * len(Handwork.DEEDS), 2 * 20 + 2 * len(Handwork.DEEDS)
    if request.config.getoption("--long"):
        wrong, clean = 200, 10_000
    pairs = (wrong + clean) // 2
    with django_db_blocker.unblock():
        with small.small_world(tmp_path_factory.mktemp("books"), dated(pairs)) as customer:
            customer.run(*small.FLOWS)
            yield Books(customer, pairs, wrong)
        database.empty_all()


def dated(pairs: int) -> Iterator[dict[str, Any]]:
    """Yield orders and invoices that were written day by day over four weeks."""
    for number, record in enumerate(small.records(pairs), start=-small.SUPPLIERS - pairs):
        if record["collection"] == "invoices":
            day = f"2026-03-{3 + 28 * number // pairs:02}T00:00:00.000Z"
            record["body"]["header"]["invoiceDate"] = day
        yield record


def test_replaying_what_stands_writes_nothing_and_asks_little(books, capsys):
    customer = books.customer
    before = len(customer.requests(customer.nav))

    with customer.scope():
        runs = documents_replay(customer.integration, chosen=ReplayFilter(state="written"))
    customer.settle()

    asked = customer.requests(customer.nav)[before:]
    with customer.scope():
        replayed = sum(Run.objects.get(pk=run.pk).seen for run in runs)
    with capsys.disabled():
        print(f" {replayed} replayed: {len(asked)} requests", end="")
    assert replayed == books.documents + small.SUPPLIERS
    assert [one for one in asked if one.method != "GET"] == []
    assert len(asked) <= books.documents / 40
    assert books.written() == books.documents


def test_each_difference_made_by_hand_is_found_with_its_kind_and_nothing_else(books, capsys):
    customer = books.customer
    hand = Handwork(customer)
    hand.post(range(1, books.pairs + 1, 2))
    expected = hand.damage(range(1, books.wrong + 1))
    before = len(customer.requests(customer.nav))

    found = check(customer)

    asked = len(customer.requests(customer.nav)) - before
    with capsys.disabled():
        print(f" {len(expected)} of {books.documents} damaged, {asked} requests", end="")
    assert found == expected
    assert len(expected) == books.wrong
    assert asked <= 12 * (books.documents // BLOCK + 1) + 10 + books.wrong // 10
