"""What a transactional test leaves behind is gone before the next one."""

import psycopg
import pytest
from django.contrib.auth import get_user_model
from django.db import connection

from audit.models import AuditEvent
from audit.record import record
from tenants.models import Membership, Tenant
from tenants.scoping import tenant_scope
from tests import database, factories

pytestmark = pytest.mark.django_db(transaction=True)


def something_left_behind() -> Tenant:
    tenant = factories.tenant()
    factories.member(tenant)
    with tenant_scope(tenant.pk):
        record("member.removed", target=tenant, facts={"email": "a@example.org"})
    return tenant


@pytest.mark.parametrize("small", [database.SMALL_TABLE_BYTES, 0], ids=["deleted", "truncated"])
def test_nothing_of_any_tenant_is_left(small, monkeypatch):
    monkeypatch.setattr(database, "SMALL_TABLE_BYTES", small)
    tenant = something_left_behind()

    database.empty_all()

    with tenant_scope(tenant.pk):
        assert not Membership.objects.exists()
        assert not AuditEvent.objects.exists()
    assert not Tenant.objects.exists()
    assert not get_user_model().objects.exists()


def test_a_transaction_that_was_left_open_is_told(monkeypatch):
    monkeypatch.setattr(database, "WAIT_FOR_LOCKS", "10ms")
    tenant = something_left_behind()
    settings = connection.get_connection_params()

    with psycopg.connect(
        host=settings["host"],
        user=settings["user"],
        password=settings.get("password"),
        dbname=settings["dbname"],
        port=settings.get("port"),
    ) as other:
        other.execute("select count(*) from tenants_tenant")
        with pytest.raises(AssertionError, match="left a transaction open"):
            database.empty_all()

    assert Tenant.objects.get() == tenant
