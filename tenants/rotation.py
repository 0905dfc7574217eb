"""Changing keys while everything runs: FERNET_KEYS around the data keys, data keys around secrets.

Each step commits by itself and can be told from what is stored, so a rotation that was killed is
taken up by starting it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken
from django.db import models
from django.db.models.functions import Now

from audit import record
from tenants.fields import WrappedKeyField
from tenants.keyring import (
    KEYS_KNOWN_FOR,
    forget,
    header_of,
    key_create,
    seal,
    sealed_fields,
    unseal,
)
from tenants.models import TenantKey
from tenants.scoping import tenant_scope

# Processes may seal with the former key for as long as they trust what they have read of it.
SETTLE = timedelta(seconds=2 * KEYS_KNOWN_FOR)
_BLOCK = 200


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the keys of a tenant are from where they should be; all zero when done."""

    old_wraps: int  # data keys that the first of FERNET_KEYS does not open
    old_keys: int  # versions of the data key before the newest
    old_values: int  # values sealed with one of them

    @property
    def is_done(self) -> bool:
        return not (self.old_wraps or self.old_keys or self.old_values)


def standing(tenant_id: UUID) -> Standing:
    """Say what a tenant's rotation has still to do; reads only."""
    with tenant_scope(tenant_id):
        versions = sorted(TenantKey.objects.values_list("version", flat=True))
        newest = versions[-1] if versions else 0
        return Standing(
            old_wraps=len(_wrapped_before()),
            old_keys=max(0, len(versions) - 1),
            old_values=sum(_sealed_before(m, f, newest).count() for m, f in sealed_fields()),
        )


def rewrap(tenant_id: UUID) -> int:
    """Wrap the tenant's data keys with the first of FERNET_KEYS; returns how many were not yet."""
    with tenant_scope(tenant_id):
        stale = _wrapped_before()
        for key in TenantKey.objects.select_for_update().filter(pk__in=stale):
            key.save(update_fields=["wrapped"])
        if stale:
            record("data_key.rewrapped", facts={"keys": len(stale)})
    return len(stale)


def rotate(tenant_id: UUID, *, older_than: timedelta, settle: timedelta = SETTLE) -> Standing:
    """Give the tenant a new data key, seal everything with it and destroy the former one.

    A rotation that was begun is finished instead; a key younger than `older_than` stays. The
    former key is destroyed by the run that finds the new one older than `settle`: until then
    another process may still seal with it.
    """
    with tenant_scope(tenant_id):
        keys = list(TenantKey.objects.select_for_update().order_by("version"))
        if len(keys) == 1 and keys[0].created_at <= _now() - older_than:
            new = key_create(tenant_id)
            facts = {"version": new.version, "previous": keys[0].version}
            record("data_key.rotated", target=new, facts=facts)
    newest = _newest(tenant_id)
    if newest is not None:
        for model, field in sealed_fields():
            while _seal_block_again(tenant_id, model, field, newest.version):
                pass
        _destroy_former(tenant_id, newest, settle)
    return standing(tenant_id)


def _newest(tenant_id: UUID) -> TenantKey | None:
    forget(tenant_id)
    with tenant_scope(tenant_id):
        return TenantKey.objects.order_by("-version").first()


def _seal_block_again(tenant_id: UUID, model: type[Any], field: str, version: int) -> int:
    """Seal some of the values that an older key holds with the newest one, in one transaction."""
    with tenant_scope(tenant_id):
        rows = list(_sealed_before(model, field, version).select_for_update(of=("self",))[:_BLOCK])
        for row in rows:
            bound: dict[str, Any] = {"tenant_id": tenant_id, "row_id": row.pk, "field": field}
            setattr(row, field, seal(unseal(getattr(row, field), **bound), **bound))
        model.objects.bulk_update(rows, [field])
    return len(rows)


def _destroy_former(tenant_id: UUID, newest: TenantKey, settle: timedelta) -> None:
    with tenant_scope(tenant_id):
        former = TenantKey.objects.select_for_update().filter(version__lt=newest.version)
        in_use = any(
            _sealed_before(model, field, newest.version).exists()
            for model, field in sealed_fields()
        )
        if in_use or newest.created_at > _now() - settle:
            return
        for key in former:
            record("data_key.destroyed", target=key, facts={"version": key.version})
            key.delete()
    forget(tenant_id)


def _sealed_before(model: type[Any], field: str, version: int) -> models.QuerySet[Any]:
    """Return the rows whose value an older version of the data key holds."""
    header = models.Func(
        models.F(field), 1, 5, function="substring", output_field=models.BinaryField()
    )
    rows = model.objects.filter(**{f"{field}__isnull": False}).order_by("pk")
    return rows.annotate(sealed_with=header).filter(sealed_with__lt=header_of(version))


def _wrapped_before() -> list[UUID]:
    """Return the data keys that the first of FERNET_KEYS alone does not open."""
    field = TenantKey._meta.get_field("wrapped")
    assert isinstance(field, WrappedKeyField)  # noqa: S101  for the type checker
    first = Fernet(field.fernet_keys[0])
    raw = models.Func(models.F("wrapped"), function="", output_field=models.BinaryField())
    return [
        pk
        for pk, wrapped in TenantKey.objects.annotate(raw=raw).values_list("pk", "raw")
        if not _opens(first, bytes(wrapped))
    ]


def _opens(key: Fernet, wrapped: bytes) -> bool:
    try:
        key.decrypt(wrapped)
    except InvalidToken:
        return False
    return True


def _now() -> datetime:
    """Return the database's time: ages of keys are measured by one clock."""
    return TenantKey.objects.annotate(now=Now()).values_list("now", flat=True)[0]
