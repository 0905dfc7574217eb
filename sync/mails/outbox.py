"""Sending what is kept: taken by one worker at a time, sent, marked; tried again when it failed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from sync.mails.content import address, plain_text
from sync.models import OutgoingMail
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope

log = structlog.get_logger(__name__)
SALT = "mails.stop"
LEASE = timedelta(minutes=5)
AGAIN = (1, 5, 30, 120)  # minutes after each failure; the last for all that follow
OLDEST = timedelta(days=3)  # what could not be sent for so long says nothing any more
_AT_ONCE = 50


def send_mails(tenant: Tenant, now: datetime | None = None) -> int:
    """Send what is due for a tenant; returns how many were sent.

    A worker that dies between sending and marking leaves a mail to be sent again after its lease;
    it then has the same Message-ID, by which mail systems know it as the same.
    """
    now = now or timezone.now()
    with tenant_scope(tenant.pk):
        mails = _take(now)
    sent = 0
    with get_connection() as wire:
        for mail in mails:
            sent += _send(tenant, mail, wire)
    return sent


def _take(now: datetime) -> list[OutgoingMail]:
    """Take due mails from the others; what is too old, or for a former member, is dropped."""
    due = OutgoingMail.objects.filter(sent_at=None, due_at__lte=now)
    due.filter(created_at__lt=now - OLDEST).delete()
    due.exclude(user__in=Membership.objects.values("user")).delete()
    rows = due.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    taken = list(rows.order_by("due_at", "pk")[:_AT_ONCE])
    ids = [mail.pk for mail in taken]
    OutgoingMail.objects.filter(pk__in=ids).update(due_at=now + LEASE, attempts=F("attempts") + 1)
    return taken


def _send(tenant: Tenant, mail: OutgoingMail, wire: Any) -> bool:
    try:
        _message(tenant, mail, wire).send()
    except OSError as error:  # smtplib's errors are OSErrors
        log.error("mail_not_sent", mail=str(mail.pk), error=type(error).__name__)
        wait = AGAIN[min(mail.attempts, len(AGAIN) - 1)]
        changes: dict[str, Any] = {"due_at": timezone.now() + timedelta(minutes=wait)}
    else:
        changes = {"sent_at": timezone.now()}
    with tenant_scope(tenant.pk):
        OutgoingMail.objects.filter(pk=mail.pk).update(**changes)
    return "sent_at" in changes


def _message(tenant: Tenant, mail: OutgoingMail, wire: Any) -> EmailMultiAlternatives:
    stop = address(reverse("mails-stop", args=[stop_token(tenant.pk, mail.user_id, mail.kind)]))
    context = {"mail": mail, "organization": tenant.name, "stop": stop, "root": settings.PUBLIC_URL}
    host = urlsplit(settings.PUBLIC_URL).hostname
    message = EmailMultiAlternatives(
        f"{tenant.name}: {mail.subject}",
        plain_text(mail.content, tenant.name, stop),
        to=[mail.user.email],
        connection=wire,
        headers={
            "Message-ID": f"<{mail.pk}@{host}>",
            "List-Unsubscribe": f"<{stop}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.attach_alternative(render_to_string("mails/mail.html", context), "text/html")
    return message


def stop_token(tenant_id: UUID, user_id: UUID, kind: str) -> str:
    """Return what a link needs to end one kind of mails for one member, and nothing else."""
    return signing.dumps([str(tenant_id), str(user_id), kind], salt=SALT)


def read_stop_token(token: str) -> tuple[UUID, UUID, str]:
    """Read it back. Raises signing.BadSignature for any other text."""
    tenant_id, user_id, kind = signing.loads(token, salt=SALT)
    return UUID(tenant_id), UUID(user_id), kind
