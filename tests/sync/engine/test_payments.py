"""Payment status: read at the end of an invoices run, kept on the link, shown and filtered by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.utils import timezone

from audit.selectors import timeline
from connectors.sandboxing.faults import Fault
from sync.engine.payments import READ_EVERY
from sync.engine.queue import queue_runs
from sync.models import Document, Flow, FlowName, Link, Run, Trigger
from sync.selectors.documents import documents
from tests.journeys.small import type_in
from tests.small import COMPANY, FLOWS, records, small_world
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

HOME = "CRONUS International Ltd."
DIALECTS = {"api": (COMPANY, {"dialect": "api"}), "pages": (HOME, {"dialect": "pages"})}


@pytest.fixture(params=DIALECTS)
def customer(request, tmp_path) -> Iterator[World]:
    company, settings = DIALECTS[request.param]
    with small_world(tmp_path, records(2), company=company, nav_settings=settings) as found:
        found.run(*FLOWS)
        yield found


def links(customer: World) -> list[Link]:
    with customer.scope():
        rows = Link.objects.filter(kind="purchase_invoice").select_related("document")
        return list(rows.order_by("document__reference"))


def by(trigger: str, customer: World) -> Run:
    """Let a run of the invoices happen that something else than a person has asked for."""
    with customer.scope():
        flows = list(Flow.objects.filter(resource=FlowName.INVOICES))
        [run] = queue_runs(customer.integration, flows, trigger=trigger)
    customer.settle()
    with customer.scope():
        return Run.objects.get(pk=run.pk)


def finance(customer: World, op: str, place: int = 0) -> None:
    """Let finance post or pay an invoice of ours in NAV."""
    type_in(customer, "purchaseInvoices", op, key={"number": links(customer)[place].number})


def test_what_finance_does_with_an_invoice_is_seen_by_the_next_run(customer):
    written = [link.payment for link in links(customer)]
    customer.run(FlowName.INVOICES)
    seen = [[link.payment for link in links(customer)]]
    for op in ("post", "pay"):
        finance(customer, op)
        customer.run(FlowName.INVOICES)
        seen.append([link.payment for link in links(customer)])

    assert written == ["", ""]
    assert seen == [["draft", "draft"], ["open", "draft"], ["paid", "draft"]]


def test_a_paid_document_is_found_by_its_payment_and_told_in_the_trail(customer):
    customer.run(FlowName.INVOICES)
    before = links(customer)[0].document.changed_at
    for op in ("post", "pay"):
        finance(customer, op)
        customer.run(FlowName.INVOICES)

    with customer.scope():
        [found] = documents(payment="paid")
        told = [e for e in timeline(found.pk) if e.action == "document.payment"]
    assert found.pk == links(customer)[0].document_id
    assert found.changed_at > before
    assert len(told) == 3


def test_a_scheduled_run_asks_every_six_hours_only(customer):
    customer.run(FlowName.INVOICES)
    finance(customer, "post")
    by(Trigger.SCHEDULE, customer)
    soon = links(customer)[0].payment
    with customer.scope():
        Link.objects.update(payment_read_at=timezone.now() - READ_EVERY)
    by(Trigger.SCHEDULE, customer)

    assert (soon, links(customer)[0].payment) == ("draft", "open")


def test_trouble_of_the_ledger_costs_the_status_and_not_the_run(customer):
    path = "purchaseInvoices|VendorLedgerEntries"
    customer.nav.scenario.load(Fault("status", path=path, method="GET", status=500, times=0))
    run = by(Trigger.PERSON, customer)
    customer.nav.scenario.load()

    assert run.state == "succeeded"
    assert [link.payment for link in links(customer)] == ["", ""]
    with customer.scope():
        assert Document.objects.filter(state="written").exists()
