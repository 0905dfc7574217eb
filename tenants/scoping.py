"""Whose rows a query means: the context in which tenant-owned rows can be seen at all."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar
from uuid import UUID

import structlog
from django.db import connection, models, transaction

from audit.block import collecting
from tenants.ids import new_id

_current: ContextVar[UUID | None] = ContextVar("tenant", default=None)


class NoTenant(RuntimeError):
    """A query on tenant-owned rows outside of `tenant_scope`: a mistake of ours, never an input."""


class OtherTenant(RuntimeError):
    """Work for one tenant reached for the rows of another one."""


def current_tenant_id() -> UUID | None:
    """Return the tenant of the scope that is open here, or None."""
    return _current.get()


def require_tenant_id() -> UUID:
    """Return the tenant of the scope that is open here; raises NoTenant outside of one."""
    tenant_id = _current.get()
    if tenant_id is None:
        raise NoTenant("open tenant_scope(tenant_id) around the query")
    return tenant_id


@contextmanager
def tenant_scope(tenant_id: UUID) -> Iterator[None]:
    """Open a transaction in which the rows of this tenant, and of no other, exist.

    Audit events recorded inside are appended just before the commit. Opened again for the same
    tenant it is a savepoint; for another one it raises OtherTenant. Keep it short, no network.
    """
    tenant_id = UUID(str(tenant_id))
    held = _current.get()
    if held is not None:
        if held != tenant_id:
            raise OtherTenant(f"inside the scope of {held}, asked for {tenant_id}")
        with transaction.atomic():
            yield
        return
    token = _current.set(tenant_id)
    try:
        with (
            structlog.contextvars.bound_contextvars(tenant=str(tenant_id)),
            _transaction_with("app.tenant_id", str(tenant_id)),
            collecting(tenant_id),
        ):
            yield
    finally:
        _current.reset(token)


@contextmanager
def presenting(*, user_id: UUID | None = None, token_hash: bytes | None = None) -> Iterator[None]:
    """Open a transaction that may read what belongs to a user or to the bearer of a token.

    The only way to rows before the tenant is known: a user's memberships, and the one key or
    invitation whose hash is shown. Read through `unscoped`.
    """
    if user_id is not None:
        setting, value = "app.user_id", str(user_id)
    elif token_hash is not None:
        setting, value = "app.token_hash", token_hash.hex()
    else:
        raise ValueError("present a user or the hash of a token")
    with _transaction_with(setting, value):
        yield


@contextmanager
def _transaction_with(setting: str, value: str) -> Iterator[None]:
    nested = connection.in_atomic_block
    with transaction.atomic():
        _set(setting, value)
        yield
        if nested:
            # A setting of the transaction outlives the release of a savepoint.
            _set(setting, "")


def _set(setting: str, value: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("select set_config(%s, %s, true)", [setting, value])


class TenantManager(models.Manager):
    """Refuses a query that names no tenant."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(tenant_id=require_tenant_id())


class UnscopedManager(models.Manager):
    """Rows of whichever tenants the database role may see; for support, migrations and doors."""


class TenantOwned(models.Model):
    """A row that belongs to one tenant; a new one belongs to the tenant of the open scope."""

    is_note: ClassVar[bool] = False  # written by triggers, about what happens to other rows

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        "tenants.Tenant",
        on_delete=models.CASCADE,
        default=current_tenant_id,
        editable=False,
        related_name="+",
        db_index=False,
    )

    objects = TenantManager()
    unscoped = UnscopedManager()

    class Meta:
        abstract = True
