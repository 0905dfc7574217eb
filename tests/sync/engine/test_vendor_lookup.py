"""Vendors are found among many by the database's indexes, behind the wall between tenants."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from connectors.documents import ReferenceItem, ReferenceKind
from sync.engine.deciding.suppliers_around import vendors_found
from sync.engine.reference import store_items
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db

WANTED = {"name": ["kestrel ltd"], "tax": ["GB123"], "registration": ["HRB9"]}


class _Site:
    def __init__(self, integration) -> None:
        self.integration, self.tenant_id = integration, integration.tenant_id


def vendor(number: str, name: str, **attributes: str) -> ReferenceItem:
    return ReferenceItem(
        kind=ReferenceKind.SUPPLIERS,
        code=number,
        remote_id=f"id-{number}",
        name=name,
        attributes=attributes,
    )


@pytest.fixture
def integration():
    found = rows.integration(factories.tenant())
    named = [
        vendor("1", "KESTREL, Limited"),
        vendor("2", "Other", tax_number="gb 123"),
        vendor("3", "Third", registration_number="HRB-9"),
    ]
    others = [vendor(f"X{n}", f"Vendor {n}", tax_number=f"T{n}") for n in range(3000)]
    with tenant_scope(found.tenant_id):
        store_items(_Site(found), ReferenceKind.SUPPLIERS, [*named, *others], timezone.now())
        yield found


def test_a_vendor_is_found_by_any_spelling_of_what_it_is_known_by(integration):
    found = vendors_found(integration, ["X7"], WANTED, ["id-X8"])

    assert {row.code for row in found} == {"1", "2", "3", "X7", "X8"}


def test_no_arm_of_the_search_reads_all_vendors(integration):
    with connection.cursor() as cursor:
        cursor.execute("set role none")  # statistics are the owner's
        cursor.execute("analyze sync_ledgeritem")
        cursor.execute(f'set role "{settings.DATABASE_APP_ROLE}"')
    plan = vendors_found(integration, ["X7"], WANTED, ["id-X8"]).explain()

    for index in ("name_key", "tax_key", "registration_key"):
        assert f"Bitmap Index Scan on ledger_item_{index}" in plan, plan
