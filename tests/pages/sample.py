"""A customer small enough to be made for one test: six invoices of the demo with all they need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.demo.tenants import labels
from sync.models import FlowName
from tests.demo_world import SMALLEST, demo_seeds, demo_tenant, demo_world, import_files
from tests.world import World

WRITTEN, PARKED = 4, 4
FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


def small_seeds(folder: Path, written: int = WRITTEN, parked: int = PARKED) -> tuple[Path, Path]:
    """Write the demo's seeds, cut down to a few invoices with their orders and suppliers."""
    jaggaer, nav = demo_seeds(folder)
    lines = [json.loads(line) for line in jaggaer.read_text(encoding="ascii").splitlines()]
    own = [line for line in lines if line["dataset"] == SMALLEST]
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
    known = labels(SMALLEST)
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
    demo = demo_tenant()
    with demo_world(demo, folder, seeds=small_seeds(folder)) as made:
        if run:
            made.run(FlowName.REFERENCE)
            import_files(made, demo.mappings)
            made.run(*FLOWS)
        yield made
