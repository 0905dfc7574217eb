"""What is dropped when its time has passed; accounting documents and the audit trail stay."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from sync.models import Outcome, OutgoingMail, Run
from sync.models.run import ACTIVE_STATES
from tenants.models import StoredAnswer, Tenant
from tenants.scoping import tenant_scope
from tenants.services.sessions import sessions_forget

ANSWERS_KEPT = timedelta(hours=24)
MAILS_KEPT = timedelta(days=90)
PREVIEWS_KEPT = timedelta(days=7)


def purge_expired() -> None:
    """Drop stored answers after a day, outcomes of previews after a week, mails after a quarter."""
    now = timezone.now()
    sessions_forget()
    for tenant_id in Tenant.objects.values_list("pk", flat=True):
        with tenant_scope(tenant_id):
            StoredAnswer.objects.filter(created_at__lt=now - ANSWERS_KEPT).delete()
            OutgoingMail.objects.filter(sent_at__lt=now - MAILS_KEPT).delete()
            previews = Run.objects.filter(mode="preview", queued_at__lt=now - PREVIEWS_KEPT)
            over = previews.exclude(state__in=ACTIVE_STATES)
            Outcome.objects.filter(run__in=over).delete()
            over.delete()
