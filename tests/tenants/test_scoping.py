"""The two walls around a tenant's rows: the managers, and the policies of the database."""

from contextlib import suppress
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from audit.models import AuditEvent, AuditHead
from tenants.models import Membership, Tenant
from tenants.scoping import (
    NoTenant,
    OtherTenant,
    TenantOwned,
    current_tenant_id,
    presenting,
    tenant_scope,
)
from tests import factories

pytestmark = pytest.mark.django_db

# A person and the browsers they are logged in with belong to no tenant.
WITHOUT_WALL = {"tenants_tenant", "tenants_user", "tenants_signup", "tenants_browsersession"}


def rows(statement: str, *values: object) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall()


def test_tests_work_as_a_role_that_policies_bind():
    ((superuser, bypass),) = rows(
        "select rolsuper, rolbypassrls from pg_roles where rolname = current_user"
    )

    assert (superuser, bypass) == (False, False)


def test_a_query_outside_of_a_scope_is_refused():
    with pytest.raises(NoTenant):
        Membership.objects.count()


def test_a_scope_shows_its_tenants_rows_alone():
    one, other = factories.member(factories.tenant()), factories.member(factories.tenant())

    with tenant_scope(one.tenant.pk):
        assert [row.user for row in Membership.objects.all()] == [one.user]
    with tenant_scope(other.tenant.pk):
        assert [row.user for row in Membership.objects.all()] == [other.user]


def test_raw_sql_sees_no_row_without_a_tenant_and_only_its_own_with_one():
    one = factories.member(factories.tenant())
    factories.member(factories.tenant())

    assert rows("select user_id from tenants_membership") == []
    with tenant_scope(one.tenant.pk):
        assert rows("select user_id from tenants_membership") == [(one.user.pk,)]


def test_a_row_for_another_tenant_is_refused_by_the_database():
    here, there = factories.tenant(), factories.tenant()
    person = factories.user()

    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        tenant_scope(here.pk),
    ):
        Membership.unscoped.create(tenant=there, user=person, role="admin")


def test_another_tenants_rows_can_be_neither_changed_nor_deleted():
    stranger = factories.member(factories.tenant(), "viewer")

    with tenant_scope(factories.tenant().pk), connection.cursor() as cursor:
        cursor.execute("update tenants_membership set role = 'admin'")
        assert cursor.rowcount == 0
        cursor.execute("delete from tenants_membership")
        assert cursor.rowcount == 0
    with tenant_scope(stranger.tenant.pk):
        assert Membership.objects.get().role == "viewer"


def test_a_new_row_belongs_to_the_tenant_of_the_scope():
    tenant, person = factories.tenant(), factories.user()

    with tenant_scope(tenant.pk):
        Membership.objects.bulk_create([Membership(user=person, role="viewer")])
        assert Membership.objects.get().tenant_id == tenant.pk


def test_a_scope_inside_another_tenants_is_refused():
    here, there = factories.tenant(), factories.tenant()

    with tenant_scope(here.pk), pytest.raises(OtherTenant), tenant_scope(there.pk):
        pass


def test_an_inner_scope_that_fails_undoes_its_own_part_only():
    tenant, first, second = factories.tenant(), factories.user(), factories.user()

    with tenant_scope(tenant.pk):
        Membership.objects.create(user=first, role="viewer")
        with suppress(ZeroDivisionError), tenant_scope(tenant.pk):
            Membership.objects.create(user=second, role="viewer")
            1 / 0  # noqa: B018
        assert [row.user for row in Membership.objects.all()] == [first]


def test_nothing_of_a_scope_outlives_it_inside_a_longer_transaction():
    tenant = factories.tenant()

    with transaction.atomic():
        with tenant_scope(tenant.pk):
            pass
        assert current_tenant_id() is None
        assert rows("select current_setting('app.tenant_id', true)") == [("",)]


def test_a_user_sees_the_own_memberships_and_nobody_elses():
    here, there = factories.tenant(), factories.tenant()
    person = factories.member(here).user
    factories.member(there, who=person)
    factories.member(here)

    with presenting(user_id=person.pk):
        assert {row.tenant for row in Membership.unscoped.all()} == {here, there}


def test_a_door_lets_nothing_be_written():
    person = factories.member(factories.tenant(), "viewer").user

    with presenting(user_id=person.pk), connection.cursor() as cursor:
        cursor.execute("update tenants_membership set role = 'admin'")
        assert cursor.rowcount == 0


def walled(table: str) -> bool:
    """Say whether a table has row-level security, forced, for reading and writing."""
    return rows(
        "select true from pg_class c join pg_policy p on p.polrelid = c.oid"
        " where c.relname = %s and relrowsecurity and relforcerowsecurity"
        " and p.polname = 'tenant' and p.polcmd = '*' and p.polwithcheck is not null",
        table,
    ) == [(True,)]


OWNED = [model for model in apps.get_models() if issubclass(model, TenantOwned)]


@pytest.mark.parametrize("model", [*OWNED, AuditEvent, AuditHead], ids=lambda model: model.__name__)
def test_every_tenant_owned_table_is_behind_the_wall(model):
    assert walled(model._meta.db_table)


def test_the_tables_of_this_app_without_a_wall_are_few_and_named():
    tables = {model._meta.db_table for model in apps.get_app_config("tenants").get_models()}

    assert {table for table in tables if not walled(table)} == WITHOUT_WALL


@pytest.mark.django_db(transaction=True)
def test_the_setting_does_not_leak_to_the_next_user_of_the_connection():
    tenant = factories.tenant()

    with tenant_scope(tenant.pk):
        assert rows("select current_setting('app.tenant_id', true)") == [(str(tenant.pk),)]

    assert rows("select current_setting('app.tenant_id', true)") in ([("",)], [(None,)])
    assert rows("select id from tenants_tenantkey") == []


def test_an_unknown_status_of_a_tenant_is_refused_by_the_database():
    tenant = factories.tenant()

    with pytest.raises(Exception, match="tenant_status_known"), transaction.atomic():
        Tenant.objects.filter(pk=tenant.pk).update(status="frozen")


def test_time_of_a_new_tenant_is_now():
    assert timezone.now() - factories.tenant().created_at < timedelta(minutes=1)
