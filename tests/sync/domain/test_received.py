"""Versions in words: what stands at the head of a document, and what a newer one changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from connectors import codec
from connectors.documents import (
    BankAccount,
    Charge,
    CodingPart,
    Contact,
    Invoice,
    InvoiceLine,
    PaymentTerms,
    Readiness,
    Resource,
    Supplier,
    SupplierRef,
)
from sync.domain.received import Change, changes, head
from sync.domain.senses import Sense

LINE = InvoiceLine(
    number=1,
    description="Paper",
    quantity=Decimal("2"),
    unit_price=Decimal("50"),
    amount=Decimal("100"),
    unit="EACH",
    order_reference="PO1",
    coding=(CodingPart({"account": "OFFICE", "cost_center": "R100"}),),
)
BILL = Invoice(
    source_id="900001",
    version="7",
    modified_at=None,
    reference="I1",
    readiness=Readiness.POSTABLE,
    status_words={"payment_status": "Payable"},
    resource=Resource.INVOICE,
    supplier=SupplierRef("SUP-1", "V1", "Kestrel Ltd"),
    supplier_number="RE-1",
    currency="GBP",
    total=Decimal("120"),
    document_date=date(2026, 3, 3),
    tax1=Decimal("20"),
    terms=PaymentTerms("N30", net_days=30),
    lines=(LINE,),
)


def told(document) -> dict[str, str]:
    return {fact.label: fact.value for fact in head(codec.dump(document))}


def between(before, now) -> list[Change]:
    return changes(codec.dump(before), codec.dump(now))


def test_the_head_says_what_people_ask_for_first_and_nothing_of_programs() -> None:
    assert told(BILL) == {
        "Number": "I1",
        "Supplier": "Kestrel Ltd",
        "Supplier's number in the ledger": "V1",
        "Supplier's invoice number": "RE-1",
        "Document date": "2026-03-03",
        "Payment terms": "N30, 30 days",
        "Currency": "GBP",
        "Total": "120",
        "Status in JAGGAER": "Payable",
    }
    assert list(told(BILL))[:2] == ["Number", "Supplier"]


def test_a_bank_account_is_told_by_its_last_characters_alone() -> None:
    supplier = Supplier(
        source_id="SUP-1",
        version="1",
        modified_at=None,
        reference="SUP-1",
        readiness=Readiness.POSTABLE,
        name="Kestrel Ltd",
        contacts=(Contact("Jo Reed", "jo@kestrel.example"),),
        bank_accounts=(BankAccount("a-digest", "1234", bank="A bank"),),
    )

    assert told(supplier)["Bank account"] == "ends in 1234"
    assert told(supplier)["Contact"] == "Jo Reed, jo@kestrel.example"
    assert "a-digest" not in str(told(supplier))


def test_the_same_again_changes_nothing() -> None:
    assert between(BILL, replace(BILL, version="8")) == []


def test_a_field_that_changed_is_named_with_both_values() -> None:
    newer = replace(BILL, total=Decimal("121"), due_date=date(2026, 4, 2))

    assert between(BILL, newer) == [
        Change("Due date", "", "2026-04-02"),
        Change("Total", "120", "121", Sense.AMOUNT),
    ]


def test_a_line_that_changed_is_told_by_its_fields_and_one_that_came_as_a_whole() -> None:
    coded = (CodingPart({"account": "TRAVEL"}),)
    changed = replace(LINE, unit_price=Decimal("51"), coding=coded)
    added = replace(LINE, number=2, description="Ink")

    assert between(BILL, replace(BILL, lines=(changed, added))) == [
        Change("Line 1: price", "50", "51", Sense.AMOUNT),
        Change("Line 1: coding", "OFFICE / R100", "TRAVEL"),
        Change("Line 2", "", "2 EACH Ink"),
    ]


def test_a_charge_that_went_is_told_with_its_amount() -> None:
    charged = replace(BILL, charges=(Charge(kind="freight", amount=Decimal("5")),))

    assert between(charged, BILL) == [Change("Freight", "5", "", Sense.AMOUNT)]
