"""Finding out what became of a write: adopted when it stands, free to repeat when it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Effect
from connectors.errors import DocumentRefused, TemporaryError, UnexpectedAnswer, UnknownOutcome
from connectors.nav.connector import NavConnector
from connectors.withdrawing import withdrawal
from tests.connectors.nav.builders import (
    COMPANY,
    credit_memo,
    entry,
    invoice,
    line,
    order,
    vendor,
)

WRITES = {
    "order": (order(), "purchaseOrders$"),
    "invoice": (invoice(), "purchaseInvoices$"),
    "credit memo": (credit_memo(), "purchaseCreditMemos$"),
    "vendor": (vendor(), "vendors$"),
    "journal": (entry(), r"\$batch"),
}
LOST = {
    "reset": {"kind": "reset", "phase": "after"},
    "500": {"kind": "status", "status": 500, "phase": "after"},
    "503": {"kind": "status", "status": 503, "phase": "after", "headers": {"Retry-After": "3"}},
    "408": {"kind": "status", "status": 408, "phase": "after"},
    "html": {"kind": "html", "phase": "after"},
    "cut": {"kind": "cut_body"},
    "bare 400": {"kind": "status", "status": 400, "phase": "after", "body": "bad request"},
}


@pytest.mark.parametrize("loss", LOST.values(), ids=LOST)
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_lost_answer_is_unknown_and_the_look_up_adopts(ledger, nav, write, loss):
    document, path = write
    step = ledger.plan(COMPANY, document)[0]
    nav.fault(method="POST", path=path, **loss)

    with pytest.raises(UnknownOutcome):
        ledger.send(COMPANY, step, {})
    [[found]] = ledger.find(COMPANY, [(step, {"sent_at": datetime.now(UTC)})])

    assert (found.same, found.differences) == (True, ())
    assert found.written.remote_id


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_a_write_that_never_arrived_is_not_found(ledger, nav, write):
    document, path = write
    step = ledger.plan(COMPANY, document)[0]
    nav.fault(method="POST", path=path, kind="reset")

    with pytest.raises(UnknownOutcome):
        ledger.send(COMPANY, step, {})

    assert ledger.find(COMPANY, [(step, {})]) == [[]]


@pytest.mark.parametrize("status", [429, 401])
def test_what_certainly_was_not_applied_is_temporary_or_renewed(ledger, nav, status):
    [step] = ledger.plan(COMPANY, invoice())
    nav.fault(method="POST", path="purchaseInvoices$", kind="status", status=status)

    try:
        ledger.send(COMPANY, step, {})
    except TemporaryError:
        assert status == 429
        assert ledger.find(COMPANY, [(step, {})]) == [[]]
    else:
        assert status == 401  # one renewed token, the same request once more


OTHERS = {
    "another number": {"vendorInvoiceNumber": "B-99"},
    "another vendor": {"vendorNumber": "40000"},
    "no number": {"vendorInvoiceNumber": None},
    "no vendor": {"vendorNumber": None},
    "no id": {"id": ""},
    "an id that is none": {"id": "17"},
}


@pytest.mark.parametrize("wrong", OTHERS.values(), ids=OTHERS)
def test_an_answer_that_shows_another_document_proves_nothing(ledger, nav, wrong):
    [step] = ledger.plan(COMPANY, invoice())
    record = {"id": COMPANY, "vendorNumber": "20000", "vendorInvoiceNumber": "A-17", **wrong}
    nav.fault(method="POST", path="purchaseInvoices$", kind="status", status=201, body=record)

    with pytest.raises(UnknownOutcome):
        ledger.send(COMPANY, step, {})


def sent(ledger: NavConnector, document: Any) -> tuple[list[Any], dict[str, Any]]:
    """Send a chain; returns its steps and what they taught."""
    known: dict[str, Any] = {}
    steps = ledger.plan(COMPANY, document)
    for step in steps:
        written = ledger.send(COMPANY, step, known)
        known |= {"id": written.remote_id, "number": written.number, **written.facts}
    return steps, known


TYPED_BY_HAND = {
    "another amount": (invoice(lines=(line("99.00"),)), ("lines[2].unitCost",)),
    "another date": (invoice(posting_date=date(2026, 1, 11)), ("postingDate",)),
    "another account": (
        invoice(lines=(line(account="8110"),)),
        ("lines[2].lineObjectNumber", "lines[2].taxCode"),
    ),
    "one line more": (invoice(lines=(line(), line())), ("lines",)),
    "no reference of ours": (
        invoice(source_reference="typed by Ann"),
        ("lines[1].description",),
    ),
}


@pytest.mark.parametrize("case", TYPED_BY_HAND.values(), ids=TYPED_BY_HAND)
def test_another_content_under_the_same_key_names_its_differences(ledger, case):
    other, differences = case
    sent(ledger, other)
    [step] = ledger.plan(COMPANY, invoice())

    [[found]] = ledger.find(COMPANY, [(step, {})])

    assert found.same is False
    assert set(found.differences) <= set(differences)
    assert found.differences


def test_the_same_number_of_another_vendor_is_not_ours(ledger):
    sent(ledger, invoice(vendor_number="40000"))
    [step] = ledger.plan(COMPANY, invoice())

    assert ledger.find(COMPANY, [(step, {})]) == [[]]


def test_a_number_whose_sharp_s_the_ledger_wrote_as_ss_is_still_ours(ledger, nav):
    [step] = ledger.plan(COMPANY, invoice(external_number="Straße 1"))
    record = {"id": COMPANY, "vendorNumber": "20000", "vendorInvoiceNumber": "STRASSE 1"}
    nav.fault(method="POST", path="purchaseInvoices$", kind="status", status=201, body=record)

    confirmed = ledger.send(COMPANY, step, {})
    sent(ledger, invoice(external_number="STRASSE 1"))
    [[found]] = ledger.find(COMPANY, [(step, {"sent_at": datetime.now(UTC)})])

    assert confirmed.remote_id == COMPANY
    assert found.same


def test_two_drafts_with_one_number_are_both_found(ledger):
    sent(ledger, invoice())
    sent(ledger, invoice())
    [step] = ledger.plan(COMPANY, invoice())

    [found] = ledger.find(COMPANY, [(step, {})])

    assert len(found) == 2


def test_a_posted_invoice_is_still_the_same(ledger):
    steps, known = sent(ledger, invoice())
    post = ledger.plan(COMPANY, invoice(), post=True)[-1]
    assert ledger.find(COMPANY, [(post, known)]) == [[]]

    ledger.send(COMPANY, post, known)

    [[created]] = ledger.find(COMPANY, [(steps[0], {})])
    [[posted]] = ledger.find(COMPANY, [(post, known)])
    assert (created.same, posted.same) == (True, True)
    assert posted.written.number == created.written.number != known["number"]


def test_a_lost_answer_to_posting_is_found_in_the_status(ledger, nav):
    _, known = sent(ledger, invoice())
    post = ledger.plan(COMPANY, invoice(), post=True)[-1]
    nav.fault(method="POST", path="NAV.post", kind="reset", phase="after")

    with pytest.raises(UnknownOutcome):
        ledger.send(COMPANY, post, known)

    assert [each.same for each in ledger.find(COMPANY, [(post, known)])[0]] == [True]
    assert ledger.send(COMPANY, post, known).facts["posted"] is True


def test_forty_numbers_are_looked_up_in_one_call_and_one_more_in_two(ledger, nav):
    asked = [
        (ledger.plan(COMPANY, invoice(external_number=f"N-{place}"))[0], {}) for place in range(41)
    ]
    sent(ledger, invoice(external_number="N-40"))
    nav.forget_calls()

    found = ledger.find(COMPANY, asked[:40])
    assert (len(nav.calls()), any(found)) == (1, False)

    found = ledger.find(COMPANY, asked)
    assert len(nav.calls()) == 3
    assert [bool(each) for each in found] == [False] * 40 + [True]


def test_an_order_is_recognized_by_its_comment_among_its_vendors_orders(ledger, nav):
    sent(ledger, order(source_reference="JAGGAER 48#1"))
    sent(ledger, order(source_reference="JAGGAER 49#1"))
    steps = [ledger.plan(COMPANY, order(source_reference=f"JAGGAER {n}#1"))[0] for n in (49, 50)]
    nav.forget_calls()

    found = ledger.find(COMPANY, [(step, {"sent_at": datetime.now(UTC)}) for step in steps])

    assert [len(each) for each in found] == [1, 0]
    assert len(nav.calls()) == 1


def test_a_journal_that_finance_posted_is_confirmed_as_posted(ledger, nav):
    [step], known = sent(ledger, entry())
    nav.type_in("journals", "post", id=known["batch_id"])

    [[found]] = ledger.find(COMPANY, [(step, {})])

    assert (found.same, found.written.status) == (True, "posted")


POSTED_OTHERWISE = {
    "another day": ({"postingDate": "2027-01-31"}, ("posting date",)),
    "a document type": ({"documentType": "Invoice"}, ("document type",)),
}


@pytest.mark.parametrize("changed", POSTED_OTHERWISE.values(), ids=POSTED_OTHERWISE)
def test_an_entry_that_was_posted_otherwise_is_for_a_person(ledger, nav, changed):
    """It is neither taken for what we wanted nor free to be written a second time."""
    values, differences = changed
    [step], known = sent(ledger, entry())
    for line_id in known["line_ids"]:
        nav.type_in("journalLines", "patch", id=line_id, values=values)
    nav.type_in("journals", "post", id=known["batch_id"])

    [[found]] = ledger.find(COMPANY, [(step, {"sent_at": datetime.now(UTC)})])

    assert (found.same, found.differences) == (False, differences)


def test_a_voucher_that_a_person_typed_under_our_number_is_for_a_person(ledger, nav):
    _, known = sent(ledger, entry("70.00", "-70.00"))
    nav.type_in("journals", "post", id=known["batch_id"])
    [wanted] = ledger.plan(COMPANY, entry())

    [[found]] = ledger.find(COMPANY, [(wanted, {"sent_at": datetime.now(UTC)})])

    assert (found.same, found.differences) == (False, ("account 5510", "account 8210"))


def test_an_invoice_that_has_a_journals_number_by_chance_is_not_the_journal(ledger, nav):
    _, known = sent(ledger, entry("70.00", "-70.00"))
    for line_id in known["line_ids"]:
        nav.type_in("journalLines", "patch", id=line_id, values={"documentType": "Invoice"})
    nav.type_in("journals", "post", id=known["batch_id"])
    [wanted] = ledger.plan(COMPANY, entry())

    assert ledger.find(COMPANY, [(wanted, {})]) == [[]]


def test_of_an_entry_in_parts_each_line_must_be_posted_as_it_is_wanted(ledger, nav):
    amounts = [f"{number}.00" for number in range(1, 121)]
    parts, known = sent(ledger, entry(*amounts, "-7260.00"))
    nav.type_in("journals", "post", id=known["batch_id"])
    other = ledger.plan(COMPANY, entry(*amounts[:-1], "121.00", "-7261.00"))

    same = ledger.find(COMPANY, [(step, {}) for step in parts])
    strange = ledger.find(COMPANY, [(step, {}) for step in other])

    assert [[each.same for each in found] for found in same] == [[True], [True]]
    assert [found[0].differences for found in strange] == [(), ("account 5510", "account 8210")]


def test_an_entry_that_was_posted_with_a_document_type_is_not_taken_back(ledger, nav):
    [step], known = sent(ledger, entry())
    for line_id in known["line_ids"]:
        nav.type_in("journalLines", "patch", id=line_id, values={"documentType": "Invoice"})
    nav.type_in("journals", "post", id=known["batch_id"])
    effect = Effect(step.kind, (step,), {"id": known["id"], "number": known["number"]})

    with pytest.raises(DocumentRefused, match="posted"):
        ledger.send(COMPANY, withdrawal(effect), {})


def test_a_journal_with_another_amount_is_no_match(ledger):
    sent(ledger, entry("100.00", "-100.00"))
    [step] = ledger.plan(COMPANY, entry("99.00", "-99.00"))

    [[found]] = ledger.find(COMPANY, [(step, {})])

    assert found.differences == ("lines[1].amount", "lines[2].amount")


def test_lines_and_dimensions_are_found_by_what_the_document_has(ledger):
    document = credit_memo(lines=(line(), line(dimensions={"DEPARTMENT": "SALES"})))
    steps = ledger.plan(COMPANY, document)
    created = ledger.send(COMPANY, steps[0], {})
    known = {"id": created.remote_id, "number": created.number}

    for step in steps[1:]:
        assert ledger.find(COMPANY, [(step, known)]) == [[]]
        ledger.send(COMPANY, step, known)
        assert [each.same for each in ledger.find(COMPANY, [(step, known)])[0]] == [True]


def test_a_vendor_without_number_is_found_by_its_tax_number(ledger):
    document = vendor(number=None, source_reference="JAGGAER 4711", tax_number="GB123")
    [step], _ = sent(ledger, document)

    [[found]] = ledger.find(COMPANY, [(step, {})])

    assert found.same
    assert found.written.number


def test_a_change_of_a_vendor_stands_or_may_go_again_or_met_another(ledger):
    [_], known = sent(ledger, vendor())
    change = {"remote_id": known["id"], "etag": 'W/"gone"', "only": ("name",)}
    [step] = ledger.plan(COMPANY, vendor(name="Kestrel plc", **change))
    [[met_another]] = ledger.find(COMPANY, [(step, {})])
    [free] = ledger.plan(COMPANY, vendor(name="Kestrel plc", **{**change, "etag": "*"}))

    assert met_another.differences == ("displayName",)
    assert ledger.find(COMPANY, [(free, {})]) == [[]]
    ledger.send(COMPANY, free, {})
    assert ledger.find(COMPANY, [(step, {})])[0][0].same


def test_settle_is_nothing_where_nav_cannot_apply_twice(ledger):
    def settle(document: Any, place: int = 0, **options: Any) -> float:
        return ledger.settle_seconds(ledger.plan(COMPANY, document, **options)[place])

    assert settle(vendor()) == 0
    assert settle(vendor(number=None, source_reference="x")) == 1020
    assert (settle(order()), settle(invoice()), settle(entry())) == (1020, 1020, 1020)
    assert settle(invoice(total=Decimal(1)), 1, post=True) == 0


INCOMPLETE = {
    "order without vendor": (order(), "purchaseOrders.vendorNumber"),
    "order without lines": (order(), "purchaseOrders.purchaseOrderLines"),
    "invoice without number": (invoice(), "purchaseInvoices.vendorInvoiceNumber"),
    "invoice without vendor": (invoice(), "purchaseInvoices.vendorNumber"),
    "credit memo without number": (credit_memo(), "purchaseCreditMemos.vendorCreditMemoNumber"),
    "vendor without number": (vendor(), "vendors.number"),
    "journal without number": (entry(), "journalLines.documentNumber"),
}


@pytest.mark.parametrize("case", INCOMPLETE.values(), ids=INCOMPLETE)
def test_a_list_that_leaves_out_what_a_look_up_goes_by_says_nothing(ledger, nav, case):
    document, unseen = case
    steps, _ = sent(ledger, document)
    nav.switch(unseen_properties=(unseen,))

    with pytest.raises(UnexpectedAnswer, match=unseen.partition(".")[2]):
        ledger.find(COMPANY, [(steps[0], {"sent_at": datetime.now(UTC)})])


HIDDEN = {
    "invoice": (invoice(), "purchaseInvoices.vendorInvoiceNumber"),
    "credit memo": (credit_memo(), "purchaseCreditMemos.vendorCreditMemoNumber"),
    "journal": (entry(), "journalLines.documentNumber"),
    "long journal": (entry(*["1.00"] * 101, "-101.00"), "journalLines.documentNumber"),
}


@pytest.mark.parametrize("case", HIDDEN.values(), ids=HIDDEN)
def test_what_one_filter_hides_is_found_in_another_way(ledger, nav, case):
    document, blind = case
    steps, _ = sent(ledger, document)
    nav.switch(blind_filters=(blind,))
    creates = [step for step in steps if step.operation.startswith("create")]

    found = ledger.find(COMPANY, [(step, {"sent_at": datetime.now(UTC)}) for step in creates])

    assert [[each.same for each in answer] for answer in found] == [[True]] * len(creates)


def test_an_entry_in_the_second_place_is_found_there(ledger, nav):
    stranger = ledger.plan(COMPANY, entry(document_number="JG000002"))[0]
    [step] = ledger.plan(COMPANY, entry())
    lines = [
        {**theirs, "lineNumber": ours["lineNumber"]}
        for ours, theirs in zip(step.content["lines"], stranger.content["lines"], strict=True)
    ]
    ledger.send(COMPANY, replace(stranger, content={**stranger.content, "lines": lines}), {})
    ledger.send(COMPANY, step, {})
    nav.switch(blind_filters=("journalLines.documentNumber",))

    [[found]] = ledger.find(COMPANY, [(step, {})])

    assert found.same


def test_an_entry_whose_batch_was_renamed_is_found_in_it(ledger, nav):
    [step], known = sent(ledger, entry())
    nav.type_in("journals", "patch", id=known["batch_id"], values={"code": "MARCH"})

    [[found]] = nav.connect().find(COMPANY, [(step, {"sent_at": datetime.now(UTC)})])

    assert found.same
