"""Signed notes of where a chain ended, kept outside of the database.

Whoever owns the database can rewrite a chain and its head so that both agree. The notes are files,
one a tenant, in the state folder (mount it from another machine to keep them apart), each line
signed with an Ed25519 key that is derived from SECRET_KEY and never stored. Its public half can be
given to anybody: `public_keys`.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections import deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from audit.chain import Head, instant

EXPORT = "export"
_FIELDS = {"tenant", "seq", "hash", "at", "signature"}


class ForgedCheckpoint(Exception):
    """A note whose signature does not fit any of our keys, or that contradicts another one."""


def note(tenant_id: UUID, head: Head, at: datetime) -> None:
    """Write down, durably, where the chain of a tenant ends now."""
    _append(_path(tenant_id), json.dumps(signed(tenant_id, head, at)) + "\n")


def signed(tenant_id: UUID, head: Head, at: datetime, what: str = "") -> dict[str, Any]:
    """Return the statement that a chain ended here, with its signature; `what` names its use."""
    content: dict[str, Any] = {
        "tenant": str(tenant_id),
        "seq": head.seq,
        "hash": head.hash.hex(),
        "at": instant(at),
        **({"what": what} if what else {}),
    }
    signature = _key(settings.SECRET_KEY).sign(_spelled(content))
    return {**content, "signature": signature.hex()}


def noted(tenant_id: UUID) -> dict[int, bytes]:
    """Return number -> digest of every event noted for a tenant; raises ForgedCheckpoint."""
    found: dict[int, bytes] = {}
    for line in lines(tenant_id):
        seq, digest = line["seq"], bytes.fromhex(line["hash"])
        if found.setdefault(seq, digest) != digest:
            raise ForgedCheckpoint(f"event {seq} was signed twice, with two digests")
    return found


def newest(tenant_id: UUID) -> Head:
    """Return the end that was noted last, an empty one where none was; raises ForgedCheckpoint."""
    path, last = _path(tenant_id), ""
    if path.exists():
        with path.open(encoding="utf-8") as texts:
            last = "".join(deque(texts, maxlen=1))
    if not last:
        return Head()
    line = _checked(last, tenant_id, [_key(one).public_key() for one in _secrets()])
    if line is None:
        raise ForgedCheckpoint(f"the last line of {path.name} was not written by us")
    return Head(line["seq"], bytes.fromhex(line["hash"]))


def lines(tenant_id: UUID) -> Iterator[dict[str, Any]]:
    """Yield a tenant's notes, oldest first, signatures checked; raises ForgedCheckpoint."""
    path = _path(tenant_id)
    if not path.exists():
        return
    keys = [_key(one).public_key() for one in _secrets()]
    with path.open(encoding="utf-8") as texts:
        for number, text in enumerate(texts, start=1):
            line = _checked(text, tenant_id, keys)
            if line is None:
                raise ForgedCheckpoint(f"line {number} of {path.name} was not written by us")
            yield line


def public_keys() -> list[str]:
    """Return the public keys that notes are checked with, hexadecimal; the first one signs."""
    return [_key(one).public_key().public_bytes_raw().hex() for one in _secrets()]


def set_aside(tenant_id: UUID, after: int) -> int:
    """Move the notes of events after `after` to a file of lost ones; returns how many.

    For a database that was restored: its chain goes on from an earlier end, with other events.
    """
    kept, lost = [], []
    for line in lines(tenant_id):
        (lost if line["seq"] > after else kept).append(json.dumps(line) + "\n")
    if lost:
        path = _path(tenant_id)
        _append(path.with_suffix(".lost.jsonl"), "".join(lost))
        fresh = path.with_suffix(".new")
        fresh.unlink(missing_ok=True)
        _append(fresh, "".join(kept))
        fresh.replace(path)
    return len(lost)


def _append(path: Path, text: str) -> None:
    """Append lines whole or not at all: half a line on a full disk would make the next one, and
    with it the trail, look forged."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(descriptor, "ab", buffering=0) as file:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        left = text.encode()
        try:
            while left:
                left = left[file.write(left) :]
            os.fsync(descriptor)
        except OSError:
            os.ftruncate(descriptor, size)
            raise


def _checked(text: str, tenant_id: UUID, keys: list[Any]) -> dict[str, Any] | None:
    """Return a note of this tenant that one of the keys signed, None for anything else."""
    try:
        line = json.loads(text)
        signature = bytes.fromhex(line["signature"])
        content = {name: value for name, value in line.items() if name != "signature"}
        fits = _fits(keys, signature, _spelled(content))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    ours = fits and line.keys() == _FIELDS and line["tenant"] == str(tenant_id)
    return line if ours else None


def _fits(keys: list[Any], signature: bytes, content: bytes) -> bool:
    for key in keys:
        try:
            key.verify(signature, content)
        except InvalidSignature:
            continue
        return True
    return False


def _spelled(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _secrets() -> list[str]:
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def _key(secret: str) -> Ed25519PrivateKey:
    derived = HKDF(SHA256(), 32, salt=None, info=b"audit checkpoint").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def _path(tenant_id: UUID) -> Path:
    return Path(settings.STATE_DIR) / "audit" / f"{tenant_id}.jsonl"
