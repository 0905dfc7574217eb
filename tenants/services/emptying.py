"""What a closed customer leaves goes: people, then every row, block by block; the trail stays.

A chained event tells at the end how many rows of which kind that were: the certificate. The trail
keeps ids, numbers and codes; what people said beside it goes with the rows.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from graphlib import TopologicalSorter
from uuid import UUID

from django.apps import apps
from django.db import models
from django.utils import timezone

from audit import record
from audit.models import AuditText
from tenants.access import customers_of
from tenants.models import Membership, Tenant, TenantStatus, User
from tenants.scoping import TenantOwned, tenant_scope
from tenants.services.erasing import account_erase

_BLOCK = 1000


def tenants_to_empty(before: datetime) -> list[UUID]:
    """Return the tenants that were closed before an instant and still have rows, oldest first."""
    closed = Tenant.objects.filter(
        status=TenantStatus.CLOSED, closed_at__lt=before, emptied_at=None
    )
    return list(closed.order_by("closed_at").values_list("pk", flat=True))


def tenant_empty(tenant_id: UUID, *, seconds: float) -> bool:
    """Delete a closed tenant's rows for about so long; says whether none is left.

    Each block is a transaction that counts what it deleted: whatever kills it, the next call goes
    on with what is left, and nothing is counted twice. Raises ValueError for a tenant in use.
    """
    ends = time.monotonic() + seconds
    for model in _children_first():
        while _delete_block(tenant_id, model):
            if time.monotonic() >= ends:
                return False
    _certify(tenant_id)
    return True


@cache
def _children_first() -> tuple[type[models.Model], ...]:
    """Return what people said, then every tenant-owned table before the tables it points at; what
    triggers note while others go comes last."""
    owned = [model for model in apps.get_models() if issubclass(model, TenantOwned)]
    order = TopologicalSorter({model: set() for model in owned})
    for model in owned:
        for target in _pointed_at(model):
            order.add(target, model)
    return AuditText, *sorted(order.static_order(), key=_is_note)


def _is_note(model: type[models.Model]) -> bool:
    """Whether triggers write the table, about what happens to other rows: it is not counted."""
    return issubclass(model, TenantOwned) and model.is_note


def _pointed_at(model: type[models.Model]) -> Iterator[type[models.Model]]:
    for field in model._meta.concrete_fields:
        if field.is_relation and issubclass(field.related_model, TenantOwned):
            yield field.related_model


def _delete_block(tenant_id: UUID, model: type[models.Model]) -> int:
    with tenant_scope(tenant_id):
        tenant = _closed(tenant_id)
        block = list(model.objects.order_by("pk").values_list("pk", flat=True)[:_BLOCK])
        if block:
            if model is Membership:
                _erase_accounts(block)
            model.objects.filter(pk__in=block).delete()
            if not _is_note(model):
                kind = str(model._meta.verbose_name_plural)
                tenant.emptied[kind] = tenant.emptied.get(kind, 0) + len(block)
                tenant.save(update_fields=["emptied"])
    return len(block)


def _erase_accounts(memberships: list[UUID]) -> None:
    """Erase the accounts of people who work for no other customer; support's are not ours."""
    users = Membership.objects.filter(pk__in=memberships).values("user")
    for user in User.objects.filter(pk__in=users, is_staff=False):
        if not customers_of(user):
            account_erase(user)


def _certify(tenant_id: UUID) -> None:
    with tenant_scope(tenant_id):
        tenant = _closed(tenant_id)
        if tenant.emptied_at is None:
            counts = sorted(tenant.emptied.items())
            listed = ", ".join(f"{number} {kind}" for kind, number in counts)
            record("tenant.emptied", target=tenant, facts={"rows": listed or "none"})
            tenant.emptied_at = timezone.now()
            tenant.save(update_fields=["emptied_at"])


def _closed(tenant_id: UUID) -> Tenant:
    tenant = Tenant.objects.select_for_update().get(pk=tenant_id)
    if tenant.status != TenantStatus.CLOSED:
        raise ValueError(f"{tenant.slug} is not closed: its rows stay")
    return tenant
