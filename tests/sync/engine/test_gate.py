"""The gate before the first write: duplicates stop, likeness is told, a guess is never posted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from django.test import Client
from django.urls import reverse

from audit.context import acting
from sync.domain.booking import book_invoice
from sync.engine.deciding import invoices as deciding_invoices
from sync.engine.preview import Previewed, preview_document
from sync.models import Document, Link, Outcome, ReviewItem, RunMode, Write
from sync.services.reviews import review_resolve
from tests import factories, small
from tests.sync.engine.desk import DIALECTS, INVOICES, ORDERS, Desk, desk_in
from tests.world import control


@pytest.fixture(scope="module", params=DIALECTS)
def desk(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    suppliers = [small.supplier(number) for number in range(small.SUPPLIERS)]
    suppliers[2]["body"]["parentSupplier"] = {"sqIntegrationNumber": small.supplier_id(1)}
    folder = tmp_path_factory.mktemp("gate")
    with django_db_blocker.unblock(), desk_in(request.param, folder, suppliers=suppliers) as opened:
        yield opened


def bill(desk: Desk, number: str | None = None, *, of: int = 0, **changes: Any) -> Document:
    """Bring a supplier's order and its invoice under a number; returns it once decided."""
    own = bring(desk, number, of=of, **changes)
    desk.customer.run(INVOICES)
    return desk.customer.document(flow_name=INVOICES, source_id=own)


def bring(desk: Desk, number: str | None = None, *, of: int = 0, **changes: Any) -> str:
    """Bring an order, written, and its invoice, not yet read; returns the invoice's id."""
    desk.last += 1
    own = desk.last
    record, after = small.order(own, of=of), small.invoice(own, of=of, **changes)
    head = after["body"]["header"]
    if number is not None:
        head["supplierInvoiceNumber"] = number
    if head.pop("without_order", False):
        for line in after["body"]["lineList"]["invoiceLine"]:
            del line["poNumber"], line["poLineNumber"]
    for one in (record, after):
        del one["body"]["header"]["lastUpdate"]
    control(desk.customer.jaggaer, "records", [record])
    desk.customer.run(ORDERS)
    control(desk.customer.jaggaer, "records", [after])
    return str(900_000 + own)


def codes(document: Document) -> list[str]:
    return [row["code"] for row in document.reasons]


def writes(desk: Desk, document: Document) -> int:
    with desk.customer.scope():
        return Write.objects.filter(document=document).count()


def test_the_same_number_in_another_spelling_stops_before_the_first_write(desk: Desk):
    bill(desk, "SAME-1")

    second = bill(desk, " same-1 ")

    assert (second.state, codes(second), writes(desk, second)) == (
        "parked",
        ["duplicate_invoice"],
        0,
    )


def test_a_number_alike_with_the_same_date_and_total_waits_for_a_person(desk: Desk):
    bill(desk, "LIKE-0017")

    second = bill(desk, "LIKE 0017")
    parked = (second.state, codes(second), writes(desk, second))
    with desk.customer.scope(), acting("user:anna"):
        review = ReviewItem.objects.get(state="open", document=second)
        review_resolve(review, action="accept", note="two deliveries")
    desk.customer.settle()

    assert parked == ("parked", ["duplicate_suspected"], 0)
    assert desk.customer.document(pk=second.pk).state == "written"


def test_another_number_with_the_same_date_and_total_is_written_with_a_note(desk: Desk):
    first = bill(desk, "RENT-MAY")

    second = bill(desk, "RENT-JUNE")

    assert second.state == "written"
    assert any("same date and total" in note["message"] for note in second.notes)
    assert first.state == "written"


def test_what_people_typed_into_the_ledger_stops_the_same_number(desk: Desk):
    line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": 7}
    values = {"vendorNumber": small.vendor_number(0), "vendorInvoiceNumber": "TYPED-1"}
    desk.type_in("purchaseInvoices", values=values, lines=[line])

    found = bill(desk, "typed-1")

    assert (found.state, codes(found)) == ("parked", ["duplicate_invoice"])


def typed(desk: Desk, number: str, *, of: int = 0, cost: int = 100, on: str = "2026-03-03") -> None:
    """A person enters an invoice in the ledger's own client; it stays a draft."""
    line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": cost}
    values = {"vendorNumber": small.vendor_number(of), "vendorInvoiceNumber": number}
    values |= {"invoiceDate": on, "postingDate": on}
    desk.type_in("purchaseInvoices", values=values, lines=[line])


def sent(desk: Desk, document: Document) -> int:
    """Return how often something of the document was sent."""
    with desk.customer.scope():
        return sum(row.attempt for row in Write.objects.filter(document=document))


def test_a_number_alike_that_people_typed_waits_for_a_person_before_anything_is_sent(desk: Desk):
    typed(desk, "HAND-0042")
    typed(desk, "HAND-0043", cost=99)
    typed(desk, "HAND-0044", on="2026-03-04")

    found, cheaper, later = (bill(desk, f"HAND {number}") for number in ("0042", "0043", "0044"))

    assert (found.state, codes(found), sent(desk, found)) == ("parked", ["duplicate_suspected"], 0)
    assert "HAND-0042" in found.reasons[0]["message"]
    assert found.reasons[0]["evidence"]["theirs"]
    assert (cheaper.state, later.state) == ("written", "written")
    with desk.customer.scope(), acting("user:anna"):
        review = ReviewItem.objects.get(state="open", document=found)
        review_resolve(review, action="accept", note="two deliveries")
    desk.customer.settle()
    assert desk.customer.document(pk=found.pk).state == "written"


def test_what_people_typed_on_another_card_of_the_group_stops_before_the_first_write(desk: Desk):
    typed(desk, "GROUP-1", of=1)
    typed(desk, "GROUP-2", of=1, on="2026-02-01")
    typed(desk, "GROUP-3", of=1, cost=98)
    typed(desk, "GROUP-4", of=0)

    same, other_day, cheaper, stranger = (bill(desk, f"GROUP-{n}", of=2) for n in (1, 2, 3, 4))

    assert (same.state, codes(same), sent(desk, same)) == ("parked", ["duplicate_invoice"], 0)
    assert not same.reasons[0]["acceptable"]
    assert (other_day.state, codes(other_day)) == ("parked", ["duplicate_suspected"])
    assert other_day.reasons[0]["acceptable"]
    assert (cheaper.state, stranger.state) == ("written", "written")


def test_an_order_of_its_parent_is_billed_with_a_note_that_says_so(desk: Desk):
    desk.last += 1
    own = desk.last
    for flow, record in ((ORDERS, small.order(own, of=1)), (INVOICES, small.invoice(own, of=2))):
        del record["body"]["header"]["lastUpdate"]
        control(desk.customer.jaggaer, "records", [record])
        desk.customer.run(flow)

    found = desk.customer.document(flow_name=INVOICES, source_id=str(900_000 + own))

    assert found.state == "written"
    notes = " ".join(note["message"] for note in found.notes)
    assert "a related supplier of S00002 Supplier 2: S00001 Supplier 1 is a parent of" in notes


def test_a_posted_invoice_of_another_card_is_found_too(desk: Desk):
    typed(desk, "POSTED-1", of=1)
    desk.type_in("purchaseInvoices", "post", key={"vendorInvoiceNumber": "POSTED-1"})

    found = bill(desk, "POSTED-1", of=2)

    assert (found.state, codes(found), sent(desk, found)) == ("parked", ["duplicate_invoice"], 0)


def test_a_ledger_that_refuses_the_question_still_gets_what_its_key_lets_through(desk: Desk):
    refusal = {"kind": "status", "status": 400, "query": "Date", "times": 0}
    control(desk.customer.nav, "scenario", {"faults": [refusal]})

    found = bill(desk, "ASKED-1")
    control(desk.customer.nav, "scenario", {"faults": []})

    assert found.state == "written"
    refused = [one for one in desk.customer.requests(desk.customer.nav) if one.status == 400]
    assert any("Date eq" in _asked(one) for one in refused)


def test_forty_first_writes_are_looked_up_in_one_call(desk: Desk):
    desk.invoices(6)
    before = len(desk.customer.requests(desk.customer.nav))

    desk.customer.run(INVOICES)

    seen = desk.customer.requests(desk.customer.nav)[before:]
    reads = [one for one in seen if one.method == "GET" and "nvoice_No eq" in _asked(one)]
    reads += [one for one in seen if one.method == "GET" and "nvoiceNumber eq" in _asked(one)]
    sets = {one.path for one in reads}  # drafts, and in pages posted ones
    by_key = [one for one in reads if "Date eq" not in _asked(one)]
    by_day = [one for one in seen if one.method == "GET" and "Date eq" in _asked(one)]
    assert 1 <= len(sets) <= 2
    assert len(by_key) <= 2 * len(sets)  # of the key, and of the group's other cards
    assert len(by_day) == len(sets)


# ------------------------------------------------------------------------------------ previews


def previewed(desk: Desk, own: str) -> tuple[Outcome, Previewed]:
    """Preview the invoices, then this one by itself; nothing may be written by either."""
    before = len(desk.customer.requests(desk.customer.nav))
    [run] = desk.customer.run(INVOICES, mode=RunMode.PREVIEW)
    related = ("integration__source", "integration__ledger", "integration__tenant")
    with desk.customer.scope():
        document = Document.objects.select_related(*related).get(source_id=own, flow_name=INVOICES)
        outcome = Outcome.objects.select_related("run").get(run=run, document=document)
    alone = preview_document(document.integration, document)
    seen = desk.customer.requests(desk.customer.nav)[before:]
    assert {one.method for one in seen} <= {"GET"}
    assert writes(desk, document) == 0
    return outcome, alone


def said(outcome: Outcome, alone: Previewed) -> list[tuple[str, list[str], int]]:
    """Return decision, codes and number of requests, of the run and of the document alone."""
    return [
        (outcome.decision, [one["code"] for one in outcome.reasons], len(outcome.requests)),
        (alone.decision.action, [one.code for one in alone.decision.reasons], len(alone.requests)),
    ]


ENTERED = {
    "same number": ("PRE-1", "pre-1", {}, "duplicate_invoice"),
    "number alike": ("PRE-0042", "PRE 0042", {}, "duplicate_suspected"),
    "another card, same day": ("PRE-3", "PRE-3", {"of": 1}, "duplicate_invoice"),
    "another card, another day": (
        "PRE-4",
        "PRE-4",
        {"of": 1, "on": "2026-02-01"},
        "duplicate_suspected",
    ),
}


@pytest.mark.parametrize("case", ENTERED)
def test_a_preview_says_what_people_typed_exactly_as_the_live_run_then_does(desk: Desk, case: str):
    theirs, ours, where, code = ENTERED[case]
    typed(desk, theirs, **{"of": 2, **where})
    own = bring(desk, ours, of=2)

    outcome, alone = previewed(desk, own)
    desk.customer.run(INVOICES)
    live = desk.customer.document(flow_name=INVOICES, source_id=own)

    assert said(outcome, alone) == [("park", [code], 0)] * 2
    assert (outcome.state, outcome.planned, outcome.run.counts["parked"]) == ("parked", [], 1)
    assert (live.state, codes(live), sent(desk, live)) == ("parked", [code], 0)
    assert outcome.reasons == live.reasons
    assert alone.decision.reasons[0].message == live.reasons[0]["message"]


def test_api_and_page_say_why_nothing_of_a_document_would_be_sent(desk: Desk):
    typed(desk, "PRE-API", of=2)
    own = bring(desk, "PRE-API", of=2)
    outcome, _ = previewed(desk, own)
    viewer = Client()
    viewer.force_login(factories.member(desk.customer.tenant, "viewer").user)

    answer = viewer.get(f"/api/v1/documents/{outcome.document_id}/preview").json()
    page = viewer.get(reverse("document-preview", args=[outcome.document_id])).content.decode()

    assert (answer["decision"], answer["writes"], answer["notes"]) == ("park", [], [])
    assert [one["code"] for one in answer["reasons"]] == ["duplicate_invoice"]
    assert set(answer["reasons"][0]) == {"code", "message", "owner", "fix", "evidence"}
    assert "Nothing would be sent: it needs review" in page
    assert "PRE-API of this supplier was entered in the ledger already" in page


def test_a_preview_does_not_create_again_what_stands_already_as_it_is_wanted(desk: Desk):
    """An integration that was deleted and made anew finds what the first one wrote."""
    first = bill(desk, "STANDS-1")
    with desk.customer.scope():
        number = Link.objects.get(document=first).number
        first.delete()
    record = small.invoice(desk.last, of=0)
    record["body"]["header"] |= {"supplierInvoiceNumber": "STANDS-1"}
    del record["body"]["header"]["lastUpdate"]
    control(desk.customer.jaggaer, "records", [record])

    outcome, alone = previewed(desk, first.source_id)
    desk.customer.run(INVOICES)
    live = desk.customer.document(flow_name=INVOICES, source_id=first.source_id)

    assert [row[:2] for row in said(outcome, alone)] == [("create", [])] * 2
    assert [one["operation"] for one in outcome.requests] == [
        one.operation for one in alone.requests
    ]
    assert "create" not in {one.operation for one in alone.requests}
    assert outcome.planned[0]["stands_as"] == number
    assert number in alone.notes[0]
    assert live.state == "written"
    with desk.customer.scope():
        assert Write.objects.get(document=live, operation="create").adopted


@pytest.mark.parametrize("question", ["Date", "nvoice"])
def test_a_preview_that_cannot_ask_the_ledger_says_so_and_goes_on(desk: Desk, question: str):
    own = bring(desk)
    refusal = {"kind": "status", "status": 400, "query": question, "times": 0}
    control(desk.customer.nav, "scenario", {"faults": [refusal]})

    outcome, alone = previewed(desk, own)
    control(desk.customer.nav, "scenario", {"faults": []})
    desk.customer.run(INVOICES)

    assert [row[:2] for row in said(outcome, alone)] == [("create", [])] * 2
    assert all(row[2] for row in said(outcome, alone))
    told = [words for words in outcome.run.cursor["warnings"] if "could not be looked for" in words]
    assert len(told) == len(alone.notes) == 1
    assert told[0] == alone.notes[0]
    assert outcome.run.state == "succeeded"


def test_a_preview_asks_about_many_documents_in_as_many_calls_as_about_few(desk: Desk):
    def calls(documents: int) -> list[str]:
        desk.invoices(documents)
        before = len(desk.customer.requests(desk.customer.nav))
        desk.customer.run(INVOICES, mode=RunMode.PREVIEW)
        seen = desk.customer.requests(desk.customer.nav)[before:]
        assert {one.method for one in seen} <= {"GET"}
        desk.customer.run(INVOICES)
        return [one.path for one in seen if "$metadata" not in one.path]

    few, many = calls(small.SUPPLIERS), calls(5 * small.SUPPLIERS)

    assert many == few
    assert len(few) == 3 * len(set(few))  # by key, by day, and by number on the group's cards


def _asked(entry: Any) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(str(getattr(entry, "query", "")))


def test_an_order_that_would_fit_is_proposed_and_never_posted(desk: Desk):
    found = bill(desk, "NO-ORDER-1", without_order=True)

    assert (found.state, codes(found)) == ("parked", ["order_reference_missing"])
    assert writes(desk, found) == 0
    assert found.reasons[0]["evidence"]["proposed_orders"]


def test_what_would_not_add_up_by_our_own_fault_is_never_sent(desk: Desk, monkeypatch):
    def lose_a_line(invoice, shares, context):
        return book_invoice(invoice, list(shares)[1:], context)

    monkeypatch.setattr(deciding_invoices, "book_invoice", lose_a_line)
    with structlog.testing.capture_logs() as logs:
        parked = bill(desk)

    assert (parked.state, codes(parked), writes(desk, parked)) == ("parked", ["does_not_add_up"], 0)
    assert "fault of ours" in parked.reasons[0]["message"]
    loud = [entry for entry in logs if entry["event"] == "booking_differs"]
    told = [(entry["log_level"], entry["document"]) for entry in loud]
    assert ("error", str(parked.pk)) in told
