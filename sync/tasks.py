"""Doorbells. The rows say what there is to do; a lost or doubled ring harms nobody."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from sync.engine import tickets
from sync.engine.erasing import erase_slice
from sync.engine.work import work as do_work
from sync.mails.outbox import send_mails
from sync.mails.planning import plan_mails
from sync.retention import purge_expired
from tenants.models import Tenant, TenantStatus


@shared_task(ignore_result=True)
def tick() -> None:
    """Ring once for every integration that has something to do."""
    for _ in tickets.due_tickets():
        work.delay()


@shared_task(ignore_result=True)
def work() -> None:
    """Do one slice for the integration whose turn it is, and ring for the next one."""
    if do_work():
        work.delay()


@shared_task(ignore_result=True)
def reap() -> None:
    """Look after integrations that nobody asked about for an hour."""
    tickets.wake_forgotten()


@shared_task(ignore_result=True)
def tell() -> None:
    """Ring once for every customer: each has its own mails, and its own trouble with them."""
    active = Tenant.objects.filter(status=TenantStatus.ACTIVE).order_by("pk")
    for tenant_id in active.values_list("pk", flat=True):
        tell_one.delay(str(tenant_id))


@shared_task(ignore_result=True)
def tell_one(tenant_id: str) -> None:
    """Keep the mails that a customer's members are to get, and send them."""
    for tenant in Tenant.objects.filter(pk=tenant_id):  # none once it is gone
        plan_mails(tenant)
        send_mails(tenant)


@shared_task(ignore_result=True)
def erase() -> None:
    """Ring for every customer with somebody whose personal data is to go."""
    for tenant_id in (
        Tenant.objects.filter(erasing=True).order_by("pk").values_list("pk", flat=True)
    ):
        erase_one.delay(str(tenant_id))


@shared_task(ignore_result=True)
def erase_one(tenant_id: str) -> None:
    """Erase for one slice, and go to the end of the line if there is more."""
    if erase_slice(UUID(tenant_id)):
        erase_one.delay(tenant_id)


@shared_task(ignore_result=True)
def purge() -> None:
    """Drop what its retention has passed."""
    purge_expired()
