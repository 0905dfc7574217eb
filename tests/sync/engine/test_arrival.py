"""The order in which a run decides: (source change time, id), the same in database and memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sync.engine.usage import ARRIVAL, arrival_of
from sync.models import Document
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db

NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
LATER = NOON + timedelta(milliseconds=1)
IN_ORDER = [
    (NOON, "9"),
    (NOON, "10"),
    (NOON, "A1"),
    (NOON, "a1"),
    (NOON, "999"),
    (NOON, "a-1"),
    (NOON, "1000"),
    (LATER, "1"),
    (None, "7"),
]


def test_documents_of_one_instant_are_decided_by_their_number():
    integration = rows.integration(factories.tenant())
    for modified_at, source_id in reversed(IN_ORDER):
        rows.document(integration, source_id=source_id, modified_at=modified_at)

    with tenant_scope(integration.tenant_id):
        found = Document.objects.order_by(*ARRIVAL).values_list("modified_at", "source_id")

        assert list(found) == IN_ORDER


def test_what_arrived_before_is_the_same_in_memory():
    shuffled = IN_ORDER[::-1]

    assert sorted(shuffled, key=lambda one: arrival_of(*one)) == IN_ORDER
