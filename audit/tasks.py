"""The clock's part: noting where each tenant's chain ends."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from audit import checkpoints, selectors
from audit.models import AuditHead
from tenants.models import Tenant
from tenants.scoping import tenant_scope


@shared_task(ignore_result=True)
def checkpoint() -> None:
    """Note the end of every chain that has grown since it was noted last."""
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            head = selectors.head_to_note()
        if head is None:
            continue
        checkpoints.note(tenant_id, head, timezone.now())
        with tenant_scope(tenant_id):
            AuditHead.objects.update(noted_seq=head.seq)
