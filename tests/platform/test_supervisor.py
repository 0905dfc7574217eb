"""What `make run` checks before it starts, and what it lets each process know."""

import shutil
import socket
from collections import namedtuple
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from integration_platform import supervisor
from tests.ports import number, reserve


@pytest.fixture
def ports(settings: object) -> Iterator[None]:
    """Free ports for all that would listen."""
    with ExitStack() as held:
        for name in ("PORT", "ADMIN_PORT", "SANDBOX_NAV_PORT", "SANDBOX_JAGGAER_PORT"):
            setattr(settings, name, number(held.enter_context(reserve())))
        yield


@pytest.mark.usefixtures("ports")
def test_free_ports_are_fine() -> None:
    supervisor.check_ports()


@pytest.mark.usefixtures("ports")
@pytest.mark.parametrize("name", ["PORT", "ADMIN_PORT", "SANDBOX_NAV_PORT"])
def test_a_taken_port_is_named_with_the_way_out(name: str, settings: object) -> None:
    port = getattr(settings, name)

    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(supervisor.CannotRun, match=rf"Port {port} .*make run PORT="),
    ):
        supervisor.check_ports()


@pytest.mark.usefixtures("ports")
def test_a_port_beyond_the_last_is_no_traceback(settings: object) -> None:
    settings.PORT = 70_000

    with pytest.raises(supervisor.CannotRun, match="Port 70000"):
        supervisor.check_ports()


def test_a_full_disk_is_named_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(10, 10, 5_000_000))

    with pytest.raises(supervisor.CannotRun, match="5 MB are free"):
        supervisor.check_space()


def test_only_the_admin_knows_the_address_of_support(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SUPPORT_DATABASE_URL", "postgresql://support@h/d")
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://owner@h/d")

    known = {child.name: child.environment for child in supervisor.children(tmp_path)}

    assert {"web", "admin", "worker", "beat"} <= known.keys()
    assert [name for name in known if "SUPPORT_DATABASE_URL" in known[name]] == ["admin"]
    assert not any("DATABASE_OWNER_URL" in environment for environment in known.values())


def test_a_production_starts_no_sandbox(tmp_path: Path, settings: object) -> None:
    settings.SANDBOXES = False

    names = [child.name for child in supervisor.children(tmp_path)]

    assert names == ["web", "admin", "worker", "beat"]


def test_a_second_supervisor_of_the_same_folder_is_refused(
    tmp_path: Path, settings: object
) -> None:
    settings.STATE = type(settings.STATE)(tmp_path)

    with (
        supervisor.only_one(),
        pytest.raises(supervisor.CannotRun, match="already runs"),
        supervisor.only_one(),
    ):
        pass


def test_one_sentence_and_an_exit_code_say_why_it_cannot_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise supervisor.CannotRun("Port 8000 (web) cannot be used")

    monkeypatch.setattr(supervisor, "check_ports", refuse)
    monkeypatch.setattr(supervisor.signal, "signal", lambda *_: None)

    code = supervisor.main(["--once"])

    assert code == 2
    assert capsys.readouterr().err == "make run: Port 8000 (web) cannot be used\n"
