"""`make run`: everything on one machine by one command, until Ctrl-C.

1. Check ports and space. 2. Start the embedded servers. 3. Bring the database up to date. 4. Start
sandboxes, web, admin, worker and beat, and start again whichever ends. 5. Set up the demo.
With --once: step 5 runs the main job a single time, its last line is JSON, and all is stopped.
"""

import argparse
import fcntl
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from environs import EnvError

from integration_platform.embedded import SUPPORT, EmbeddedError, Servers
from integration_platform.processes import Child, stop
from sync.demo.tenants import STAFF, tenants

NEEDED_BYTES = 400_000_000
SERVER_CHECK_SECONDS = 3.0
START_SECONDS = 90.0


class CannotRun(Exception):
    """Something is missing or in the way; the message is a sentence for who typed the command."""


class Stopped(Exception):
    """Ctrl-C or SIGTERM."""


def say(text: str) -> None:
    """Print a line for the person at the terminal, at once."""
    print(text, flush=True)


class Supervisor:
    """The processes of one installation and the order they live in."""

    def __init__(self) -> None:
        self.logs = settings.STATE_DIR / "logs"
        self.servers = Servers(
            settings.STATE, database=settings.EMBEDDED_DATABASE, broker=settings.EMBEDDED_BROKER
        )
        self.children: list[Child] = []
        self._servers_seen_at = time.monotonic()

    def run(self, *, once: bool) -> int:
        """Do all of it; returns the exit code."""
        started = time.monotonic()
        check_ports()
        check_space()
        with only_one():
            try:
                self._start_servers()
                say("Bringing the database up to date")
                self._finish(self.manage("prepare_database"), "prepare_database")
                self._start_children()
                say(f"Ready after {time.monotonic() - started:.1f} s")
                code = self._demo(once)
                if once:
                    return code
                say(_addresses())
                while True:
                    self._tend()
            finally:
                self._stop()

    def _start_servers(self) -> None:
        names = [
            *(["PostgreSQL"] if settings.EMBEDDED_DATABASE else []),
            *(["Valkey"] if settings.EMBEDDED_BROKER else []),
        ]
        if names:
            say(f"Starting the embedded {' and '.join(names)}")
            self.servers.start()

    def _start_children(self) -> None:
        self.children = children(self.logs)
        for child in self.children:
            child.start()
        say(f"Starting {', '.join(child.name for child in self.children)}")
        deadline = time.monotonic() + START_SECONDS
        for name, address in _signs_of_life().items():
            while not _answers(address):
                self._tend()
                if time.monotonic() > deadline:
                    raise CannotRun(self._silence(name))

    def _silence(self, name: str) -> str:
        child = next(child for child in self.children if child.name == name)
        return f"The {name} does not answer. {child.log} ends:\n{child.tail()}"

    def _tend(self) -> None:
        for child in self.children:
            if sentence := child.tend():
                say(sentence)
        if time.monotonic() - self._servers_seen_at > SERVER_CHECK_SECONDS:
            self._servers_seen_at = time.monotonic()
            if not self.servers.are_up():
                say("An embedded server ended and is started again")
                self.servers.start()
        time.sleep(0.2)

    def manage(self, *command: str) -> subprocess.Popen[bytes]:
        """Begin a management command whose output is the person's to see."""
        return subprocess.Popen(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=_environment(owner="prepare_database" in command),
            start_new_session=True,
        )

    def _finish(self, process: subprocess.Popen[bytes], name: str) -> None:
        if code := self._attend(process):
            raise CannotRun(f"manage.py {name} ended with exit code {code}; see above")

    def _attend(self, process: subprocess.Popen[bytes]) -> int:
        """Wait for a command while the children are looked after; it ends with us."""
        try:
            while process.poll() is None:
                self._tend()
        except BaseException:
            process.terminate()
            process.wait()
            raise
        return process.returncode

    def _demo(self, once: bool) -> int:
        if not settings.SANDBOXES or not has_demo():
            return 0
        code = self._attend(self.manage("demo", *(["--once"] if once else [])))
        if code and not once:
            say("The demo did not end as it should; all the same everything runs on.")
        return code

    def _stop(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        sys.stderr.write("Stopping\n")
        stop(self.children)
        with suppress(EmbeddedError):  # which has been said when they were started
            self.servers.stop()


def children(logs: Path) -> list[Child]:
    """Return the processes to keep alive, those that others need first."""
    web = ["gunicorn", "-c", "python:integration_platform.server", "integration_platform.wsgi"]
    admin = [*web, "--bind", f"{settings.BIND}:{settings.ADMIN_PORT}", "--workers", "1"]
    celery = ["celery", "-A", "integration_platform"]
    worker = [*celery, "worker", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    beat = [*celery, "beat", "--pidfile=", "--loglevel", "INFO"]
    modules = {"web": web, "admin": admin, "worker": worker, "beat": beat}
    made = [
        Child(
            name,
            [sys.executable, "-m", *command],
            _environment(support=name == "admin"),
            logs / f"{name}.log",
        )
        for name, command in modules.items()
    ]
    return [*_sandboxes(logs), *made]


def _sandboxes(logs: Path) -> list[Child]:
    if not settings.SANDBOXES:
        return []
    return [
        Child(
            f"{kind} sandbox",
            [sys.executable, "manage.py", "sandbox", kind],
            _environment(),
            logs / f"{kind}-sandbox.log",
        )
        for kind in ("jaggaer", "nav")
    ]


def _environment(*, owner: bool = False, support: bool = False) -> dict[str, str]:
    """Return what a process may know: the owner's and support's addresses only where needed."""
    known = {**os.environ, "PORT": str(settings.PORT), "ADMIN_PORT": str(settings.ADMIN_PORT)}
    if not owner:
        known.pop("DATABASE_OWNER_URL", None)
        known.pop("DATABASE_OWNER_URL_FILE", None)
    own = known.pop("SUPPORT_DATABASE_URL", ""), known.pop("SUPPORT_DATABASE_URL_FILE", "")
    if support:
        if own[1]:
            known["SUPPORT_DATABASE_URL_FILE"] = own[1]
        else:
            known["SUPPORT_DATABASE_URL"] = own[0] or _support_url()
    return known


def _support_url() -> str:
    """Without an address for support the common one serves, under the role of support."""
    if settings.EMBEDDED_DATABASE:
        return settings.STATE.database_url(SUPPORT)
    return settings.DATABASE_OWNER_URL


def has_demo() -> bool:
    """Say whether an app brings the command that sets up the demo."""
    return any(settings.BASE_DIR.glob("*/management/commands/demo.py"))


def ports() -> dict[str, int]:
    """Return every port that is going to be listened on, by what listens."""
    wanted = {"web": settings.PORT, "admin": settings.ADMIN_PORT}
    if settings.SANDBOXES:
        wanted |= {
            "NAV sandbox": settings.SANDBOX_NAV_PORT,
            "JAGGAER sandbox": settings.SANDBOX_JAGGAER_PORT,
        }
    return wanted


def check_ports() -> None:
    """Raise CannotRun when a port is taken, before anything is started."""
    for name, port in ports().items():
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((settings.BIND, port))
            except (OSError, OverflowError) as error:
                raise CannotRun(
                    f"Port {port} ({name}) cannot be used: {error}. Choose others, which follow "
                    f"each other, by the first: make run PORT={settings.PORT + 100}"
                ) from error


def check_space() -> None:
    """Raise CannotRun when the disk has no room for the database to live."""
    free = shutil.disk_usage(settings.STATE.make_folder()).free
    if free < NEEDED_BYTES:
        raise CannotRun(
            f"{free // 1_000_000} MB are free at {settings.STATE_DIR}, "
            f"{NEEDED_BYTES // 1_000_000} MB are needed: make room, or set STATE_DIR."
        )


class only_one:
    """Hold the installation for this supervisor; a dead one lets go by itself."""

    def __enter__(self) -> None:
        self.file = (settings.STATE.make_folder() / "supervisor.lock").open("a+")
        try:
            fcntl.flock(self.file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CannotRun(f"make run already runs for {settings.STATE_DIR}") from error

    def __exit__(self, *_: object) -> None:
        self.file.close()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310  our own address
            return bool(answer.status == 200)
    except OSError:
        return False


def _host() -> str:
    return "127.0.0.1" if settings.BIND in ("0.0.0.0", "::") else settings.BIND  # noqa: S104


def _signs_of_life() -> dict[str, str]:
    """Return where each process that serves says that it does, by its name."""
    found = {
        f"{kind} sandbox": f"{url}/__ctl/health"
        for kind, url in (
            ("jaggaer", settings.SANDBOX_JAGGAER_URL),
            ("nav", settings.SANDBOX_NAV_URL),
        )
        if settings.SANDBOXES
    }
    return {
        **found,
        "web": f"http://{_host()}:{settings.PORT}/health/live",
        "admin": f"http://{_host()}:{settings.ADMIN_PORT}/health/live",
    }


def _addresses() -> str:
    lines = [
        f"Pages    {settings.PUBLIC_URL}/",
        f"API      {settings.PUBLIC_URL}/api/docs/",
        f"Admin    {settings.ADMIN_URL}",
        f"Logs     {settings.STATE_DIR / 'logs'}",
    ]
    if settings.SANDBOXES:
        lines += [f"Log-in   {tenant.email}" for tenant in tenants()]
        lines += [f"Support  {STAFF} (in the admin)"]
        lines += [f"Password {settings.DEMO_PASSWORD}"]
    lines += ["Ctrl-C stops everything; the next `make run` goes on."]
    return "".join(f"\n  {line}" for line in lines) + "\n"


def _interrupt(number: int, _frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; 0 after Ctrl-C, 2 when it cannot run, with --once what the job says."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--once", action="store_true", help="run the main job once and stop")
    once = parser.parse_args(arguments).once
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "integration_platform.settings")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        return Supervisor().run(once=once)
    except Stopped:
        return 130 if once else 0
    except (CannotRun, EmbeddedError, EnvError, ImproperlyConfigured, OSError) as error:
        sys.stderr.write(f"make run: {error}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())
