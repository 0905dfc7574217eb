"""`make bench`: what a document costs, as JSON lines; exits with 1 when a goal is missed.

    python -m tests.bench [--documents 1000] [--only pages|documents|hold] [--profile FILE]

Two sandboxes run as processes of their own, the database is one made for this run, the engine works
in this process with one worker. With REFERENCE_DATA naming a folder of labelled invoices the speed
of matching them is measured too. The pages are asked of a tenant with 200 documents and 1,000 audit
events for each document of the rest. At full size a whole installation is started beside it, to
time a hold from NAV's notice to JAGGAER's yes.
"""

from __future__ import annotations

import argparse
import cProfile
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from tests.bench.customer import Customer
    from tests.bench.figures import Figure
    from tests.bench.pages import PageFigure

FULL = 1000
FEW = 50  # documents where calls are counted, which do not depend on the number
WITH_JOURNAL = {"journal": {"balancing_account": "5460"}}
WITHOUT_JOURNAL = {"journal": {"enabled": False}}


def main() -> int:
    """Measure everything, a line at a time; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--documents", type=int, default=FULL, help="orders, and invoices")
    parser.add_argument("--profile", type=Path, help="where to leave a cProfile of the main part")
    parser.add_argument("--only", choices=("pages", "documents", "hold"), help="one part")
    options = parser.parse_args()
    _set_up()
    from tests.database import own_database

    missed = 0
    with own_database(), tempfile.TemporaryDirectory() as folder:
        found_by = {
            "documents": lambda: _figures(Path(folder), options.documents, options.profile),
            "pages": lambda: _pages(options.documents),
            "hold": _hold,
        }
        parts = [options.only] if options.only else list(found_by)
        if options.documents < FULL and not options.only:
            parts.remove("hold")
        for found in chain.from_iterable(found_by[part]() for part in parts):
            missed += not found.ok
            print(found, flush=True)
    return 1 if missed else 0


def _set_up() -> None:
    """Load Django with nothing outside of this process but the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.conf import settings

    from integration_platform.celery import app

    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    app.conf.broker_url = "memory://"
    app.conf.broker_transport_options = {}


def _figures(folder: Path, documents: int, profile: Path | None) -> Iterator[Figure]:
    from tests.bench.customer import customer
    from tests.bench.figures import figure

    for name in ("main", "plain"):
        (folder / name).mkdir()
    with customer(folder / "main", documents, WITH_JOURNAL, mixed=True) as main:
        profiler = cProfile.Profile()
        if profile:
            profiler.enable()
        yield from _main_job(main, documents)
        if profile:
            profiler.disable()
            profiler.dump_stats(profile)
        yield from _empty_poll(main)
    few = min(FEW, documents)
    with customer(folder / "plain", few, WITHOUT_JOURNAL, mixed=False) as plain:
        yield from _calls(plain, few)
    yield from _audit(documents)
    if os.environ.get("REFERENCE_DATA"):
        from sync.labelled.run import LabelledRun

        report = LabelledRun(Path(os.environ["REFERENCE_DATA"])).run()
        yield figure("labelled_invoices_matched", report.invoices / report.seconds)


def _pages(documents: int) -> Iterator[PageFigure]:
    """A tenant of full size, and what each page takes there."""
    from tests.bench import loader
    from tests.bench.pages import page_figures

    share = documents / FULL
    loaded = loader.load(round(loader.DOCUMENTS * share), round(loader.EVENTS * share))
    yield from page_figures(loaded, times=20 if share >= 1 else 3)


def _hold() -> Iterator[Figure]:
    """The longest of some holds, by an installation of its own."""
    from tests.bench.figures import figure

    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.hold"], check=True, stdout=subprocess.PIPE, text=True
    )
    yield figure("hold_after_notice_seconds", max(json.loads(done.stdout)["seconds"]))


def _main_job(of: Customer, documents: int) -> Iterator[Figure]:
    """So many orders and invoices: seconds, queries, calls, and what memory it took at most."""
    from tests.bench.counting import counted_queries
    from tests.bench.figures import figure

    share = documents / FULL
    of.run("suppliers")
    for flow, word in (("purchase_orders", "order"), ("invoices", "invoice")):
        calls, began = of.requests(of.nav), time.perf_counter()
        with counted_queries() as queries:
            of.run(flow)
        seconds = time.perf_counter() - began
        of.require_written(flow, documents)
        yield figure(f"{word}s_seconds", seconds, share=share)
        yield figure(f"queries_per_{word}", queries.count / documents)
        extras = "line_dimensions" if word == "order" else "journal_and_line_dimensions"
        made = of.requests(of.nav) - calls
        yield figure(f"nav_calls_per_{word}_with_{extras}", made / documents)
    yield figure("peak_memory", _peak_mb())


def _empty_poll(of: Customer) -> Iterator[Figure]:
    """The same flows again, with nothing new at the source."""
    from tests.bench.customer import FLOWS
    from tests.bench.figures import figure

    asked, made = of.requests(of.jaggaer), of.requests(of.nav)
    for flow in FLOWS:
        of.run(flow)
    yield figure("jaggaer_calls_of_an_empty_poll", (of.requests(of.jaggaer) - asked) / len(FLOWS))
    paths = of.paths(of.nav)[made:]
    yield figure("nav_calls_of_an_empty_poll", len(paths) / len(FLOWS))
    changed = [path for path in paths if not _is_reference(path)]
    yield figure("nav_calls_for_unchanged_documents", len(changed))


def _calls(of: Customer, documents: int) -> Iterator[Figure]:
    """Calls to create a document with its lines and the dimensions of its header, alone."""
    from tests.bench.figures import figure

    of.run("suppliers")
    for flow, word in (("purchase_orders", "order"), ("invoices", "invoice")):
        before = of.paths(of.nav)
        of.run(flow)
        of.require_written(flow, documents)
        made = [path for path in of.paths(of.nav)[len(before) :] if not _is_reference(path)]
        yield figure(f"nav_calls_per_{word}", len(made) / documents)


def _is_reference(path: str) -> bool:
    """Say whether a request is made once a run, however many documents there are."""
    return path.endswith(("/$metadata", "/paymentTerms", "/journals", "/vendors"))


def _audit(documents: int) -> Iterator[Figure]:
    """A trail of a million events, verified by us and, exported, without us; keys that change."""
    from tests.bench import keys, trail
    from tests.bench.figures import figure

    share = documents / FULL
    tenant = trail.loaded(round(trail.EVENTS * share))
    yield figure("audit_million_verified_seconds", trail.verify_seconds(tenant), share=share)
    yield figure("audit_million_standalone_seconds", trail.standalone_seconds(tenant), share=share)
    count = max(1, round(keys.SECRETS * share))
    yield figure("rotation_of_10000_secrets_seconds", keys.rotation_seconds(count), share=share)


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    sys.exit(main())
