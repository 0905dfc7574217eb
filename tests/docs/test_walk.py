"""The page for a new customer works as it stands: its commands are run, in order, as pasted."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests import ports as loopback

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/connect.md").read_text(encoding="utf-8")
PORTS = {"web": 8000, "admin": 8001, "nav": 8002, "jaggaer": 8003}  # those of `make run`


def blocks() -> dict[str, str]:
    """Return the commands of each step by the number of its heading."""
    steps = re.split(r"^## (\d+)\. ", PAGE, flags=re.M)[1:]
    pairs = zip(steps[::2], steps[1::2], strict=True)
    return {
        number: "".join(re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S))
        for number, text in pairs
    }


@pytest.fixture(scope="module")
def ports(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, int]]:
    """What `make run` starts, on free ports and without the demo; yields the ports."""
    folder = tmp_path_factory.mktemp("walk")
    with ExitStack() as running:
        held = {name: running.enter_context(loopback.reserve()) for name in PORTS}
        free = {name: loopback.number(port) for name, port in held.items()}
        for kind in ("nav", "jaggaer"):
            sandbox = ["-m", f"connectors.{kind}.sandbox", "--port", str(free[kind])]
            running.enter_context(_process(folder / kind, sandbox, {}))
        environment = {
            "STATE_DIR": str(folder / "state"),
            "PORT": str(free["web"]),
            "ADMIN_PORT": str(free["admin"]),
            "SANDBOXES": "false",
            "WEB_WORKERS": "1",
        }
        supervisor = ["-m", "integration_platform.supervisor"]
        running.enter_context(_process(folder / "log", supervisor, environment))
        assert _is_ready(free["web"]), (folder / "log").read_text()
        yield free


@contextmanager
def _process(log: Path, command: list[str], environment: dict[str, str]) -> Iterator[None]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            cwd=ROOT,
            env={**kept, **environment},
            stdout=output,
            stderr=output,
        )
        try:
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(60)


def _is_ready(port: int) -> bool:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5).close()
        except OSError:
            threading.Event().wait(0.2)
        else:
            return True
    return False


@pytest.mark.skipif(not shutil.which("curl"), reason="the walk is done by curl")
def test_every_command_of_the_walk_works_as_pasted(ports: dict[str, int], tmp_path: Path) -> None:
    text = "\n".join(f"printf '\\n== {number}\\n'\n{block}" for number, block in blocks().items())
    for name, usual in PORTS.items():
        text = text.replace(f"127.0.0.1:{usual}", f"127.0.0.1:{ports[name]}")

    done = subprocess.run(
        ["bash", "-e", "-o", "pipefail", "-c", text],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    said = dict(re.findall(r"^== (\d+)\n(.*?)(?=^== |\Z)", done.stdout, re.M | re.S))
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr
    assert said["4"].count('"ok":true') == 2, said["4"]
    assert "rows[1].target_code" in said["7"]
    assert "invoice I-2001 written []" in said["9"]
    assert "The ledger confirmed" in said["9"]
    assert re.search(r"^invoice I-2002 parked \[.*6400", said["9"], re.M)
    assert said["10"].split()[-1] == "written"
    assert '"ok":true' in said["11"]
