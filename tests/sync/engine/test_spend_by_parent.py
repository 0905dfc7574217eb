"""Spend by parent: who belongs to whom, and what they billed together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.documents import Resource
from sync.models import DocumentState
from sync.selectors.parents import named, spend_by_parent, totals
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def integration():
    tenant = factories.tenant("Spend Ltd")
    with tenant_scope(tenant.pk):
        yield rows.integration(tenant)


def supplier(integration, source_id: str, parent: str = "", **values) -> None:
    rows.document(
        integration,
        Resource.SUPPLIER,
        source_id=source_id,
        supplier_source_id=source_id,
        supplier_erp_number=f"V{source_id}",
        supplier_name=f"Supplier {source_id}",
        parent_source_id=parent,
        amount=None,
        **values,
    )


def billed(integration, of: str, amount: str, resource=Resource.INVOICE, **values) -> None:
    rows.document(
        integration,
        resource,
        supplier_source_id=of,
        supplier_erp_number=f"V{of}",
        amount=Decimal(amount),
        **values,
    )


def test_a_family_is_summed_under_its_topmost_parent_credits_negative(integration):
    supplier(integration, "1")
    supplier(integration, "2", parent="1")
    supplier(integration, "3", parent="2")
    supplier(integration, "4")
    billed(integration, "1", "100", state=DocumentState.WRITTEN)
    billed(integration, "3", "50", state=DocumentState.PARKED)
    billed(integration, "2", "20", Resource.CREDIT_NOTE, state=DocumentState.WRITTEN)
    billed(integration, "4", "70", state=DocumentState.WRITTEN)
    billed(integration, "4", "999", state=DocumentState.REJECTED)

    first, second = spend_by_parent(integration)

    assert (first.name, first.number, len(first.suppliers)) == ("Supplier 1", "V1", 3)
    assert (first.amount, first.written, first.documents) == (130, 80, 3)
    assert (second.name, second.amount) == ("Supplier 4", 70)


def test_all_families_come_to_one_sum_for_each_currency(integration):
    for id in ("1", "2", "3"):
        supplier(integration, id)
    billed(integration, "1", "100", state=DocumentState.WRITTEN, currency="GBP")
    billed(integration, "2", "50", state=DocumentState.PARKED, currency="GBP")
    billed(integration, "1", "7", currency="EUR")

    found = totals(spend_by_parent(integration))

    assert [
        (one.currency, len(one.suppliers), one.documents, one.amount, one.written) for one in found
    ] == [("EUR", 1, 1, 7, 0), ("GBP", 2, 2, 150, 100)]


def test_each_document_counts_under_the_parent_of_its_date(integration, django_assert_num_queries):
    for top in ("1", "2", "3"):
        supplier(integration, top)
    changes = [("1", "2026-01-01"), ("2", "2026-03-01"), ("3", "2026-06-01")]
    parents = [{"parent": parent, "since": since} for parent, since in changes]
    supplier(integration, "4", parent="3", match={"parents": parents})
    late = [{"parent": "", "since": ""}, {"parent": "1", "since": "2026-04-01"}]
    supplier(integration, "5", parent="1", match={"parents": late})
    for of, day, amount in (
        ("4", date(2025, 5, 5), "1"),  # before we knew it: the first parent that it had
        ("4", date(2026, 2, 28), "2"),
        ("4", date(2026, 3, 1), "10"),
        ("4", date(2026, 5, 31), "20"),
        ("4", date(2026, 6, 1), "100"),
        ("4", None, "200"),
        ("5", date(2026, 3, 31), "1000"),
        ("5", date(2026, 4, 1), "4"),
    ):
        billed(integration, of, amount, document_date=day)

    with django_assert_num_queries(2):
        found = spend_by_parent(integration)

    assert {family.source_id: family.amount for family in found} == {
        "1": 7,
        "2": 30,
        "3": 300,
        "5": 1000,
    }


def test_a_cycle_of_parents_is_one_family(integration):
    supplier(integration, "1", parent="2")
    supplier(integration, "2", parent="1")
    billed(integration, "1", "10")
    billed(integration, "2", "20")

    [family] = spend_by_parent(integration)

    assert (family.amount, len(family.suppliers)) == (30, 2)


def test_a_supplier_never_received_stands_for_itself(integration):
    billed(integration, "9", "10", supplier_name="Stranger")

    [family] = named(integration, spend_by_parent(integration))

    assert (family.name, family.number, family.amount) == ("Stranger", "V9", 10)
