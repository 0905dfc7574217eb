"""A customer small enough to be made for one test: six invoices of the demo with all they need."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.demo.tenants import DemoTenant, labels, tenants, write_seeds
from sync.models import FlowName
from sync.services.mappings import mapping_import
from tests.world import World, world

KEY = "DBC"
WRITTEN, PARKED = 4, 4
FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


def demo() -> DemoTenant:
    return next(tenant for tenant in tenants() if tenant.key == KEY)


def small_seeds(folder: Path, written: int = WRITTEN, parked: int = PARKED) -> tuple[Path, Path]:
    """Write the demo's seeds, cut down to a few invoices with their orders and suppliers."""
    jaggaer, nav = write_seeds(folder)
    lines = [json.loads(line) for line in jaggaer.read_text(encoding="ascii").splitlines()]
    own = [line for line in lines if line["dataset"] == KEY]
    invoices = _chosen([line for line in own if line["collection"] == "invoices"], written, parked)
    text = json.dumps(invoices)
    orders = [
        line
        for line in own
        if line["collection"] == "purchaseorders"
        and line["body"]["header"]["poNumber"].lstrip("0") in text
    ]
    text += json.dumps(orders)
    suppliers = [
        line
        for line in own
        if line["collection"] == "suppliers" and f'"{line["body"].get("erpNumber")}"' in text
    ]
    small = folder / "small.jsonl"
    small.write_text("".join(f"{json.dumps(line)}\n" for line in suppliers + orders + invoices))
    return small, nav


def _chosen(invoices: list[dict[str, Any]], written: int, parked: int) -> list[dict[str, Any]]:
    """Return invoices of both kinds; among the parked ones those that lack a mapping come first."""
    known = labels(KEY)
    states = {source_id: label["state"] for source_id, label in known.items()}
    invoices = sorted(
        invoices, key=lambda line: "mapping_missing" not in str(known[str(line["id"])]["accepted"])
    )
    picked = []
    for state, number in (("written", written), ("parked", parked)):
        picked += [line for line in invoices if states[str(line["id"])] == state][:number]
    return picked


@contextmanager
def customer(folder: Path, *, run: bool = True) -> Iterator[World]:
    """Start both sandboxes for the small customer; with `run` everything has travelled once."""
    jaggaer, nav = small_seeds(folder)
    of = demo()
    with world(
        jaggaer_seed=jaggaer,
        nav_seed=nav,
        company_id=of.company_id,
        dataset=of.dataset,
        policy=of.policy,
    ) as made:
        if run:
            made.run(FlowName.REFERENCE)
            import_mappings(made, of)
            made.run(*FLOWS)
        yield made


def import_mappings(made: World, of: DemoTenant) -> None:
    with made.scope():
        made.integration.refresh_from_db()
        for kind, path in of.mappings.items():
            with path.open(encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines))
            mapping_import(made.integration, kind=kind, rows=rows, keep_invalid=True)
