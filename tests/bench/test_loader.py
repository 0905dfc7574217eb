"""The tenant of full size holds together: its chain is valid, its rows belong to each other."""

from __future__ import annotations

import pytest

from audit import selectors
from sync.models import Document, Link, Wait
from tenants.scoping import tenant_scope
from tests import factories
from tests.bench import loader

pytestmark = pytest.mark.django_db(transaction=True)


def test_loaded_events_follow_those_that_were_there_and_verify() -> None:
    tenant = factories.tenant()
    loader.load_events(tenant.pk, 7)
    loader.load_events(tenant.pk, 5)

    with tenant_scope(tenant.pk):
        found = selectors.verify()
        assert (found.ok, found.events) == (True, 12)


def test_a_loaded_tenant_has_what_its_documents_say() -> None:
    made = loader.load(300, 100)

    with tenant_scope(made.tenant.pk):
        states = Document.objects.values_list("state", flat=True)
        waiting = Wait.objects.filter(document__state="parked").count()
        linked = Link.objects.exclude(kind="journal").count()
        assert (waiting, linked) == (states.filter(state="parked").count(), 279)
        assert selectors.verify().ok
