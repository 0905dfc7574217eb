"""The embedded servers: started twice they run once, killed they come back, stopped they end."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from integration_platform.embedded import APP, OWNER, SUPPORT, Servers, State
from integration_platform.embedded.launch import EmbeddedError, choose_launcher
from integration_platform.embedded.postgres import Postgres


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[Servers]:
    servers = Servers(State(tmp_path / "a state with spaces"), careless=True)
    yield servers
    servers.stop()


def _postgres(servers: Servers) -> Postgres:
    return Postgres(servers.state, choose_launcher(), careless=True)


def _pid(servers: Servers) -> int:
    return int((_postgres(servers).data / "postmaster.pid").read_text().split()[0])


def test_a_second_start_finds_what_runs(servers: Servers) -> None:
    servers.start()
    pid = _pid(servers)

    servers.start()

    assert servers.are_up()
    assert _pid(servers) == pid


def test_a_killed_database_comes_back_with_what_was_committed(servers: Servers) -> None:
    servers.start()
    owner = servers.state.database_url(OWNER)
    with psycopg.connect(owner) as link:
        link.execute("create table kept as select 7 as value")
    os.kill(_pid(servers), signal.SIGKILL)

    servers.start()

    with psycopg.connect(owner) as link:
        assert link.execute("select value from kept").fetchone() == (7,)


def test_the_broker_answers_on_its_socket_alone(servers: Servers) -> None:
    servers.start()

    with redis.Redis(unix_socket_path=str(servers.state.broker_socket)) as client:
        assert client.ping()
        assert client.config_get("port") == {"port": "0"}


@pytest.mark.parametrize(
    ("role", "bypasses"), [(OWNER, False), (APP, False), (SUPPORT, True), ("postgres", True)]
)
def test_only_support_passes_by_the_policies(servers: Servers, role: str, bypasses: bool) -> None:
    servers.start()

    with psycopg.connect(servers.state.database_url(role)) as link:
        found = link.execute(
            "select rolsuper or rolbypassrls from pg_roles where rolname = current_user"
        ).fetchone()

    assert found == (bypasses,)


def test_a_wrong_password_is_refused_on_the_socket(servers: Servers) -> None:
    servers.start()
    kept = servers.state.secrets()
    address = servers.state.database_url(APP).replace(kept.app_password, "wrong")

    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_stopped_servers_leave_no_process(servers: Servers) -> None:
    servers.start()
    pid = _pid(servers)

    servers.stop()

    assert not servers.are_up()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_no_password_stands_on_a_command_line(servers: Servers) -> None:
    servers.start()

    line = Path("/proc", str(_pid(servers)), "cmdline").read_text()

    assert "postgres" in line
    assert not any(value in line for value in vars(servers.state.secrets()).values())


def test_a_user_without_a_name_reads_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "getuid", lambda: 987_654)

    with pytest.raises(EmbeddedError, match="no entry in /etc/passwd"):
        choose_launcher()


def test_sockets_of_somebody_else_are_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = State(tmp_path)
    monkeypatch.setattr(State, "sockets", tmp_path / "elsewhere")
    (tmp_path / "real").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "real")

    with pytest.raises(PermissionError, match="belongs to another user"):
        state.open_sockets()
