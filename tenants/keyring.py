"""Secrets at rest: one data key per tenant, and every value bound to its tenant, row and field.

AES-256-GCM. A sealed value is its format (1 byte), version of the data key (4), nonce (12) and
ciphertext with tag. Tenant, row, field and version are its associated data, so that a value
copied into another row does not open. The data key lies in `TenantKey`, wrapped by FERNET_KEYS;
without it the values of a tenant are noise. Everything here runs inside the tenant's scope.
"""

from __future__ import annotations

import base64
import secrets
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.fernet import InvalidToken
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db import models

from tenants.models import TenantKey
from tenants.scoping import OtherTenant, require_tenant_id

KEYS_KNOWN_FOR = 60.0  # seconds a process trusts what it has read of a tenant's keys
_FORMAT = 1
_NONCE = 12
_HEADER = 5
_MOST_TENANTS = 10_000


class SealError(Exception):
    """A sealed value does not open: moved, damaged, or its key is gone. Never says more."""


@dataclass(frozen=True, slots=True)
class _Keys:
    """The data keys of a tenant, by version; the highest one seals."""

    by_version: dict[int, AESGCM]
    read_at: float

    @property
    def newest(self) -> int:
        return max(self.by_version, default=0)


_known: dict[UUID, _Keys] = {}
_lock = threading.Lock()
_sealed_fields: list[tuple[type[models.Model], str]] = []


def seal(plain: bytes, *, tenant_id: UUID, row_id: UUID, field: str) -> bytes:
    """Return the value sealed with the tenant's newest data key.

    Raises SealError when the tenant has none, OtherTenant or NoTenant outside of its scope.
    """
    keys = _keys(tenant_id)
    version = keys.newest
    if not version:
        raise SealError("the tenant has no data key")
    nonce = secrets.token_bytes(_NONCE)
    sealed = keys.by_version[version].encrypt(
        nonce, plain, _bound(tenant_id, row_id, field, version)
    )
    return _header(version) + nonce + sealed


def unseal(sealed: bytes, *, tenant_id: UUID, row_id: UUID, field: str) -> bytes:
    """Return what was sealed for exactly this tenant, row and field; raises SealError otherwise."""
    sealed = bytes(sealed)
    version = version_of(sealed)
    keys = _keys(tenant_id, version)
    if version not in keys.by_version:
        raise SealError("the data key is gone")
    nonce, text = sealed[_HEADER : _HEADER + _NONCE], sealed[_HEADER + _NONCE :]
    try:
        return keys.by_version[version].decrypt(
            nonce, text, _bound(tenant_id, row_id, field, version)
        )
    except (InvalidTag, ValueError):
        raise SealError("the value does not belong here or is damaged") from None


def version_of(sealed: bytes) -> int:
    """Return the version of the data key that sealed a value; raises SealError for other bytes."""
    if len(sealed) < _HEADER + _NONCE or sealed[0] != _FORMAT:
        raise SealError("not a sealed value")
    return int.from_bytes(sealed[1:_HEADER], "big")


def key_create(tenant_id: UUID) -> TenantKey:
    """Give the tenant its next data key; what is sealed from now on uses it."""
    last = TenantKey.objects.order_by("-version").values_list("version", flat=True).first()
    fresh = base64.b64encode(AESGCM.generate_key(256)).decode()
    key = TenantKey.objects.create(tenant_id=tenant_id, version=(last or 0) + 1, wrapped=fresh)
    forget(tenant_id)
    return key


def forget(tenant_id: UUID) -> None:
    """Drop what this process knows of the tenant's keys; others do so within a minute."""
    with _lock:
        _known.pop(tenant_id, None)


def holds_sealed(model: type[models.Model], field: str) -> None:
    """Name a column of sealed values, so that a rotation of the data key reaches it."""
    if (model, field) not in _sealed_fields:
        _sealed_fields.append((model, field))


def sealed_fields() -> Iterator[tuple[type[Any], str]]:
    """Yield every column that holds sealed values."""
    yield from _sealed_fields


def header_of(version: int) -> bytes:
    """Return the first bytes of everything sealed with this version; they sort by version."""
    return _header(version)


def _header(version: int) -> bytes:
    return bytes([_FORMAT]) + version.to_bytes(4, "big")


def _bound(tenant_id: UUID, row_id: UUID, field: str, version: int) -> bytes:
    return f"{tenant_id}|{row_id}|{field}|{version}".encode()


def _keys(tenant_id: UUID, version: int = 0) -> _Keys:
    if require_tenant_id() != tenant_id:
        raise OtherTenant(f"the keys of {tenant_id} are not for the tenant of this scope")
    keys = _known.get(tenant_id)
    fresh = keys is not None and time.monotonic() - keys.read_at < KEYS_KNOWN_FOR
    if keys is None or not fresh or (version and version not in keys.by_version):
        keys = _read(tenant_id)
    return keys


def _read(tenant_id: UUID) -> _Keys:
    try:
        rows = list(TenantKey.objects.all())
    except InvalidToken:
        raise SealError("none of FERNET_KEYS opens the tenant's data key") from None
    keys = _Keys(
        {row.version: AESGCM(base64.b64decode(row.wrapped)) for row in rows}, time.monotonic()
    )
    with _lock:
        if len(_known) >= _MOST_TENANTS:
            _known.pop(next(iter(_known)))
        if keys.by_version:
            _known[tenant_id] = keys
    return keys
