"""The tenant itself: chosen for a session, changed, closed."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone

from audit import record
from tenants.access import SESSION_TENANT, Member, admit, member_in_session
from tenants.keyring import forget, sealed_fields
from tenants.models import ApiToken, Invitation, Tenant, TenantKey, TenantStatus
from tenants.services.checked import checked, number_format, text, time_zone


def tenant_activate(request: HttpRequest, tenant_id: Any) -> Member:
    """Let the session act in this tenant from now on; Http404 for one that is not the user's."""
    member = member_in_session(request.user, tenant_id) if tenant_id else None
    if member is None:
        raise Http404
    request.session.cycle_key()
    request.session[SESSION_TENANT] = str(member.tenant.pk)
    admit(request, member)
    return member


def tenant_change(
    tenant: Tenant, *, name: Any = None, zone: Any = None, locale: Any = None
) -> Tenant:
    """Change what is given of a tenant's name, time zone and number format (a language code)."""
    wanted = {}
    if name is not None:
        wanted["name"] = (name, text(120))
    if zone is not None:
        wanted["time_zone"] = (zone, time_zone)
    if locale is not None:
        wanted["locale"] = (locale, number_format)
    values = checked(wanted)
    changes = {
        field: [getattr(tenant, field), value]
        for field, value in values.items()
        if getattr(tenant, field) != value
    }
    if changes:
        for field, (_, value) in changes.items():
            setattr(tenant, field, value)
        tenant.save(update_fields=list(changes))
        record("tenant.changed", target=tenant, changes=changes)
    return tenant


def tenant_close(tenant: Tenant, *, reason: str = "") -> int:
    """End a tenant's access and shred its secrets; returns how many sealed values that were.

    Every version of its data key is destroyed and the sealed values are emptied. What is left of
    them in backups is noise as soon as the backups of the key have aged out. Its rows go when their
    time has passed (`tenants.services.emptying`). The audit trail stays and still verifies: it
    holds no secret and no person.
    """
    ApiToken.objects.all().delete()
    Invitation.objects.all().delete()
    values = sum(
        model.objects.filter(**{f"{field}__isnull": False}).update(**{field: None})
        for model, field in sealed_fields()
        if model._meta.get_field(field).null
    )
    TenantKey.objects.all().delete()
    forget(tenant.pk)
    tenant.status, tenant.closed_at = TenantStatus.CLOSED, timezone.now()
    tenant.save(update_fields=["status", "closed_at"])
    record("tenant.closed", target=tenant, facts={"values": values}, words={"reason": reason})
    return values
