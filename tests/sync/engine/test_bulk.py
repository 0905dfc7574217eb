"""Many rows saved at once hold exactly what each of them would hold saved alone."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, transaction

from audit.rows import insert_rows
from sync.engine.bulk import update_rows
from sync.models import Document, Run, Trigger
from tenants.ids import new_id
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db

VALUES = {
    "state": ["parked", "written"],
    "reasons": [[{"code": "tax_differs", "text": 'it\'s "100 %"'}], []],
    "match": [{"sum": "1.10"}, None],
    "amount": [Decimal("12.3456789012"), None],
    "document_date": [date(2024, 2, 29), None],
    "modified_at": [datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC), None],
    "version": [2, 3],
    "revision": [-1, None],
    "supplier_name": ["Ærø & Søn", ""],
}


@pytest.fixture
def integration():
    return rows.integration(factories.tenant())


@pytest.fixture
def documents(integration):
    made = [rows.document(integration) for _ in range(2)]
    for name, values in VALUES.items():
        for document, value in zip(made, values, strict=True):
            setattr(document, name, value)
    return made


def test_every_kind_of_value_arrives_as_it_is(integration, documents) -> None:
    with tenant_scope(integration.tenant_id):
        found = update_rows(documents, list(VALUES))
        stored = [Document.objects.get(pk=document.pk) for document in documents]

    assert found == 2
    for name, values in VALUES.items():
        assert [getattr(document, name) for document in stored] == values


def test_fields_that_are_not_named_stay(integration, documents) -> None:
    with tenant_scope(integration.tenant_id):
        before = Document.objects.get(pk=documents[0].pk).state
        update_rows(documents, ["version"])

        assert Document.objects.get(pk=documents[0].pk).state == before


def test_a_relation_is_stored_by_its_id(integration, documents) -> None:
    with tenant_scope(integration.tenant_id):
        run = Run.objects.create(
            integration=integration,
            flow=rows.flow(integration, "invoices"),
            trigger=Trigger.API,
            queued_at=datetime.now(UTC),
        )
        documents[0].queued_run = run
        update_rows(documents, ["queued_run"])

        assert Document.objects.get(pk=documents[0].pk).queued_run_id == run.pk
        assert Document.objects.get(pk=documents[1].pk).queued_run_id is None


def test_rows_of_another_tenant_are_out_of_reach(integration, documents) -> None:
    with tenant_scope(factories.tenant("Other").pk):
        assert update_rows(documents, ["version"]) == 0


def test_no_rows_take_no_statement(integration, django_assert_num_queries) -> None:
    with tenant_scope(integration.tenant_id), django_assert_num_queries(0):
        assert update_rows([], ["version"]) == 0


def test_new_rows_arrive_as_each_of_them_would_alone(integration, documents) -> None:
    with tenant_scope(integration.tenant_id):
        for number, document in enumerate(documents):
            document.pk, document.source_id = new_id(), f"copy {number}"
        insert_rows(documents)
        stored = [Document.objects.get(pk=document.pk) for document in documents]

    for name, values in VALUES.items():
        assert [getattr(document, name) for document in stored] == values


def test_a_new_row_is_refused_rather_than_cut(integration, documents) -> None:
    documents[0].pk, documents[0].source_id = new_id(), "n" * 201

    with tenant_scope(integration.tenant_id), pytest.raises(DataError), transaction.atomic():
        insert_rows(documents[:1])
