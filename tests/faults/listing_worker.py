"""A worker process that reads long lists and tells how much memory each has cost.

For each list, named by its flow and the root it is read from, a line of JSON says how many records
were found, what the last one holds, or which error ended it, and the process's peak in MB.
Started by `test_long_lists`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import django

from tests.faults.reading_worker import peak_mb


def main() -> None:
    django.setup()
    from connectors.errors import ConnectorError
    from connectors.http.egress import Egress
    from connectors.http.tokens import MemoryTokenStore
    from connectors.jaggaer.connector import JaggaerConnector
    from connectors.registry import Wiring
    from integration_platform.celery import app

    app.loader.import_default_modules()  # a worker's whole weight
    url, *lists = sys.argv[1:]
    secret = {"client_id": "c", "client_secret": "s"}
    wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore())

    def told(flow: str, root: str) -> dict[str, Any]:
        settings = {"base_url": f"{url}/{root}", "token_url": f"{url}/token"}
        values = JaggaerConnector.parse(settings, secret)
        connector = JaggaerConnector.open(values, secret, wiring)
        try:
            entries = connector.list(flow, None).entries
        except ConnectorError as error:
            return {"refused": error.code}
        last = entries[-1]
        return {"read": len(entries), "last": last.source_id, "payload": last.payload}

    for each in lists:
        flow, _, root = each.partition(":")
        Path("/proc/self/clear_refs").write_text("5")  # the peak counts anew
        line = told(flow, root)
        print(json.dumps({**line, "peak_mb": peak_mb()}, default=str), flush=True)


if __name__ == "__main__":
    main()
