"""The demo's customers between two sandboxes, with the seeds and mappings of `make run`."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sync.demo.tenants import DemoTenant, tenants, write_seeds
from sync.services.mappings import mapping_import
from tests.world import World, world

SMALLEST = "DBC"


@cache
def _written() -> tuple[tempfile.TemporaryDirectory[str], tuple[Path, Path]]:
    """Write the demo's seeds once in this process; the folder goes with it."""
    folder = tempfile.TemporaryDirectory(prefix="demo-seeds-")
    return folder, write_seeds(Path(folder.name))


def demo_seeds(folder: Path) -> tuple[Path, Path]:
    """Put the demo's seeds into a folder of the test's own; returns JAGGAER's and NAV's."""
    jaggaer, nav = (Path(shutil.copy(path, folder)) for path in _written()[1])
    return jaggaer, nav


def demo_tenant(key: str = SMALLEST) -> DemoTenant:
    return next(tenant for tenant in tenants() if tenant.key == key)


@contextmanager
def demo_world(
    demo: DemoTenant, folder: Path, *, seeds: tuple[Path, Path] | None = None, **changes: Any
) -> Iterator[World]:
    """Start both sandboxes for a customer of the demo; nothing is mapped and nothing has run.

    `seeds` stand in for the demo's own (JAGGAER's, NAV's); `changes` are options of `world`.
    """
    jaggaer, nav = seeds or demo_seeds(folder)
    options = {"company_id": demo.company_id, "dataset": demo.dataset, "policy": demo.policy}
    with world(jaggaer_seed=jaggaer, nav_seed=nav, **options | changes) as customer:
        yield customer


def import_files(customer: World, files: Mapping[str, Path]) -> None:
    """Import the demo's mapping files by kind, also what leads to nothing in the ledger."""
    with customer.scope():
        customer.integration.refresh_from_db()
        for kind, path in files.items():
            with path.open(encoding="utf-8") as lines:
                rows = list(csv.DictReader(lines))
            mapping_import(customer.integration, kind=kind, rows=rows, keep_invalid=True)
