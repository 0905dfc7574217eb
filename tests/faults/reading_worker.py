"""A worker process that fetches hostile documents and tells how much memory each has cost.

For each kind it fetches a document that answers so, and after it one that is well; a line of JSON
says what became of both and the process's peak in MB. Started by `test_hostile_answers`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import django


def main() -> None:
    django.setup()
    from connectors.base import Entry, Record
    from connectors.http.egress import Egress
    from connectors.http.tokens import MemoryTokenStore
    from connectors.jaggaer.connector import JaggaerConnector
    from connectors.registry import Wiring
    from integration_platform.celery import app

    app.loader.import_default_modules()  # a worker's whole weight
    url, *kinds = sys.argv[1:]
    secret = {"client_id": "c", "client_secret": "s"}
    values = JaggaerConnector.parse({"base_url": f"{url}/api", "token_url": f"{url}/token"}, secret)
    connector = JaggaerConnector.open(
        values, secret, Wiring(Egress(loopback_allowed=True), MemoryTokenStore())
    )
    for kind in ("700001", *kinds):
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts anew
        hostile, well = connector.fetch(
            "purchase_orders", [entry(Entry, kind), entry(Entry, 700001)]
        )
        told = {
            "kind": kind,
            "peak_mb": peak_mb(),
            "refused": not isinstance(hostile, Record) or bool(hostile.problems),
            "next": isinstance(well, Record) and well.source_id == "700001",
        }
        print(json.dumps(told), flush=True)


def entry(cls: type, source_id: object) -> object:
    return cls(str(source_id), "", None, {})


def peak_mb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


if __name__ == "__main__":
    main()
