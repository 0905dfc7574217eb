"""Writing to a running NAV: what arrives, in how many calls, and what comes back."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.base import Step, Written
from connectors.documents import Address
from connectors.errors import Conflict, DocumentRefused
from connectors.nav.connector import NavConnector
from connectors.sandboxing.faults import Fault
from tests.connectors.nav.builders import (
    COMPANY,
    credit_memo,
    entry,
    invoice,
    line,
    order,
    vendor,
)

BATCH = "POST $batch"


def carry_out(ledger: NavConnector, document: Any, *, post: bool = False) -> list[Written]:
    """Send a document's whole chain as the engine does."""
    known: dict[str, Any] = {}
    done = []
    for step in ledger.plan(COMPANY, document, post=post):
        written = ledger.send(COMPANY, step, known)
        known |= {"id": written.remote_id, "number": written.number, "etag": written.etag}
        known |= written.facts
        done.append(written)
    return done


def test_an_order_with_lines_and_header_dimensions_is_one_call(ledger, nav, rows):
    [written] = carry_out(ledger, order())

    assert nav.calls() == ["POST companies(id)/purchaseOrders"]
    [stored] = rows("purchaseOrders", expand="purchaseOrderLines($expand=dimensionSetLines)")
    comment, account = stored["purchaseOrderLines"]
    assert (stored["id"], stored["shortcutDimension1Code"]) == (written.remote_id, "ADM")
    assert comment["description"] == "JAGGAER 0000000049#1"
    assert (account["quantity"], account["directUnitCost"]) == (Decimal("2.5"), Decimal("19.99"))
    assert [d["valueCode"] for d in account["dimensionSetLines"]] == ["ADM"]


def test_an_invoice_with_lines_and_header_dimensions_is_one_call(ledger, nav, rows):
    [written] = carry_out(ledger, invoice())

    assert nav.calls() == ["POST companies(id)/purchaseInvoices"]
    [stored] = rows("purchaseInvoices", expand="purchaseInvoiceLines($expand=dimensionSetLines)")
    assert stored["vendorInvoiceNumber"] == "A-17"
    assert stored["totalAmountExcludingTax"] == Decimal(100)
    assert (written.number, written.status) == (stored["number"], "Draft")
    assert written.url.endswith(f"/purchaseInvoices({written.remote_id})")


def test_lines_that_differ_get_their_dimensions_in_one_batch(ledger, nav, rows):
    lines = (line(), line(dimensions={"DEPARTMENT": "SALES", "AREA": "30"}))
    carry_out(ledger, invoice(lines=lines))

    assert nav.calls() == [
        "POST companies(id)/purchaseInvoices",
        "GET companies(id)/purchaseInvoices(id)",
        BATCH,
    ]
    [stored] = rows("purchaseInvoices", expand="purchaseInvoiceLines($expand=dimensionSetLines)")
    seen = [
        {d["code"]: d["valueCode"] for d in each["dimensionSetLines"]}
        for each in stored["purchaseInvoiceLines"]
    ]
    assert seen[1:] == [{"DEPARTMENT": "ADM"}, {"DEPARTMENT": "SALES", "AREA": "30"}]


def test_dimensions_the_vendor_brings_along_are_changed_not_added(ledger, rows):
    lines = (line(dimensions={"DEPARTMENT": "SALES"}), line(dimensions={"DEPARTMENT": "PROD"}))
    carry_out(ledger, invoice(vendor_number="50000", lines=lines))

    [stored] = rows("purchaseInvoices", expand="purchaseInvoiceLines($expand=dimensionSetLines)")
    seen = [d["valueCode"] for x in stored["purchaseInvoiceLines"] for d in x["dimensionSetLines"]]
    assert seen[-2:] == ["SALES", "PROD"]


def test_setting_dimensions_twice_changes_nothing(ledger, nav):
    document = invoice(lines=(line(), line(dimensions={"DEPARTMENT": "SALES"})))
    created = carry_out(ledger, document)[0]
    step = ledger.plan(COMPANY, document)[1]
    nav.forget_calls()

    ledger.send(COMPANY, step, {"id": created.remote_id})

    assert nav.calls() == ["GET companies(id)/purchaseInvoices(id)"]


def test_a_credit_memo_is_its_header_and_then_its_lines(ledger, nav, rows):
    carry_out(ledger, credit_memo(lines=(line(), line("5.50"))))

    assert nav.calls() == ["POST companies(id)/purchaseCreditMemos", BATCH]
    [stored] = rows("purchaseCreditMemos", expand="purchaseCreditMemoLines")
    assert stored["vendorCreditMemoNumber"] == "CR-1"
    assert [each["sequence"] for each in stored["purchaseCreditMemoLines"]] == [10000, 20000, 30000]
    assert stored["totalAmountExcludingTax"] == Decimal("105.50")


def test_a_journal_is_one_transaction_in_a_batch_that_is_made_at_first(ledger, nav, rows):
    [written] = carry_out(ledger, entry())

    assert nav.calls() == ["GET companies(id)/journals", "POST companies(id)/journals", BATCH]
    batch = written.facts["batch_id"]
    stored = rows(f"journals({batch})/journalLines")
    assert sum(each["amount"] for each in stored) == 0
    assert {each["documentNumber"] for each in stored} == {"JG000001"}
    assert {each["comment"] for each in stored} == {"JAGGAER INV-1"}
    assert not any(each["balancingAccountNumber"] for each in stored)


def test_the_second_journal_needs_one_call(ledger, nav):
    carry_out(ledger, entry())
    nav.forget_calls()

    carry_out(ledger, entry(document_number="JG000002"))

    assert nav.calls() == [BATCH]


def with_dimensions(*values: str) -> Any:
    document = entry()
    lines = [
        type(each)(
            account=each.account,
            amount=each.amount,
            description=each.description,
            dimensions={"DEPARTMENT": value},
        )
        for each, value in zip(document.lines, values, strict=True)
    ]
    return entry(lines=tuple(lines))


def test_dimensions_of_a_journal_are_a_second_transaction(ledger, nav, rows):
    written = carry_out(ledger, with_dimensions("SALES", "ADM"))

    assert nav.calls()[2:] == [BATCH, BATCH]
    batch = written[0].facts["batch_id"]
    stored = rows(f"journals({batch})/journalLines", expand="dimensionSetLines")
    assert [each["dimensionSetLines"][0]["valueCode"] for each in stored] == ["SALES", "ADM"]


def test_default_dimensions_of_an_account_give_way_to_those_of_the_line(ledger, nav, rows):
    nav.type_in(
        "accounts",
        "default_dimension",
        key={"number": "8210"},
        values={"code": "DEPARTMENT", "valueCode": "PROD"},
    )

    written = carry_out(ledger, with_dimensions("SALES", "ADM"))

    batch = written[0].facts["batch_id"]
    stored = rows(f"journals({batch})/journalLines", expand="dimensionSetLines")
    assert [each["dimensionSetLines"][0]["valueCode"] for each in stored] == ["SALES", "ADM"]


def test_a_line_number_that_another_document_has_taken_moves_the_entry(ledger, nav, rows):
    first = carry_out(ledger, entry())[0]
    [step] = ledger.plan(COMPANY, entry(document_number="JG000002"))
    taken = ledger.plan(COMPANY, entry())[0].content["lines"]
    lines = [
        {**ours, "lineNumber": theirs["lineNumber"]}
        for ours, theirs in zip(step.content["lines"], taken, strict=True)
    ]

    written = ledger.send(
        COMPANY,
        Step(step.kind, step.operation, step.natural_key, {**step.content, "lines": lines}),
        {},
    )

    assert written.facts["slot_attempt"] == 1
    assert len(rows(f"journals({first.facts['batch_id']})/journalLines")) == 4


def test_an_entry_that_is_there_already_is_a_conflict(ledger):
    [step] = ledger.plan(COMPANY, entry())
    ledger.send(COMPANY, step, {})

    with pytest.raises(Conflict):
        ledger.send(COMPANY, step, {})


@pytest.mark.parametrize("blind", ["documentNumber", "lineNumber"])
def test_an_entry_is_not_doubled_by_a_ledger_that_hides_it(ledger, nav, rows, blind):
    [step] = ledger.plan(COMPANY, entry())
    first = ledger.send(COMPANY, step, {})
    nav.switch(blind_filters=(f"journalLines.{blind}",))

    with pytest.raises(Conflict):
        ledger.send(COMPANY, step, {})

    assert len(rows(f"journals({first.facts['batch_id']})/journalLines")) == 2


def test_a_refused_line_leaves_nothing_of_the_entry(ledger, rows):
    document = entry("100.00", "-100.00")
    lines = (
        document.lines[0],
        type(document.lines[1])(account="NONE", amount=Decimal("-100.00"), description="x"),
    )

    with pytest.raises(DocumentRefused):
        carry_out(ledger, entry(lines=lines))

    [batch] = [b for b in rows("journals") if b["code"] == "JAGGAER"]
    assert rows(f"journals({batch['id']})/journalLines") == []


def test_a_vendor_is_created_with_its_number_and_terms(ledger, nav, rows):
    [written] = carry_out(
        ledger, vendor(payment_terms_code="30 DAYS", address=Address(city="York"))
    )

    assert nav.calls() == ["GET companies(id)/paymentTerms", "POST companies(id)/vendors"]
    [stored] = rows("vendors", filter="number eq 'J4711'")
    assert (stored["id"], stored["city"]) == (written.remote_id, "York")
    [terms] = [t for t in rows("paymentTerms") if t["code"] == "30 DAYS"]
    assert stored["paymentTermsId"] == terms["id"]


def test_a_vendor_number_that_exists_is_a_conflict(ledger):
    carry_out(ledger, vendor())

    with pytest.raises(Conflict):
        carry_out(ledger, vendor())


def test_a_change_writes_the_named_fields_only(ledger, nav, rows):
    [created] = carry_out(ledger, vendor(email="a@kestrel.example"))
    nav.forget_calls()

    carry_out(
        ledger,
        vendor(
            remote_id=created.remote_id,
            etag=created.etag,
            only=("name", "blocked"),
            name="Kestrel plc",
            blocked="all",
        ),
    )

    assert nav.calls() == ["PATCH companies(id)/vendors(id)"]
    [stored] = rows("vendors", filter="number eq 'J4711'")
    assert (stored["displayName"], stored["blocked"]) == ("Kestrel plc", "All")
    assert stored["email"] == "a@kestrel.example"


def test_a_change_of_a_vendor_that_somebody_changed_meanwhile_is_a_conflict(ledger):
    [created] = carry_out(ledger, vendor())
    change = {"remote_id": created.remote_id, "etag": created.etag, "only": ("name",)}
    carry_out(ledger, vendor(name="First", **change))

    with pytest.raises(Conflict):
        carry_out(ledger, vendor(name="Second", **change))


def test_posting_compares_the_totals_before_and_tells_the_new_number(ledger, nav):
    written = carry_out(ledger, invoice(total=Decimal("125.00")), post=True)[-1]

    assert (written.status, written.facts["posted"]) == ("Open", True)
    assert Decimal(written.facts["total"]) == 125
    assert nav.calls()[1:] == [
        "GET companies(id)/purchaseInvoices(id)",
        "POST companies(id)/purchaseInvoices(id)/Microsoft.NAV.post",
        "GET companies(id)/purchaseInvoices(id)",
    ]


def test_a_total_that_differs_leaves_the_draft(ledger, rows):
    written = carry_out(ledger, invoice(total=Decimal("125.03")), post=True)[-1]

    assert written.facts["posted"] is False
    assert written.facts["total_difference"]["total"] == "125.03"
    assert rows("purchaseInvoices")[0]["status"] == "Draft"


@pytest.mark.parametrize("phase", ["before", "after"])
def test_a_refusal_to_post_is_believed_only_of_a_draft(ledger, nav, phase):
    error = {"error": {"code": "Application_DialogException", "message": "No."}}
    fault = {"kind": "status", "status": 400, "body": error, "path": r"NAV\.post$"}
    nav.server.scenario.load(Fault(**fault, phase=phase))

    if phase == "after":
        written = carry_out(ledger, invoice(total=Decimal("125.00")), post=True)[-1]
        assert written.facts["posted"] is True
        return
    with pytest.raises(DocumentRefused, match="No"):
        carry_out(ledger, invoice(total=Decimal("125.00")), post=True)


def test_a_difference_within_what_is_allowed_is_posted(ledger):
    document = invoice(total=Decimal("125.02"), total_allowed=Decimal("0.02"))

    assert carry_out(ledger, document, post=True)[-1].facts["posted"] is True


def test_the_ledger_says_no_in_its_own_words(ledger):
    with pytest.raises(DocumentRefused) as caught:
        carry_out(ledger, invoice(vendor_number="99999"))

    assert caught.value.code == "Application_DialogException"
    assert caught.value.message == "The vendor cannot be found."
