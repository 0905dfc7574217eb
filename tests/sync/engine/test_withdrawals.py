"""Our own draft withdrawn by a person after the source cancelled or changed its invoice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse

from audit.selectors import timeline
from connectors.sandboxing.faults import Fault
from sync.engine import tickets
from sync.models import Allocation, Document, FlowName, Link, ReviewItem, Write
from sync.services.documents import document_replay
from sync.services.withdrawals import document_withdraw
from tenants.models import Role
from tenants.refusal import Clash
from tests import factories
from tests.journeys.small import put, type_in
from tests.small import COMPANY, COMPANY_NAME, FLOWS, invoice, records, small_world
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)

DIALECTS = {"api": COMPANY, "pages": COMPANY_NAME}
NUMBER = "RE-000001"


@pytest.fixture(params=DIALECTS)
def customer(request, tmp_path) -> Iterator[World]:
    company = DIALECTS[request.param]
    settings = {"dialect": request.param, "settle_seconds": 900}
    with small_world(tmp_path, records(2), company=company, nav_settings=settings) as found:
        batch = {"set": "journals", "op": "insert", "values": {"code": "JAGGAER"}}
        control(found.nav, "records", {"company": COMPANY, **batch})
        found.run(*FLOWS)
        assert document(found).state == "written"
        yield found


def document(customer: World) -> Document:
    return customer.document(reference="I000001", flow_name=FlowName.INVOICES)


def export(customer: World, **changes: object) -> Document:
    """Let the source export the invoice anew; returns the document as it is decided then."""
    body = invoice(1, lastUpdate="2026-03-09T08:00:00.000Z", **changes)["body"]
    put(customer, "invoices", body)
    customer.run(FlowName.INVOICES)
    return document(customer)


def cancel(customer: World) -> Document:
    return export(customer, workflowStatus="Cancelled")


def withdraw(customer: World) -> Document:
    with customer.scope():
        document_withdraw(document(customer))
    customer.settle()
    return document(customer)


def later(customer: World) -> Document:
    """Let the ledger's time to apply a request pass, and go on."""
    with customer.scope():
        Write.objects.filter(state="unknown").update(verify_at=None)
        tickets.wake(customer.integration.pk)
    customer.settle()
    return document(customer)


def in_ledger(customer: World) -> tuple[int, int]:
    """Return how many drafts or invoices and how many waiting journal lines are the document's."""
    books = customer.ledger()
    drafts = [row for row in books["purchaseInvoices"] if row["vendorInvoiceNumber"] == NUMBER]
    lines = [line for journal in books["journals"] for line in journal["lines"]]
    return len(drafts), len([x for x in lines if x["externalDocumentNumber"] == NUMBER])


def deletes(customer: World) -> int:
    """Return how many requests asked to delete something."""
    return sum(request.method == "DELETE" for request in customer.requests(customer.nav))


def by_hand(customer: World, op: str, **wish: object) -> None:
    with customer.scope():
        link = Link.objects.get(document=document(customer), kind="purchase_invoice")
    type_in(customer, "purchaseInvoices", op, key={"number": link.number}, **wish)


def test_a_cancelled_invoice_is_taken_back_with_its_journal_and_stays_so(customer):
    parked = cancel(customer)
    assert [row["code"] for row in parked.reasons] == ["cancelled_at_source"]
    before = in_ledger(customer)

    found = withdraw(customer)

    assert before == (1, 2)
    assert in_ledger(customer) == (0, 0)
    assert (found.state, found.reasons) == ("settled", [])
    with customer.scope():
        assert not Link.objects.filter(document=found).exists()
        assert not Allocation.objects.filter(document=found).exists()
        assert not ReviewItem.objects.filter(state="open", code="cancelled_at_source").exists()
        told = [event.action for event in timeline(found.pk)]
        document_replay(found)
    assert told.count("write.withdrawn") == 2
    assert "document.withdrawal_asked" in told
    customer.settle()
    assert document(customer).state == "settled"
    assert in_ledger(customer) == (0, 0)


def test_a_changed_invoice_is_taken_back_and_written_as_it_is_now(customer):
    changed = export(customer, dueDate="2026-05-02T00:00:00.000Z")
    assert [row["code"] for row in changed.reasons] == ["changed_at_source"]

    found = withdraw(customer)

    assert (found.state, found.reasons) == ("written", [])
    assert in_ledger(customer) == (1, 2)
    [draft] = [
        row for row in customer.ledger()["purchaseInvoices"] if row["vendorInvoiceNumber"] == NUMBER
    ]
    assert draft["dueDate"] == "2026-05-02"
    cancel(customer)
    assert withdraw(customer).state == "settled"
    assert in_ledger(customer) == (0, 0)


def test_what_finance_posted_meanwhile_stays(customer):
    cancel(customer)
    by_hand(customer, "post")

    found = withdraw(customer)

    assert found.state == "parked"
    assert "posted" in found.reasons[0]["message"]
    assert in_ledger(customer) == (1, 2)
    assert deletes(customer) == 0


def test_what_somebody_worked_on_stays(customer):
    cancel(customer)
    by_hand(customer, "patch", values={"dueDate": "2026-06-01"})

    found = withdraw(customer)

    assert [row["code"] for row in found.reasons] == ["changed_in_ledger"]
    assert in_ledger(customer) == (1, 2)
    assert deletes(customer) == 0


def test_after_a_lost_answer_what_is_gone_counts_as_taken_back(customer):
    cancel(customer)
    lost = Fault("reset", method="DELETE", path="urchaseInvoice", phase="after")
    customer.nav.scenario.load(lost)
    withdraw(customer)
    customer.nav.scenario.load()

    assert later(customer).state == "settled"
    assert in_ledger(customer) == (0, 0)


def test_after_a_lost_request_nothing_is_deleted_before_the_ledger_has_had_its_time(customer):
    cancel(customer)
    customer.nav.scenario.load(Fault("reset", method="DELETE", path="urchaseInvoice"))
    withdraw(customer)
    customer.nav.scenario.load()

    assert later(customer).state == "unknown"
    assert in_ledger(customer) == (1, 2)
    with customer.scope():
        Write.objects.filter(state="unknown").update(sent_at="2026-01-01T00:00Z")
    assert later(customer).state == "settled"
    assert in_ledger(customer) == (0, 0)


def test_a_journal_that_was_posted_meanwhile_is_left_to_finance(customer):
    cancel(customer)
    [journal] = [row for row in customer.ledger()["journals"] if row["code"] == "JAGGAER"]
    type_in(customer, "journals", "post", id=journal["id"])

    found = withdraw(customer)

    assert found.state == "parked"
    assert "Journal" in found.reasons[0]["message"]
    assert in_ledger(customer) == (0, 0)
    with customer.scope():
        assert [link.kind for link in Link.objects.filter(document=found)] == ["journal"]
        document_replay(found)
    customer.settle()
    assert [row["code"] for row in document(customer).reasons] == ["cancelled_at_source"]
    assert in_ledger(customer) == (0, 0)


def test_what_stands_rightly_cannot_be_withdrawn(customer):
    with customer.scope(), pytest.raises(Clash, match="cancelled or changed"):
        document_withdraw(document(customer))


def test_both_pages_offer_it_to_an_operator_who_confirms(customer, client):
    parked = cancel(customer)
    address = reverse("document-withdraw", args=[parked.pk])
    with customer.scope():
        review = ReviewItem.objects.get(state="open", code="cancelled_at_source")
    viewer = factories.member(customer.tenant, Role.VIEWER)
    client.force_login(viewer.user)
    assert "Withdraw from the ledger" not in shown(client, "document", parked.pk)
    client.post(address, {"confirmed": "yes"})
    assert document(customer).state == "parked"

    client.force_login(factories.member(customer.tenant, Role.OPERATOR).user)
    assert "Withdraw from the ledger" in shown(client, "document", parked.pk)
    assert "Withdraw from the ledger" in shown(client, "review", review.pk)
    client.post(address)
    assert document(customer).state == "parked"
    client.post(reverse("review-withdraw", args=[review.pk]), {"confirmed": "yes"})
    assert document(customer).state == "writing"
    assert "Withdraw from the ledger" not in shown(client, "document", parked.pk)
    customer.settle()
    assert in_ledger(customer) == (0, 0)


def shown(client, name: str, pk: object) -> str:
    return client.get(reverse(name, args=[pk])).content.decode()
