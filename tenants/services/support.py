"""What a customer knows and decides of support: visits, and whether support may act at all."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from audit import record
from tenants import mail
from tenants.models import Membership, Role, SupportVisit, Tenant, User
from tenants.refusal import Clash
from tenants.scoping import require_tenant_id

VISIT_LASTS = timedelta(minutes=30)


def visit_for(staff: User, reason: str) -> SupportVisit:
    """Return the open visit of this person at the tenant of the scope, begun now if there is none.

    A visit that begins is told to every administrator of the tenant by mail. Its end is not moved
    by what is done meanwhile. Raises Clash `support_not_admitted` where the customer does not want
    it; the row is locked, so a decision against it counts for whatever comes after it.
    """
    tenant = Tenant.objects.select_for_update().get(pk=require_tenant_id())
    if not tenant.support_may_act:
        raise Clash(
            "support_not_admitted",
            f"{tenant.name} lets support read but not act. An administrator there can change it "
            "under Settings, Support.",
        )
    now = timezone.now()
    found = SupportVisit.objects.filter(staff=staff, ended_at=None, ends_at__gt=now).first()
    return found or _begin(tenant, staff, reason)


def _begin(tenant: Tenant, staff: User, reason: str) -> SupportVisit:
    now = timezone.now()
    visit = SupportVisit.objects.create(
        staff=staff,
        staff_email=staff.email,
        reason=reason,
        begun_at=now,
        ends_at=now + VISIT_LASTS,
    )
    tenant.support_until = visit.ends_at
    tenant.save(update_fields=["support_until"])
    minutes = int(VISIT_LASTS.total_seconds() // 60)
    record(
        "support.visit_begun", target=visit, facts={"minutes": minutes}, words={"reason": reason}
    )
    admins = Membership.objects.filter(role=Role.ADMIN).select_related("user").order_by("pk")
    for admin in admins:
        mail.support_visits(admin.user.email, tenant, visit)
    return visit


def support_admit(tenant: Tenant, may_act: bool) -> None:
    """Let support act from now on, or not; saying no ends what visits are open."""
    tenant = Tenant.objects.select_for_update().get(pk=tenant.pk)
    if tenant.support_may_act == may_act:
        return
    tenant.support_may_act, tenant.support_until = may_act, None
    tenant.save(update_fields=["support_may_act", "support_until"])
    record("support.admitted" if may_act else "support.shut_out", target=tenant)
    if not may_act:
        now = timezone.now()
        SupportVisit.objects.filter(ended_at=None, ends_at__gt=now).update(ended_at=now)
