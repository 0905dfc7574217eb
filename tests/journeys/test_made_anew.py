"""An integration that is deleted and made anew: what the first one wrote stands once."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.engine.tickets import open_ticket
from sync.models import DocumentState, Flow, FlowName, Integration, Write
from sync.services.integrations import integration_delete
from tests import small
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def make_anew(customer: World) -> World:
    """Delete the integration and pair the same connections and company again."""
    first = customer.integration
    with customer.scope():
        integration_delete(first)
        again = Integration.objects.create(
            name="Again",
            source=first.source,
            ledger=first.ledger,
            company_id=first.company_id,
            policy=first.policy,
        )
        for name in FlowName:
            Flow.objects.create(integration=again, resource=name, schedule={"kind": "manual"})
    open_ticket(again.pk, customer.tenant.pk)
    second = World(customer.tenant, again, customer.jaggaer, customer.nav)
    second.run(FlowName.REFERENCE)
    small.import_mappings(second.scope(), again)
    return second


def test_it_adopts_orders_invoices_and_journals_of_the_first(tmp_path: Path):
    lines = [small.supplier(0), small.order(0), small.invoice(0)]
    with small.small_world(tmp_path, lines) as customer:
        customer.run(*small.FLOWS)
        before = customer.ledger()

        second = make_anew(customer)
        second.run(*small.FLOWS)

        with second.scope():
            adopted = set(Write.objects.filter(adopted=True).values_list("kind", flat=True))
        states = {document.state for document in second.documents()}
        assert second.ledger() == before
        assert adopted >= {"purchase_order", "purchase_invoice", "journal"}
        assert states == {DocumentState.WRITTEN}
