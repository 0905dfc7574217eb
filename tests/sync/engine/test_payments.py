"""Payment status: read at the end of an invoices run, kept on the link, shown and filtered by."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from audit.selectors import timeline
from connectors.sandboxing.faults import Fault
from sync.engine.queue import queue_runs
from sync.models import Document, Flow, FlowName, Link, Run, Trigger
from sync.selectors.documents import documents
from tests.journeys.small import type_in
from tests.small import COMPANY, FLOWS, let_payments_fall_due, records, small_world
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


def run_later(customer: World) -> None:
    """Let six hours pass, then run the invoices."""
    let_payments_fall_due(customer)
    customer.run(FlowName.INVOICES)


def finance(customer: World, op: str, place: int = 0) -> None:
    """Let finance post or pay an invoice of ours in NAV."""
    type_in(customer, "purchaseInvoices", op, key={"number": links(customer)[place].number})


def test_what_finance_does_with_an_invoice_is_seen_within_six_hours(customer):
    written = [link.payment for link in links(customer)]
    run_later(customer)
    seen = [[link.payment for link in links(customer)]]
    for op in ("post", "pay"):
        finance(customer, op)
        run_later(customer)
        seen.append([link.payment for link in links(customer)])

    assert written == ["", ""]
    assert seen == [["draft", "draft"], ["open", "draft"], ["paid", "draft"]]


def test_a_paid_document_is_found_by_its_payment_and_told_in_the_trail(customer):
    run_later(customer)
    before = links(customer)[0].document.changed_at
    for op in ("post", "pay"):
        finance(customer, op)
        run_later(customer)

    with customer.scope():
        [found] = documents(payment="paid")
        told = [e for e in timeline(found.pk) if e.action == "document.payment"]
    assert found.pk == links(customer)[0].document_id
    assert found.changed_at > before
    assert len(told) == 3


def test_until_then_the_ledger_is_not_asked_whoever_starts_the_run(customer):
    run_later(customer)
    finance(customer, "post")
    for trigger in (Trigger.SCHEDULE, Trigger.PERSON, Trigger.API):
        by(trigger, customer)

    assert links(customer)[0].payment == "draft"


def test_trouble_of_the_ledger_costs_the_status_and_not_the_run(customer):
    path = "purchaseInvoices|VendorLedgerEntries"
    customer.nav.scenario.load(Fault("status", path=path, method="GET", status=500, times=0))
    run_later(customer)
    with customer.scope():
        run = Run.objects.order_by("queued_at").last()
    customer.nav.scenario.load()

    assert run.state == "succeeded"
    assert [link.payment for link in links(customer)] == ["", ""]
    with customer.scope():
        assert Document.objects.filter(state="written").exists()
