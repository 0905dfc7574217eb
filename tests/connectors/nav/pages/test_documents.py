"""What goes out through pages: header, then line after line; resumed where it ended."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from connectors.base import Step
from connectors.errors import Conflict, DocumentRefused, UnknownOutcome
from tests.connectors.nav.builders import (
    SETUP,
    credit_memo,
    entry,
    invoice,
    line,
    order,
    vendor,
)
from tests.connectors.nav.pages.conftest import HOME

SENT = {"sent_at": datetime.now(UTC)}
TWO_LINES = (line("10.00"), line("5.00", dimensions={"BUSINESSGROUP": "OFFICE"}))


def posts(nav) -> int:
    seen = nav.server.log.entries()
    return sum(entry.method == "POST" and "token" not in entry.path for entry in seen)


DOCUMENTS = {
    "order": (order(lines=TWO_LINES), "PurchaseOrder"),
    "invoice": (invoice(lines=TWO_LINES), "PurchaseInvoice"),
    "credit memo": (credit_memo(lines=TWO_LINES), "PurchaseCreditMemo"),
}


@pytest.mark.parametrize("case", DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_a_header_and_its_lines(nav, rows, write, case):
    document, service = case

    done, _ = write(document)

    lines = rows(f"{service}PurchLines", filter=f"Document_No eq '{done.number}'")
    assert [(row["Line_No"], row["Type"].strip()) for row in lines] == [
        (10000, ""), (20000, "G/L Account"), (30000, "G/L Account"),
    ]  # fmt: skip
    assert lines[0]["Description"] == document.source_reference
    assert [row["Direct_Unit_Cost"] for row in lines[1:]] == [Decimal("10.00"), Decimal("5.00")]
    assert lines[1]["Shortcut_Dimension_1_Code"] == "ADM"
    assert lines[2]["ShortcutDimCode3"] == "OFFICE"
    assert posts(nav) == 4


def test_orders_carry_our_reference_in_their_header(rows, write):
    write(order(payment_terms_code="10 DAYS"))

    [row] = rows("PurchaseOrder", filter="Vendor_Order_No eq 'JAGGAER 0000000049#1'")

    assert row["Your_Reference"] == "JAGGAER 0000000049#1"
    assert (row["Payment_Terms_Code"], row["Document_Date"]) == ("10 DAYS", "2026-01-10")


def test_posting_is_left_out_and_the_draft_stays(pages, rows, write):
    steps = pages.plan(HOME, invoice(), post=True)

    done, _ = write(invoice())

    assert [step.operation for step in steps] == ["create", "lines"]
    assert done.status == "Draft"
    assert [row["Status"] for row in rows("PurchaseInvoice")] == ["Open"]


HEADERS = {
    "order": (order(), "PurchaseOrder$"),
    "invoice": (invoice(), "PurchaseInvoice$"),
    "credit memo": (credit_memo(), "PurchaseCreditMemo$"),
    "vendor": (vendor(), "Vendor$"),
}


@pytest.mark.parametrize("case", HEADERS.values(), ids=HEADERS)
def test_a_header_whose_answer_was_lost_is_found_by_its_number(nav, pages, case):
    document, path = case
    step = pages.plan(HOME, document)[0]
    nav.fault(method="POST", path=path, kind="reset", phase="after")

    with pytest.raises(UnknownOutcome):
        pages.send(HOME, step, {})
    [[found]] = pages.find(HOME, [(step, SENT)])

    assert (found.same, found.differences) == (True, ())
    assert found.written.remote_id


@pytest.mark.parametrize("case", HEADERS.values(), ids=HEADERS)
def test_a_header_that_never_arrived_is_not_found(nav, pages, case):
    step = pages.plan(HOME, case[0])[0]

    assert pages.find(HOME, [(step, SENT)]) == [[]]


@pytest.mark.parametrize("phase", ["before", "after"])
@pytest.mark.parametrize("case", DOCUMENTS.values(), ids=DOCUMENTS)
def test_lines_go_on_where_they_were_interrupted(nav, pages, rows, case, phase):
    document, service = case
    create, lines = pages.plan(HOME, document)
    done = pages.send(HOME, create, {})
    known = {"id": done.remote_id, **done.facts}
    nav.fault(method="POST", path="PurchLines$", kind="reset", phase=phase, times=1)

    with pytest.raises(UnknownOutcome):
        pages.send(HOME, lines, known)
    assert pages.find(HOME, [(lines, known)]) == [[]]
    pages.send(HOME, lines, known)

    stored = rows(f"{service}PurchLines", filter=f"Document_No eq '{done.number}'")
    assert [row["Line_No"] for row in stored] == [10000, 20000, 30000]
    [[found]] = pages.find(HOME, [(lines, known)])
    assert found.same
    assert pages.settle_seconds(lines) == 0


def test_a_refused_line_says_what_is_left_of_the_document(pages, write):
    with pytest.raises(DocumentRefused, match="has 2 of 3 lines"):
        write(invoice(lines=(line(), line(account="1000"))))


def test_lines_that_a_person_added_are_not_mixed_with_ours(nav, pages, rows):
    create, lines = pages.plan(HOME, invoice())
    done = pages.send(HOME, create, {})
    known = {"id": done.remote_id, **done.facts}
    client, path = pages.dialect._instance.client, pages.requests(HOME, lines, known)[0].path
    by_hand = {"Line_No": 15000, "Type": " ", "Description": "By hand"}
    client.create(path.removeprefix("ODataV4/"), by_hand, "Line_No")

    with pytest.raises(Conflict):
        pages.send(HOME, lines, known)
    [[found]] = pages.find(HOME, [(lines, known)])

    assert (found.same, found.differences) == (False, ("lines",))


def test_a_draft_with_the_same_number_of_another_hand_is_a_difference(nav, pages):
    step = pages.plan(HOME, invoice())[0]
    values = {"vendorNumber": "20000", "vendorInvoiceNumber": "A-17"}
    nav.type_in("purchaseInvoices", "insert", values=values)

    [[found]] = pages.find(HOME, [(step, {})])

    assert not found.same
    assert "Your_Reference" in found.differences


def test_a_change_of_a_vendor_goes_to_the_version_it_was_made_for(pages, rows, write):
    done, _ = write(vendor())
    change = vendor(name="Kestrel Limited", remote_id="J4711", etag=done.etag, only=("name",))
    [step] = pages.plan(HOME, change)

    pages.send(HOME, step, {})

    assert [r["Name"] for r in rows("Vendor", filter="No eq 'J4711'")] == ["Kestrel Limited"]
    [[found]] = pages.find(HOME, [(step, {})])
    assert found.same
    with pytest.raises(Conflict):
        pages.send(HOME, step, {})


def test_what_was_received_is_read_from_the_orders_lines(nav, pages, write):
    done, _ = write(order())
    nav.type_in("purchaseOrders", "receive", key={"number": done.number})

    received = pages.received(HOME, [done.remote_id, "NONE"])

    [(number, lines)] = received.items()
    assert number == done.number
    assert [(each.place, each.ordered, each.received) for each in lines] == [
        (0, Decimal(0), Decimal(0)),
        (1, Decimal("2.5"), Decimal("2.5")),
    ]


# Journals.


def test_an_entry_lies_in_its_batch_line_by_line(rows, write):
    done, _ = write(entry())

    lines = rows("GeneralJournal", filter="Document_No eq 'JG000001'")
    assert [(row["Account_No"], row["Amount"]) for row in lines] == [
        ("8210", Decimal(100)), ("5510", Decimal(-100)),
    ]  # fmt: skip
    assert {row["External_Document_No"] for row in lines} == {"A-17"}
    assert (done.number, done.status) == ("JG000001", "open")


@pytest.mark.parametrize("phase", ["before", "after"])
def test_an_interrupted_entry_is_completed_and_never_doubled(nav, pages, rows, phase):
    [step] = pages.plan(HOME, entry("60.00", "40.00", "-100.00"))
    nav.fault(method="POST", path="GeneralJournal$", kind="reset", phase=phase)

    with pytest.raises(UnknownOutcome):
        pages.send(HOME, step, {})
    assert pages.find(HOME, [(step, SENT)]) == [[]]
    pages.send(HOME, step, {})
    pages.send(HOME, step, {})

    lines = rows("GeneralJournal", filter="Document_No eq 'JG000001'")
    assert [row["Amount"] for row in lines] == [Decimal(60), Decimal(40), Decimal(-100)]
    [[found]] = pages.find(HOME, [(step, SENT)])
    assert found.same


def test_an_entry_whose_place_is_taken_goes_to_the_next(pages, rows):
    [step] = pages.plan(HOME, entry())
    other = dict(step.content) | {"document_number": "JG999999"}
    other["lines"] = [{**each, "Document_No": "JG999999"} for each in step.content["lines"]]
    pages.send(HOME, Step(step.kind, step.operation, "JG999999", other), {})

    pages.send(HOME, step, {})

    assert len(rows("GeneralJournal", filter="Document_No eq 'JG000001'")) == 2
    [[found]] = pages.find(HOME, [(step, SENT)])
    assert found.same


def test_an_entry_is_not_doubled_by_a_ledger_that_hides_it(nav, pages, rows, write):
    write(entry())
    [step] = pages.plan(HOME, entry())
    nav.switch(blind_filters=("GeneralJournal.Document_No",))

    with pytest.raises(Conflict):
        pages.send(HOME, step, {})

    assert len(rows("GeneralJournal", filter="Journal_Batch_Name eq 'JAGGAER'")) == 2
    [[found]] = pages.find(HOME, [(step, SENT)])
    assert found.same


def test_a_document_that_one_filter_hides_is_found_among_its_vendors_drafts(nav, pages, write):
    write(invoice())
    step = pages.plan(HOME, invoice())[0]
    nav.switch(blind_filters=("PurchaseInvoice.Vendor_Invoice_No",))

    [[found]] = pages.find(HOME, [(step, SENT)])

    assert found.same


def test_an_entry_that_finance_posted_is_found_in_the_ledger(nav, pages, write):
    [step] = pages.plan(HOME, entry())
    write(entry())
    nav.type_in("journals", "post", key={"code": "JAGGAER"})

    [[found]] = pages.find(HOME, [(step, SENT)])

    assert (found.same, found.written.status) == (True, "posted")


def test_an_entry_that_was_posted_on_another_day_is_for_a_person(nav, pages, write):
    write(entry(posting_date=date(2026, 1, 30)))
    nav.type_in("journals", "post", key={"code": "JAGGAER"})
    [wanted] = pages.plan(HOME, entry())

    [[found]] = pages.find(HOME, [(wanted, SENT)])

    assert (found.same, found.differences) == (False, ("posting date",))


REFUSED = {
    "long number": (invoice(external_number="X" * 36), "external_number is longer"),
    "out of balance": (entry("1.00"), "out of balance"),
    "no shortcut dimension": (
        order(lines=(line(dimensions={"REGION": "EAST"}),)), "REGION",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_pages_cannot_hold_is_refused_before_anything_is_sent(nav, pages, case):
    document, words = case

    with pytest.raises(ValueError, match=words):
        pages.plan(HOME, document)

    assert posts(nav) == 0


def test_a_document_whose_page_is_not_published_is_refused_with_the_page(nav):
    nav.switch(page_services={"Lieferant": 26})
    connector = nav.connect(dialect="pages")
    connector.remember(HOME, SETUP)

    with pytest.raises(ValueError, match=r"Page 52 \(Purchase Credit Memo\) is not published"):
        connector.plan(HOME, credit_memo())

    connector.close()


def test_a_preview_shows_what_is_sent(nav, pages):
    create, lines = pages.plan(HOME, order())

    [header] = pages.requests(HOME, create)
    previewed = pages.requests(HOME, lines)

    scope = "ODataV4/Company('CRONUS%20International%20Ltd.')/PurchaseOrder"
    assert (header.method, header.path) == ("POST", scope)
    assert header.body["Vendor_Order_No"] == "JAGGAER 0000000049#1"
    assert len(previewed) == 2
    assert "{number of the purchase_order}" in previewed[0].path
