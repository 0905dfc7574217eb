"""Where the trail cannot be written, nothing is sent and nothing changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings
from django.db import DatabaseError, connection

from sync.models import Document, Flow, FlowName, Ticket, Write
from sync.services.flows import flow_change
from tests import small
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def a_trail_that_takes_nothing() -> Iterator[None]:
    """Take the right to add events away from web and workers, as a full disk would."""
    _as_owner(f'revoke insert on audit_auditevent from "{settings.DATABASE_APP_ROLE}"')
    try:
        yield
    finally:
        _as_owner(f'grant insert on audit_auditevent to "{settings.DATABASE_APP_ROLE}"')


def _as_owner(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("set role none")
        cursor.execute(statement)
        cursor.execute(f'set role "{settings.DATABASE_APP_ROLE}"')


def states(customer: World) -> list[tuple]:
    with customer.scope():
        documents = Document.objects.order_by("pk").values_list("pk", "state", "version")
        writes = Write.objects.order_by("pk").values_list("pk", "state", "attempt")
        return [*documents, *writes]


def sent(customer: World) -> list[str]:
    return [one.method for one in customer.requests(customer.nav) if one.method != "GET"]


def test_no_document_moves_and_nothing_is_sent_while_events_cannot_be_stored(tmp_path):
    lines = [small.supplier(0), small.order(0), small.invoice(0)]
    with small.small_world(tmp_path, lines) as customer:
        customer.run(FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS)
        before, told = states(customer), sent(customer)
        with a_trail_that_takes_nothing(), suppress(DatabaseError):
            customer.run(FlowName.INVOICES)

        assert states(customer) == before
        assert sent(customer) == told

        Ticket.objects.update(failures=0)
        customer.run(FlowName.INVOICES)
        assert customer.document(flow_name=FlowName.INVOICES).state == "written"


def test_a_run_that_was_queued_before_sends_nothing_without_the_trail(tmp_path):
    """The write is there and waits: to send it takes an event in the same transaction."""
    lines = [small.supplier(0), small.order(0), small.invoice(0)]
    with small.small_world(tmp_path, lines) as customer:
        customer.run(*small.FLOWS)
        with customer.scope():
            Write.objects.filter(kind="purchase_invoice").update(state="pending", sent_at=None)
            Document.objects.filter(flow_name=FlowName.INVOICES).update(state="writing")
        told = sent(customer)
        with a_trail_that_takes_nothing(), suppress(DatabaseError):
            Ticket.objects.update(due_at="2026-01-01T00:00Z", lease_until=None, failures=0)
            customer.settle(slices=3)

        assert sent(customer) == told
        with customer.scope():
            [write] = Write.objects.filter(kind="purchase_invoice", operation="create")
        assert write.state in ("pending", "claimed")
        assert write.sent_at is None


def test_a_use_case_changes_nothing_without_the_trail(tmp_path):
    with small.small_world(tmp_path, [small.supplier(0)]) as customer:
        with customer.scope():
            flow = Flow.objects.get(resource=FlowName.INVOICES)
        was = flow.enabled
        with a_trail_that_takes_nothing(), pytest.raises(DatabaseError), customer.scope():
            flow_change(flow, enabled=not was)

        with customer.scope():
            assert Flow.objects.get(pk=flow.pk).enabled is was
