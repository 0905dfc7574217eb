"""The clock's part: noting where each tenant's chain ends."""

from __future__ import annotations

import structlog
from celery import shared_task
from django.utils import timezone

from audit import checkpoints, selectors
from audit.models import AuditHead
from tenants.models import Tenant
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)


@shared_task(ignore_result=True)
def checkpoint() -> None:
    """Note the end of every chain that has grown since it was noted last.

    A chain that does not hold its last note is left alone, loudly: `verify_audit` says why.
    """
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        try:
            with tenant_scope(tenant_id):
                head = selectors.head_to_note()
        except checkpoints.ForgedCheckpoint as error:
            log.error("audit_trail_not_signed", tenant=str(tenant_id), reason=str(error))
            continue
        if head is None:
            continue
        checkpoints.note(tenant_id, head, timezone.now())
        with tenant_scope(tenant_id):
            AuditHead.objects.update(noted_seq=head.seq)
