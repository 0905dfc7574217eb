"""What the embedded default keeps between starts: a folder, and keys made on first start."""

import base64
import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from urllib.parse import quote

OWNER, APP, SUPPORT = "ip_owner", "ip_app", "ip_support"
DATABASE = "integration_platform"


def _password() -> str:
    return secrets.token_urlsafe(32)


def _fernet_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


@dataclass(frozen=True)
class Secrets:
    """Everything random that one installation needs; a new field is added to an older file."""

    secret_key: str = field(default_factory=lambda: secrets.token_urlsafe(64))
    fernet_key: str = field(default_factory=_fernet_key)
    superuser_password: str = field(default_factory=_password)
    owner_password: str = field(default_factory=_password)
    app_password: str = field(default_factory=_password)
    support_password: str = field(default_factory=_password)
    sandbox_secret: str = field(default_factory=_password)
    demo_password: str = field(default_factory=lambda: secrets.token_urlsafe(12))


@dataclass(frozen=True)
class State:
    """The state folder of one installation and the places derived from it."""

    folder: Path

    @property
    def sockets(self) -> Path:
        """Folder of the unix sockets: a short path, since a socket's path holds 107 bytes."""
        digest = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        return Path("/tmp") / f"ip-{os.getuid()}-{digest}"  # noqa: S108  checked in open_sockets

    @property
    def database_sockets(self) -> Path:
        return self.sockets / "pg"

    @property
    def broker_socket(self) -> Path:
        return self.sockets / "valkey" / "valkey.sock"

    @property
    def broker_url(self) -> str:
        return f"redis+socket://{self.broker_socket}?virtual_host=0"

    def database_url(self, role: str, database: str = DATABASE) -> str:
        """Return the address of the embedded PostgreSQL for one of its roles."""
        kept = self.secrets()
        password = {
            OWNER: kept.owner_password,
            APP: kept.app_password,
            SUPPORT: kept.support_password,
            "postgres": kept.superuser_password,
        }[role]
        return f"postgresql://{role}:{quote(password)}@/{database}?host={quote(str(self.database_sockets))}"

    def make_folder(self) -> Path:
        """Create the state folder for this user alone and return it."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self.folder

    def open_sockets(self) -> Path:
        """Create the sockets' folders; raises PermissionError when somebody else made them."""
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        status = self.sockets.lstat()
        if self.sockets.is_symlink() or status.st_uid != os.getuid():
            raise PermissionError(f"{self.sockets} belongs to another user: remove it")
        self.sockets.chmod(0o711)  # to be passed through by the account the server may run as
        for folder in (self.database_sockets, self.broker_socket.parent):
            folder.mkdir(mode=0o700, exist_ok=True)
        return self.sockets

    def secrets(self) -> Secrets:
        """Return this installation's secrets, made on the first call; safe among processes."""
        path = self.make_folder() / "secrets.json"
        known = {}
        if path.exists():
            known = json.loads(path.read_text())
            if {one.name for one in fields(Secrets)} <= known.keys():
                return Secrets(**{one.name: known[one.name] for one in fields(Secrets)})
        return self._keep(path, Secrets(**known))

    def _keep(self, path: Path, made: Secrets) -> Secrets:
        draft = path.with_name(f"secrets.{os.getpid()}.{secrets.token_hex(4)}")
        with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            json.dump(asdict(made), file, indent=1)
        try:
            if path.exists():
                os.replace(draft, path)
                return made
            os.link(draft, path)  # fails where another process was first: then theirs counts
        except FileExistsError:
            return self.secrets()
        finally:
            draft.unlink(missing_ok=True)
        return made
