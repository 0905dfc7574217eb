"""Payloads are dropped when their time has passed, and what is on its way keeps its own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from sync.models import Version
from sync.retention import drop_payloads, purge_expired
from tenants.ids import first_id_at
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows as make

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def integration():
    return make.integration(factories.tenant())


def version(integration, state: str, *, days: int, content=("Invoice",)) -> Version:
    document = make.document(integration, reference=f"I-{state}-{days}", state=state)
    with tenant_scope(integration.tenant_id):
        return Version.objects.create(
            pk=first_id_at(NOW - timedelta(days=days, seconds=len(state))),
            document=document,
            number=7,
            source_version="1",
            payload={"requestor": "ann"},
            content={"_": content[0]} if content else None,
            received_at=NOW - timedelta(days=days),
        )


def kept(integration, row: Version) -> bool:
    with tenant_scope(integration.tenant_id):
        fresh = Version.objects.get(pk=row.pk)
    assert fresh.payload_kept == bool(fresh.payload)
    return fresh.payload_kept


@pytest.mark.parametrize(
    ("state", "days", "content", "stays"),
    [
        ("written", 91, ("Invoice",), False),
        ("rejected", 91, ("Invoice",), False),
        ("written", 89, ("Invoice",), True),
        ("parked", 400, ("Invoice",), True),
        ("unknown", 400, ("Invoice",), True),
        ("written", 400, None, True),
    ],
)
def test_a_payload_goes_when_its_time_has_passed_and_nobody_needs_it(
    integration, state, days, content, stays
):
    row = version(integration, state, days=days, content=content)

    purge_expired()

    assert kept(integration, row) is stays


def test_what_a_document_means_stays(integration):
    row = version(integration, "written", days=91)

    assert drop_payloads(integration.tenant_id, NOW) == 1
    assert drop_payloads(integration.tenant_id, NOW) == 0

    with tenant_scope(integration.tenant_id):
        assert Version.objects.get(pk=row.pk).content == {"_": "Invoice"}


def test_an_operator_may_keep_them_for_good(integration, settings):
    settings.KEEP_PAYLOADS_DAYS = 0
    row = version(integration, "written", days=4000)

    purge_expired()

    assert kept(integration, row)
