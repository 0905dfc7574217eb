"""What a closed customer left goes after its time; the trail stays, and nobody else loses a row."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from audit import selectors
from audit.context import acting
from audit.models import AuditEvent, AuditText
from sync.models import LedgerItem, MappingEntry, ReviewItem
from sync.retention import purge_expired
from tenants.models import Tenant, User
from tenants.scoping import TenantOwned, tenant_scope
from tenants.services import emptying, tenant_close, tenant_empty
from tests import factories
from tests.bench.loader import load

pytestmark = pytest.mark.django_db(transaction=True)  # the loader vacuums
OWNED = [model for model in apps.get_models() if issubclass(model, TenantOwned)]
LONG_AGO = timezone.now() - timedelta(days=91)


@pytest.fixture(autouse=True)
def own_state(settings, tmp_path):
    settings.STATE_DIR = tmp_path


def customer() -> Tenant:
    tenant = load(documents=120, events=40).tenant
    factories.member(tenant, who=factories.user(f"ann@{tenant.slug}.example"))
    factories.api_key(tenant)
    return tenant


def thin_out(tenant: Tenant, most: int) -> None:
    """Leave so many rows of the kinds of which a year has thousands, whatever its documents."""
    with tenant_scope(tenant.pk):
        for model in (LedgerItem, MappingEntry, ReviewItem):
            kept = model.objects.order_by("pk").values("pk")[:most]
            model.objects.exclude(pk__in=kept).delete()


def close(tenant: Tenant, at=LONG_AGO) -> None:
    with acting("staff:1"), tenant_scope(tenant.pk):
        tenant_close(tenant, reason="Ann Jones ended the contract")
    Tenant.objects.filter(pk=tenant.pk).update(closed_at=at)


def rows(tenant: Tenant) -> dict[str, int]:
    with tenant_scope(tenant.pk):
        counts = {str(m._meta.verbose_name_plural): m.objects.count() for m in [*OWNED, AuditText]}
    return {kind: number for kind, number in counts.items() if number}


def certificate(tenant: Tenant) -> AuditEvent:
    with tenant_scope(tenant.pk):
        return AuditEvent.objects.get(action="tenant.emptied")


def test_every_row_goes_and_the_trail_says_how_many():
    closed, other = customer(), customer()
    close(closed)
    left, others = rows(closed), rows(other)
    assert {"documents", "versions", "links", "outcomes", "memberships", "audit texts"} <= set(left)

    purge_expired()

    assert rows(closed) == {}
    assert rows(other) == others
    closed.refresh_from_db()
    assert closed.emptied == left
    assert closed.emptied_at
    assert certificate(closed).facts == {
        "rows": ", ".join(f"{number} {kind}" for kind, number in sorted(left.items()))
    }
    with tenant_scope(closed.pk):
        assert selectors.verify().ok
        [ended] = AuditEvent.objects.filter(action="tenant.closed")
        assert ended.told["reason"] == "[erased]"


def test_stopped_after_any_block_it_goes_on_and_counts_nothing_twice(monkeypatch):
    monkeypatch.setattr(emptying, "_BLOCK", 7)
    tenant = customer()
    thin_out(tenant, most=30)
    close(tenant)
    left = rows(tenant)

    calls = 1
    while not tenant_empty(tenant.pk, seconds=0):
        calls += 1

    assert calls > sum(left.values()) // 7
    tenant.refresh_from_db()
    assert tenant.emptied == left
    assert tenant_empty(tenant.pk, seconds=0)
    assert certificate(tenant)


@pytest.mark.parametrize(
    ("days", "kept_days", "goes"), [(91, 90, True), (89, 90, False), (900, 0, False)]
)
def test_only_after_its_time(settings, days, kept_days, goes):
    settings.KEEP_CLOSED_DAYS = kept_days
    tenant = factories.tenant()
    close(tenant, timezone.now() - timedelta(days=days))

    purge_expired()

    tenant.refresh_from_db()
    assert bool(tenant.emptied_at) is goes


def test_a_customer_in_use_keeps_all():
    tenant = customer()
    kept = rows(tenant)

    with pytest.raises(ValueError, match="is not closed"):
        tenant_empty(tenant.pk, seconds=60)

    assert rows(tenant) == kept


def test_accounts_go_with_the_last_customer_that_a_person_works_for():
    closed, other = factories.tenant(), factories.tenant()
    alone, both, staff = (factories.user(f"{who}@x.example") for who in ("alone", "both", "staff"))
    User.objects.filter(pk=staff.pk).update(is_staff=True)
    for user in (alone, both, staff):
        factories.member(closed, who=user)
    factories.member(other, who=both)
    close(closed)

    purge_expired()

    active = dict(User.objects.values_list("pk", "is_active"))
    assert active == {alone.pk: False, both.pk: True, staff.pk: True}
    alone.refresh_from_db()
    assert "alone" not in alone.email
