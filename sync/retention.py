"""What is dropped when its time has passed.

The accounting documents of a customer stay until it is closed, the audit trail for good.
"""

from __future__ import annotations

import time
from datetime import datetime, timedelta

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from audit.context import acting
from sync.models import UNFINISHED, Outcome, OutgoingMail, Run, Version
from sync.models.run import ACTIVE_STATES
from tenants.ids import first_id_at
from tenants.models import StoredAnswer, Tenant
from tenants.scoping import tenant_scope
from tenants.services import tenant_empty, tenants_to_empty
from tenants.services.sessions import sessions_forget

_BLOCK = 500
_SECONDS = 60.0  # for one tenant's payloads or rows: the rest has its turn an hour later


def purge_expired() -> None:
    """Drop what is older than the KEEP_ settings say, tenant by tenant; may be killed anywhere."""
    now = timezone.now()
    sessions_forget()
    _purge_shared(now)
    _empty_closed(now)
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            _purge_rows(now)
        drop_payloads(tenant_id, now)


def _purge_shared(now: datetime) -> None:
    """Drop failed log-ins with their addresses, and sessions that have ended."""
    before = now - timedelta(days=settings.KEEP_LOCKOUTS_DAYS)
    for model in (AccessAttempt, AccessFailureLog, AccessLog):
        model.objects.filter(attempt_time__lt=before).delete()
    call_command("clearsessions")


def _empty_closed(now: datetime) -> None:
    """Delete what customers left who were closed long enough ago."""
    if settings.KEEP_CLOSED_DAYS:
        before = now - timedelta(days=settings.KEEP_CLOSED_DAYS)
        with acting("system:worker"):
            for tenant_id in tenants_to_empty(before):
                tenant_empty(tenant_id, seconds=_SECONDS)


def _purge_rows(now: datetime) -> None:
    answers = now - timedelta(hours=settings.KEEP_ANSWERS_HOURS)
    StoredAnswer.objects.filter(created_at__lt=answers).delete()
    mails = now - timedelta(days=settings.KEEP_MAILS_DAYS)
    OutgoingMail.objects.filter(sent_at__lt=mails).delete()
    previews = now - timedelta(days=settings.KEEP_PREVIEWS_DAYS)
    over = Run.objects.filter(mode="preview", queued_at__lt=previews)
    over = over.exclude(state__in=ACTIVE_STATES)
    Outcome.objects.filter(run__in=over).delete()
    over.delete()


def drop_payloads(tenant_id: object, now: datetime) -> int:
    """Drop payloads as received of documents that are settled one way or another; returns how many.

    What they mean stays in our words, so a replay decides as before. A payload that nobody could
    read, and whatever is still on its way, keeps it: somebody has to look.
    """
    if not settings.KEEP_PAYLOADS_DAYS:
        return 0
    before = first_id_at(now - timedelta(days=settings.KEEP_PAYLOADS_DAYS))
    ends, dropped = time.monotonic() + _SECONDS, 0
    while time.monotonic() < ends:
        with tenant_scope(tenant_id):
            rows = Version.objects.filter(pk__lt=before, payload_kept=True, content__isnull=False)
            rows = rows.exclude(document__state__in=UNFINISHED)
            ids = list(rows.order_by("pk").values_list("pk", flat=True)[:_BLOCK])
            Version.objects.filter(pk__in=ids).update(payload={}, payload_kept=False)
        dropped += len(ids)
        if len(ids) < _BLOCK:
            break
    return dropped
