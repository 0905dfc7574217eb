"""Documents of one source go to the company of their business unit, each to exactly one."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from connectors.base import Entry, Listing, Record, Since
from connectors.documents import Invoice, Readiness, Resource, SupplierRef
from sync.engine.keeping import keep
from sync.engine.reading import list_changes
from sync.models import (
    Document,
    Elsewhere,
    Flow,
    FlowName,
    Integration,
    PendingFetch,
    Run,
    RunState,
)
from sync.services.integrations import (
    integration_create,
    integration_delete,
    integration_update,
)
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db


def invoice(number: str, unit: str | None) -> Record:
    """Return a record that names its unit, or none."""
    document = Invoice(
        resource=Resource.INVOICE,
        source_id=number,
        version="v1",
        modified_at=None,
        readiness=Readiness.POSTABLE,
        reference=number,
        supplier=SupplierRef("1", "V1", "Supplier"),
        business_unit=unit,
        supplier_number=number,
        currency="GBP",
        total=Decimal(10),
        document_date=date(2024, 3, 4),
        lines=(),
    )
    return Record(number, "v1", None, {"id": number}, document)


def kept(integration: Integration, records: list[Record]) -> tuple[list[str], list[str]]:
    """Return what an integration keeps of records, and what it leaves to others."""
    with tenant_scope(integration.tenant_id):
        flow = Flow.objects.get(integration=integration, resource=FlowName.INVOICES)
        run = Run.objects.create(
            integration=integration,
            flow=flow,
            mode="live",
            trigger="api",
            queued_at=timezone.now(),
            state=RunState.SUCCEEDED,
        )
        site: Any = SimpleNamespace(integration=integration, tenant_id=integration.tenant_id)
        keep(site, run, flow, records)
        ours = Document.objects.filter(integration=integration)
        others = Elsewhere.objects.filter(flow=flow)
        return (
            sorted(ours.values_list("source_id", flat=True)),
            sorted(others.values_list("source_id", flat=True)),
        )


@pytest.fixture
def two() -> tuple[Integration, Integration]:
    """Two companies that share one source."""
    tenant = factories.tenant()
    first = rows.integration(tenant, business_units=["0004"])
    with tenant_scope(tenant.pk):
        second = integration_create(
            name="second",
            source=first.source,
            ledger=first.ledger,
            company="company-2",
            business_units=["0005", "0006"],
        )
    return first, second


def test_each_document_is_kept_by_the_integration_of_its_unit(two):
    records = [invoice("1", "0004"), invoice("2", "0005"), invoice("3", "0006")]

    assert kept(two[0], records) == (["1"], ["2", "3"])
    assert kept(two[1], records) == (["2", "3"], ["1"])


def test_what_names_no_unit_goes_to_the_first_integration_of_the_source_alone(two):
    records = [invoice("1", None), invoice("2", "0005")]

    assert kept(two[0], records) == (["1"], ["2"])
    assert kept(two[1], records) == (["2"], ["1"])


def test_without_units_everything_is_kept():
    alone = rows.integration(factories.tenant())

    assert kept(alone, [invoice("1", None), invoice("2", "0009")]) == (["1", "2"], [])


AT = datetime(2024, 3, 4, tzinfo=UTC)


def queued(integration: Integration, units: dict[str, str | None]) -> list[str]:
    """Return what an integration is going to fetch of a list whose rows name these units."""
    entries = tuple(Entry(key, "v1", AT, {}, unit) for key, unit in units.items())
    source = SimpleNamespace(
        resources=dict,
        list=lambda flow, since: Listing(
            entries if since is None else (), Since(AT), complete=True
        ),
    )
    with tenant_scope(integration.tenant_id):
        integration.refresh_from_db()
        flow = Flow.objects.get(integration=integration, resource=FlowName.INVOICES)
        run = Run.objects.create(
            integration=integration,
            flow=flow,
            mode="live",
            trigger="schedule",
            queued_at=timezone.now(),
            state=RunState.SUCCEEDED,
        )
        site: Any = SimpleNamespace(
            integration=integration,
            tenant_id=integration.tenant_id,
            source=source,
            rows=lambda **_: nullcontext(),
        )
        list_changes(site, run, flow)
        waiting = PendingFetch.objects.filter(flow=flow)
        found = sorted(waiting.values_list("source_id", flat=True))
        waiting.delete()
        return found


def test_a_row_that_names_another_unit_is_not_fetched(two):
    units = {"1": "0004", "2": "0005", "3": None}

    assert queued(two[0], units) == ["1", "3"]
    assert queued(two[1], units) == ["2", "3"]


def test_without_units_every_row_is_fetched():
    alone = rows.integration(factories.tenant())

    assert queued(alone, {"1": "0004", "2": None}) == ["1", "2"]


def test_a_unit_that_is_taken_on_later_brings_what_was_left_to_others(two):
    units = {"1": "0004", "2": "0007"}
    queued(two[0], units)

    with tenant_scope(two[0].tenant_id):
        integration_update(two[0], business_units=["0004", "0007"])

    assert "2" in queued(two[0], units)


def test_what_names_no_unit_passes_to_the_next_when_the_first_integration_goes(two):
    records = [invoice("1", None)]
    kept(two[0], records)
    kept(two[1], records)

    with tenant_scope(two[0].tenant_id):
        integration_delete(two[0])

    assert queued(two[1], {"1": None}) == ["1"]
