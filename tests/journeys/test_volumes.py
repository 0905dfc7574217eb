"""Many documents that wait for one mapping are released by one import (--long: full size)."""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from sync.models import Document, FlowName
from sync.services.mappings import mapping_import
from tenants.scoping import tenant_scope
from tests.bench import generator
from tests.bench.counting import counted_queries
from tests.bench.customer import FLOWS, Customer, customer

pytestmark = pytest.mark.django_db(transaction=True)

POLICY = {"journal": {"enabled": False}}
MISSING = [{"source_code": "CCD00", "target_code": "DEPARTMENT/D00"}]


@dataclass
class Cost:
    """What work took of our own: statements, and processor time of this process in seconds."""

    queries: int = 0
    seconds: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    cost, before = Cost(), _cpu()
    with counted_queries() as queries:
        yield cost
    cost.queries, cost.seconds = queries.count, _cpu() - before


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def one_department(monkeypatch) -> None:
    """Let all documents belong to one department whose code nobody has mapped."""
    mapped = {kind: rows for kind, rows in generator.mappings().items() if kind != "cost_center"}
    monkeypatch.setattr(generator, "DEPARTMENTS", ["D00"])
    monkeypatch.setattr(generator, "mappings", lambda: mapped)


def release(folder, documents: int) -> Cost:
    """Let so many orders and invoices wait for one mapping, import it, see them all written."""
    folder.mkdir()
    with customer(folder, documents // 2, POLICY, mixed=False) as of:
        for flow in FLOWS:
            of.run(flow)
        assert states(of) == {"parked": documents}
        with measured() as cost:
            with tenant_scope(of.tenant.pk):
                mapping_import(of.integration, kind="cost_center", rows=MISSING)
            of.settle()
        assert states(of) == {"written": documents}
        return cost


def states(of: Customer) -> dict[str, int]:
    with tenant_scope(of.tenant.pk):
        rows = Document.objects.exclude(flow_name=FlowName.SUPPLIERS)
        return dict(Counter(rows.values_list("state", flat=True)))


def test_documents_that_wait_for_one_mapping_go_on_by_one_import(
    tmp_path, one_department, request, capsys
):
    """5,000 with --long, in less than 30 s of our own; never a query for each of them."""
    whole = request.config.getoption("--long")
    few, many = (200, 400) if whole else (40, 120)

    first, second = release(tmp_path / "few", few), release(tmp_path / "many", many)

    said = f" {few}: {first}, {many}: {second}"
    assert (second.queries - first.queries) / (many - few) < 1
    if whole:
        cost = release(tmp_path / "all", 5000)
        said += f", 5000: {cost}"
        assert cost.seconds < 30
    with capsys.disabled():
        print(said, end="")
