"""Everything of the drill that runs: servers, sandboxes, web, workers and beat, real processes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import redis

from integration_platform.embedded import Servers, State
from integration_platform.embedded.state import DATABASE
from integration_platform.processes import Child, stop
from tests import full_disk, ports
from tests.drill.environment import ROOT, environment

CLOCKS = ([], ["--clock", "600"])  # two workers, one ten minutes ahead


class Sandbox:
    """One of the other systems, as a process, with its state in a file."""

    def __init__(self, kind: str, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", f"connectors.{kind}.sandbox"]
        state = ["--state", str(folder / f"{kind}.sqlite")]
        requests = ["--log", str(folder / f"{kind}.requests")]
        self._command = [*command, *state, *requests, *arguments]
        self._log = folder / f"{kind}.log"
        self._held = ports.reserve()
        self._start()

    def _start(self) -> None:
        port = ports.number(self._held)
        log: IO[bytes] = self._log.open("ab")
        self._process = subprocess.Popen(
            [*self._command, "--port", str(port)], cwd=ROOT, stdout=subprocess.PIPE, stderr=log
        )
        assert self._process.stdout is not None
        self.url: str = json.loads(self._process.stdout.readline())["url"]

    def restart(self) -> None:
        """Kill it in the middle of whatever it does and start it again at the same address."""
        self.stop()
        self._start()

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Speak to `/__ctl/`."""
        request = urllib.request.Request(
            f"{self.url}/__ctl/{path}",
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Installation:
    """Servers, workers and beat in one folder; started, killed and stopped by the drill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = environment(folder)
        self.servers = Servers(State(folder / "state"), careless=True)
        self.children: list[Child] = []

    def start_servers(self) -> None:
        self.servers.start()
        self.manage("prepare_database")

    def forget(self) -> None:
        """Remove what an earlier course left of its points."""
        for file in (*self.folder.glob("fired.*"), *self.folder.glob("armed.*")):
            file.unlink()

    def start_processes(self, off: str = "") -> None:
        """Start web, workers and beat; `off` names a protection that they do without."""
        known = {**self.environment, "DRILL_OFF": off}
        beat = [sys.executable, "-m", "celery", "-A", "integration_platform", "beat", "--pidfile="]
        worker = [sys.executable, "-m", "tests.drill.worker"]
        workers = {f"worker{n}": [*worker, *clock] for n, clock in enumerate(CLOCKS)}
        web = ["gunicorn", "-c", "python:integration_platform.server", "integration_platform.wsgi"]
        commands = {"web": [sys.executable, "-m", *web], "beat": beat, **workers}
        self.children = [
            Child(name, command, known, self.folder / f"{name}.log")
            for name, command in commands.items()
        ]
        for child in self.children:
            child.start()

    def stop_processes(self, seconds: float = 2) -> None:
        """Ask workers and beat to end, and kill what has not after that time."""
        self.release_paused()
        stop(self.children, seconds=seconds)
        self.children = []

    def stop(self) -> None:
        self.stop_processes()
        self.servers.stop()

    def tend(self) -> None:
        """Start again what ended; workers see to themselves."""
        for child in self.children:
            child.tend()

    def manage(self, *command: str) -> None:
        """Run a management command as an operator would; raises CalledProcessError."""
        self._run(["manage.py", *command], check=True)

    def manage_mortally(self, *command: str) -> None:
        """Run a management command that may die at a point."""
        self._run(["-m", "tests.drill.command", *command], check=False)

    def _run(self, command: Sequence[str], *, check: bool) -> None:
        subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=self.environment,
            check=check,
            stdout=subprocess.DEVNULL,
            stderr=None if check else subprocess.DEVNULL,
        )

    # Points.

    def arm(self, number: int, point: str, act: str = "kill") -> None:
        """Let the next process that passes the point die there."""
        wish = {"number": number, "point": point, "act": act, "postmaster": self.postmaster()}
        draft = self.folder / "armed.draft"
        draft.write_text(json.dumps(wish))
        draft.rename(self.folder / "armed.json")

    def has_fired(self, number: int) -> bool:
        return (self.folder / f"fired.{number}").exists()

    def disarm(self) -> None:
        with suppress(FileNotFoundError):
            (self.folder / "armed.json").unlink()

    def release_paused(self) -> None:
        """Let a worker that paused go on."""
        paused = self.folder / "paused"
        if paused.exists():
            with suppress(ProcessLookupError):
                os.kill(int(paused.read_text()), signal.SIGCONT)
            paused.unlink()

    # Servers.

    @property
    def _postgres(self) -> Any:
        return self.servers._all()[0]

    def postmaster(self) -> int:
        return self._postgres._pid() or 0

    def crash_database(self) -> None:
        """Stop PostgreSQL at once, nothing flushed, and start it again."""
        with suppress(ProcessLookupError):
            os.kill(self.postmaster(), signal.SIGQUIT)
        self.revive_database()

    def revive_database(self) -> None:
        """Start PostgreSQL after a crash, once the crashed one has ended; it recovers by itself."""
        deadline = time.monotonic() + 10
        while self._postgres.is_up() and time.monotonic() < deadline:
            time.sleep(0.1)
        with suppress(ChildProcessError):
            os.waitpid(-1, os.WNOHANG)
        self._postgres.start()

    def fill_disk(self) -> None:
        """Let the database refuse every row with `disk_full`, table after table, under load."""
        with self._postgres._superuser(DATABASE) as database:
            database.execute(full_disk.FULL)
            for (table,) in database.execute(full_disk.TABLES).fetchall():
                database.execute(full_disk.fill(table))

    def make_space(self) -> None:
        with self._postgres._superuser(DATABASE) as database:
            for (table,) in database.execute(full_disk.TABLES).fetchall():
                database.execute(full_disk.make_space(table))

    def empty_broker(self) -> None:
        redis.Redis(unix_socket_path=str(self.servers.state.broker_socket)).flushall()

    def snapshot(self) -> None:
        """Copy the database as it is on disk; it stands still meanwhile."""
        self._postgres.stop()
        self._copy(self._postgres.data, self._kept)
        self._postgres.start()

    def restore(self) -> None:
        """Put the snapshot in the database's place, with everything stopped, and say so."""
        self._postgres.stop()
        self._copy(self._kept, self._postgres.data)
        self._postgres.start()
        self.manage("restored", "--note", "drill")

    @property
    def _kept(self) -> Path:
        return self._postgres.data.with_name("snapshot")

    @staticmethod
    def _copy(source: Path, target: Path) -> None:
        shutil.rmtree(target, ignore_errors=True)
        subprocess.run(["cp", "-a", str(source), str(target)], check=True)
