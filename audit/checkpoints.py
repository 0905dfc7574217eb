"""Signed notes of where a chain ended, kept outside of the database.

Whoever owns the database can rewrite a chain and its head so that both agree. The notes are files,
one a tenant, in the state folder (mount it from another machine to keep them apart), each line
signed with an Ed25519 key that is derived from SECRET_KEY and never stored.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
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


class ForgedCheckpoint(Exception):
    """A note whose signature does not fit any of our keys."""


def note(tenant_id: UUID, head: Head, at: datetime) -> None:
    """Write down, durably, where the chain of a tenant ends now."""
    content = {
        "tenant": str(tenant_id),
        "seq": head.seq,
        "hash": head.hash.hex(),
        "at": instant(at),
    }
    signature = _key(settings.SECRET_KEY).sign(_signed(content))
    line = json.dumps({**content, "signature": signature.hex()}) + "\n"
    path = _path(tenant_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def noted(tenant_id: UUID) -> dict[int, bytes]:
    """Return number -> digest of every event noted for a tenant; raises ForgedCheckpoint."""
    return {line["seq"]: bytes.fromhex(line["hash"]) for line in _lines(tenant_id)}


def _lines(tenant_id: UUID) -> Iterator[dict[str, Any]]:
    path = _path(tenant_id)
    if not path.exists():
        return
    keys = [_key(one).public_key() for one in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    for number, text in enumerate(path.read_text().splitlines(), start=1):
        try:
            line = json.loads(text)
            signature = bytes.fromhex(line.pop("signature"))
            if line["tenant"] != str(tenant_id) or not _fits(keys, signature, _signed(line)):
                raise ValueError
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ForgedCheckpoint(f"line {number} of {path.name} was not written by us") from None
        yield line


def _fits(keys: list[Any], signature: bytes, content: bytes) -> bool:
    for key in keys:
        try:
            key.verify(signature, content)
        except InvalidSignature:
            continue
        return True
    return False


def _signed(content: dict[str, Any]) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def _key(secret: str) -> Ed25519PrivateKey:
    derived = HKDF(SHA256(), 32, salt=None, info=b"audit checkpoint").derive(secret.encode())
    return Ed25519PrivateKey.from_private_bytes(derived)


def _path(tenant_id: UUID) -> Path:
    return Path(settings.STATE_DIR) / "audit" / f"{tenant_id}.jsonl"
