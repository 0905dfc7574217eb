"""Worker processes that read what a hostile server sends, and tell how much memory it has cost.

`told_by` starts one for a test; all below it is what the workers themselves are made of.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from socket import socket
from typing import Any

import django

from tests.connectors.http.servers import RawServer, Seen

ROOT = Path(__file__).resolve().parents[2]
MEBI = 1024 * 1024
WITHOUT_LENGTH = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"
_PATIENCE_SECONDS = 600


def told_by(
    worker: str, reply: Callable[[Seen, socket], bytes | None], *asked: str
) -> list[dict[str, Any]]:
    """Run a worker module of this folder against a server that replies so; return what it told,
    a line of JSON for each thing asked."""
    server = RawServer(reply)
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"tests.faults.{worker}", server.url, *asked],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            check=False,
        )
    finally:
        server.stop()
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def weigh_as_a_worker() -> None:
    """Load all that a worker of the product has loaded before its first task."""
    django.setup()
    from integration_platform.celery import app

    app.loader.import_default_modules()


def jaggaer_at(url: str, root: str) -> Any:
    """Return a connector to the JAGGAER that answers at a server's address, below `root`."""
    from connectors.http.egress import Egress
    from connectors.http.tokens import MemoryTokenStore
    from connectors.jaggaer.connector import JaggaerConnector
    from connectors.registry import Wiring

    secret = {"client_id": "c", "client_secret": "s"}
    settings = {"base_url": f"{url}/{root}", "token_url": f"{url}/token"}
    values = JaggaerConnector.parse(settings, secret)
    wiring = Wiring(Egress(loopback_allowed=True), MemoryTokenStore())
    return JaggaerConnector.open(values, secret, wiring)


def forget_peak() -> None:
    """Let the peak of this process's memory count anew."""
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))


def tell(**facts: Any) -> None:
    print(json.dumps({**facts, "peak_mb": peak_mb()}, default=str), flush=True)
