"""The installation that `make run` starts: killed in parts it comes back, stopped it is gone."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import ports

ROOT = Path(__file__).resolve().parents[2]


class Installation:
    """A supervisor with its children, in a folder and on ports of its own; no sandboxes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.held = [ports.reserve(), ports.reserve()]
        self.port, admin = map(ports.number, self.held)
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self.environment = {
            **kept,
            "STATE_DIR": str(folder / "state"),
            "PORT": str(self.port),
            "ADMIN_PORT": str(admin),
            "SANDBOXES": "false",
            "WEB_WORKERS": "1",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "output").open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "integration_platform.supervisor"],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=output,
            )

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(40)
        for port in self.held:
            port.close()
        return code

    def child(self, *words: str) -> int | None:
        """Return the id of the supervisor's own child whose command line has all these words."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        for pid in children.read_text().split():
            line = _command_line(int(pid))
            if all(word in line for word in words):
                return int(pid)
        return None

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(
                f"http://127.0.0.1:{self.port}/health/ready", timeout=5
            ) as answer:
                return json.load(answer)["status"] == "ok"
        except OSError:
            return False

    def said(self) -> str:
        return (self.folder / "output").read_text()


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except OSError:
        return ""


def _within(seconds: float, reached: Callable[[], object]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reached():
            return True
        threading.Event().wait(0.05)
    return False


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """One installation for this module; each test leaves it ready, the end leaves nothing."""
    installation = Installation(tmp_path_factory.mktemp("installation"))
    installation.start()
    try:
        _within(90, lambda: installation.is_ready() or installation.process.poll() is not None)
        assert installation.is_ready(), installation.said()
        yield installation
        living = [installation.child(*words) for words in CHILDREN.values()]
    finally:
        code = installation.stop()
    assert code == 0, installation.said()
    assert not any(_command_line(pid) for pid in living)


CHILDREN = {
    "web": ("gunicorn", "integration_platform.wsgi"),
    "worker": ("celery", " worker "),
    "beat": ("celery", " beat "),
}
SERVERS = {"database": ("/bin/postgres -D",), "broker": ("valkey-server",)}


@pytest.mark.parametrize("name", CHILDREN)
def test_a_killed_process_is_started_again_within_two_seconds(
    installation: Installation, name: str
) -> None:
    killed = installation.child(*CHILDREN[name])
    os.kill(killed, signal.SIGKILL)

    assert _within(2, lambda: installation.child(*CHILDREN[name]) not in (None, killed))
    assert _within(60, installation.is_ready), installation.said()


@pytest.mark.parametrize("name", SERVERS)
def test_a_killed_server_comes_back(installation: Installation, name: str) -> None:
    killed = installation.child(*SERVERS[name])
    os.kill(killed, signal.SIGKILL)

    assert _within(15, lambda: installation.child(*SERVERS[name]) not in (None, killed))
    assert _within(60, installation.is_ready), installation.said()


def test_after_a_kill_of_the_supervisor_the_next_start_goes_on(
    installation: Installation,
) -> None:
    web = installation.child(*CHILDREN["web"])
    installation.process.kill()
    installation.process.wait()
    assert _within(10, lambda: not _command_line(web))

    installation.start()

    assert _within(90, installation.is_ready), installation.said()
