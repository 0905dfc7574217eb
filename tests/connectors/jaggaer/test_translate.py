"""Invoices of JAGGAER in our words, and what holds for every record."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors import codec
from connectors.documents import (
    Charge,
    CodingPart,
    Invoice,
    PaymentTerms,
    Readiness,
    Resource,
    ShareKind,
    SupplierRef,
)
from connectors.jaggaer.profile import compile_profile

Understand = Callable[..., Any]
Payload = Callable[[str], Any]


def credit(payload: Payload, *amounts: tuple[Any, Any], **header: Any) -> dict[str, Any]:
    """The contract's credit memo with lines of (quantity, unit price)."""
    record = payload("invoice_list")["jiinvoiceList"]["jiinvoice"][1]
    record["header"].update(header)
    record["lineList"] = {
        "invoiceLine": [
            {"lineNumber": n, "quantity": quantity, "unitPrice": price}
            for n, (quantity, price) in enumerate(amounts, 1)
        ]
    }
    return record


def test_the_contract_s_invoice_is_understood_whole(understand: Understand, detail: dict[str, Any]):
    record = understand("invoices", detail)
    invoice = record.document

    assert isinstance(invoice, Invoice)
    assert (record.source_id, record.version) == (
        "2526304",
        detail["header"]["originalRequestMessageId"],
    )
    assert record.modified_at == datetime(2024, 2, 14, 19, 58, 56, 973000, tzinfo=UTC)
    assert invoice.resource is Resource.INVOICE
    assert invoice.readiness is Readiness.POSTABLE
    assert invoice.reference == "I00092"
    assert invoice.supplier_number == "RE-2024-0117"
    assert invoice.supplier == SupplierRef("1003837241", "006105", "Müller & Søn Lab Supply")
    assert (invoice.currency, invoice.total) == ("USD", Decimal("1102.5"))
    assert invoice.document_date == invoice.accounting_date == date(2024, 2, 14)
    assert invoice.due_date == date(2024, 3, 15)
    assert (invoice.tax1, invoice.tax2, invoice.charges) == (Decimal("102.5"), Decimal(0), ())
    assert invoice.terms == PaymentTerms("Net 30", "Net", 30, 0, None)
    assert invoice.business_unit == "0004"
    assert invoice.status_words["payment"] == "Payable"
    assert invoice.problems == record.problems == ()


def test_its_line_names_order_unit_and_both_parts_of_the_split(
    understand: Understand, detail: dict[str, Any]
):
    (line,) = understand("invoices", detail).document.lines

    assert (line.number, line.source_id, line.description) == (1, "8875911", "Pipette tips")
    assert (line.order_reference, line.order_line, line.unit) == ("0000000049", "1", "BX")
    assert (line.quantity, line.unit_price, line.amount) == (10, 100, Decimal("1000.00"))
    assert line.amount_received is False
    assert line.coding == (
        CodingPart(
            {"glAccount": "6110", "costCentre": "R100"},
            Decimal(60),
            ShareKind.PERCENT,
            {"glAccount": "Lab consumables", "costCentre": "Research"},
        ),
        CodingPart(
            {"glAccount": "6110", "costCentre": "R200"},
            Decimal(40),
            ShareKind.PERCENT,
            {"glAccount": "Lab consumables", "costCentre": "Teaching"},
        ),
    )


def test_the_contract_s_credit_memo_is_positive_and_its_parts_add_up(
    understand: Understand, payload: Payload
):
    invoice = understand("invoices", credit(payload, (2, -100))).document

    assert invoice.resource is Resource.CREDIT_NOTE
    assert invoice.readiness is Readiness.WAITING
    assert (invoice.total, invoice.tax1, invoice.discount) == (249, 19, 20)
    assert invoice.charges == (Charge(kind="freight", amount=Decimal(50)),)
    assert [(line.quantity, line.unit_price, line.amount) for line in invoice.lines] == [
        (2, 100, 200)
    ]
    assert invoice.supplier_number is None
    assert invoice.credited_number is None
    assert invoice.total == 200 + 19 + 50 - invoice.discount


@pytest.mark.parametrize(
    ("lines", "total", "expected"),
    [
        ([(2, 100)], -249, ["200"]),
        ([(-2, 100)], -249, ["200"]),
        ([(2, -100)], 249, ["200"]),
        ([(-2, -100)], -249, ["200"]),
        ([(1, -150), (1, -50)], -249, ["150", "50"]),
        ([(1, -210), (1, 10)], -249, ["210", "-10"]),
        ([(1, 210), (1, -10)], 249, ["210", "-10"]),
        ([(1, -110), (1, 90)], -249, ["110", "90"]),
        ([(1, -110), (1, 90)], None, ["110", "90"]),
        ([(0, 5), (2, -100)], -249, ["0", "200"]),
    ],
)
def test_lines_of_credit_memos_are_positive_whatever_their_signs(
    understand: Understand, payload: Payload, lines: list[Any], total: Any, expected: list[str]
):
    record = credit(payload, *lines, total={"currency": "USD", "value": total})

    invoice = understand("invoices", record).document

    assert [line.amount for line in invoice.lines] == [Decimal(text) for text in expected]
    assert all(line.quantity >= 0 for line in invoice.lines)
    assert all(line.quantity * line.unit_price == line.amount for line in invoice.lines)


def test_an_invoice_keeps_the_signs_it_came_with(understand: Understand, detail: dict[str, Any]):
    detail["header"]["total"]["value"] = Decimal("-5")
    detail["lineList"]["invoiceLine"][0].update(quantity=-1, splittableFieldSetGroupList={})

    invoice = understand("invoices", detail).document

    assert (invoice.total, invoice.lines[0].amount) == (-5, -100)


def test_lines_of_one_number_are_told_apart(understand: Understand, detail: dict[str, Any]):
    [line] = detail["lineList"]["invoiceLine"]
    detail["lineList"]["invoiceLine"] = [
        {**line, "lineNumber": number, "quantity": quantity}
        for number, quantity in ((3, 4), (3, 2), (4, 1), (3, 5))
    ]

    lines = understand("invoices", detail).document.lines

    assert [each.number for each in lines] == [3, 5, 4, 6]
    assert [each.quantity for each in lines] == [4, 2, 1, 5]


@pytest.mark.parametrize(
    ("custom", "original", "named"),
    [
        ("RE-1", "I00092", "RE-1"),
        (None, "I00092", "I00092"),
        (None, "I00093", None),
        ("", None, None),
    ],
)
def test_the_credited_invoice_is_named_by_custom_field_or_original_number(
    understand: Understand, payload: Payload, custom: Any, original: Any, named: Any
):
    record = credit(payload, (2, -100), originalInvoiceNumber=original)
    if custom is not None:
        field = {
            "name": "OriginalInvoice",
            "customFieldValueList": {"customFieldValue": [{"value": custom}]},
        }
        record["header"]["customFieldValueSetList"] = {"customFieldValueSet": [field]}

    assert understand("invoices", record).document.credited_number == named


def test_charges_and_tax_count_once_at_the_header(understand: Understand, detail: dict[str, Any]):
    detail["header"].update(shippingCharge=5, handlingCharge=Decimal("2.5"))
    detail["header"]["miscFeeList"]["miscFee"].append({"name": "Pallet", "fee": 3})
    detail["lineList"]["invoiceLine"][0].update(shippingCharge=5, handlingCharge=2, taxCharge1=99)

    invoice = understand("invoices", detail).document

    assert [(c.kind, c.amount, c.name) for c in invoice.charges] == [
        ("freight", 5, ""),
        ("handling", Decimal("2.5"), ""),
        ("fee", 3, "Pallet"),
    ]
    assert invoice.tax1 == Decimal("102.5")


def test_charges_of_the_lines_count_only_where_the_header_says_nothing(
    understand: Understand, detail: dict[str, Any]
):
    for name in ("shippingCharge", "handlingCharge", "discountAmount"):
        del detail["header"][name]
    line = detail["lineList"]["invoiceLine"][0]
    line.update(shippingCharge=5, handlingCharge=Decimal("0.5"), discountAmount=2)

    invoice = understand("invoices", detail).document

    assert [(c.kind, c.amount) for c in invoice.charges] == [
        ("freight", 5),
        ("handling", Decimal("0.5")),
    ]
    assert invoice.discount == 2


@pytest.mark.parametrize(
    ("units", "unit"), [(["0004", "0004"], "0004"), (["0004", None], "0004"), (["1", "2"], None)]
)
def test_a_document_without_a_unit_is_of_the_one_that_its_lines_agree_on(
    understand: Understand, detail: dict[str, Any], units: list[str | None], unit: str | None
):
    del detail["header"]["businessUnit"]
    first = detail["lineList"]["invoiceLine"][0]
    detail["lineList"]["invoiceLine"] = [{**first, "businessUnit": one} for one in units]

    assert understand("invoices", detail).document.business_unit == unit


def test_tax_of_the_lines_counts_only_where_the_header_says_nothing(
    understand: Understand, detail: dict[str, Any]
):
    del detail["header"]["taxCharge1"]

    assert understand("invoices", detail).document.tax1 == Decimal("102.5")


@pytest.mark.parametrize(
    ("currency", "quantity", "price", "amount"),
    [
        ("USD", "3", "0.335", "1.01"),
        ("USD", "0.5", "0.01", "0.01"),
        ("JPY", "3", "33.5", "101"),
        ("KWD", "3", "0.3335", "1.001"),
    ],
)
def test_an_amount_that_was_not_sent_is_quantity_by_price_in_the_currency_s_steps(
    understand: Understand,
    detail: dict[str, Any],
    currency: str,
    quantity: str,
    price: str,
    amount: str,
):
    detail["header"]["total"]["currency"] = currency
    line = detail["lineList"]["invoiceLine"][0]
    line.update(
        quantity=Decimal(quantity), unitPrice=Decimal(price), splittableFieldSetGroupList={}
    )

    assert understand("invoices", detail).document.lines[0].amount == Decimal(amount)


@pytest.mark.parametrize("sent", [Decimal("999.99"), "999.99", {"value": Decimal("999.99")}])
def test_an_extended_price_is_taken_as_sent(
    understand: Understand, detail: dict[str, Any], sent: Any
):
    detail["lineList"]["invoiceLine"][0]["extendedPrice"] = sent

    line = understand("invoices", detail).document.lines[0]

    assert (line.amount, line.amount_received) == (Decimal("999.99"), True)


def test_a_tax_rate_comes_from_its_custom_field(understand: Understand, detail: dict[str, Any]):
    field = {
        "name": "TaxRateCode",
        "customFieldValueList": {"customFieldValue": [{"value": "19.0"}]},
    }
    detail["lineList"]["invoiceLine"][0]["customFieldValueSetList"] = {"customFieldValueSet": field}

    assert understand("invoices", detail).document.lines[0].tax_rate == Decimal("19.0")


@pytest.mark.parametrize(("source", "is_self_billed"), [("Automated", True), ("Manual", False)])
def test_invoices_that_jaggaer_made_are_self_billed(
    understand: Understand, detail: dict[str, Any], source: str, is_self_billed: bool
):
    detail["header"]["invoiceSource"] = source

    assert understand("invoices", detail).document.self_billed is is_self_billed


def test_an_invoice_without_lines_is_a_cancelled_one(
    understand: Understand, detail: dict[str, Any]
):
    detail["lineList"] = {"invoiceLine": []}

    assert understand("invoices", detail).document.readiness is Readiness.CANCELLED


def test_a_lone_line_is_a_list_of_one(understand: Understand, detail: dict[str, Any]):
    detail["lineList"]["invoiceLine"] = detail["lineList"]["invoiceLine"][0]

    assert len(understand("invoices", detail).document.lines) == 1


def test_without_a_message_id_the_version_is_the_change_time_then_a_digest(
    understand: Understand, detail: dict[str, Any]
):
    del detail["header"]["originalRequestMessageId"]
    assert understand("invoices", detail).version == "2024-02-14T19:58:56.973Z"
    del detail["header"]["lastUpdate"]
    version = understand("invoices", detail).version
    reordered = json.loads(json.dumps(detail, default=str, sort_keys=True), parse_float=Decimal)
    detail["header"]["invoiceName"] = "changed"

    assert version.startswith("sha256:")
    assert understand("invoices", reordered).source_id == "2526304"
    assert understand("invoices", detail).version != version


def test_a_profile_with_other_paths_and_spellings_reads_the_same_kind_of_document(
    understand: Understand, payload: Payload
):
    other = compile_profile(payload("other_profile"))

    record = understand("invoices", payload("other_invoice"), other)
    invoice, line = record.document, record.document.lines[0]

    assert record.problems == ()
    assert record.modified_at == datetime(2024, 2, 14, 11, tzinfo=UTC)
    assert (invoice.reference, invoice.supplier_number, invoice.currency) == ("4711", "A-17", "EUR")
    assert (invoice.document_date, invoice.total, invoice.tax1) == (
        date(2024, 2, 14),
        Decimal("119.00"),
        19,
    )
    assert (line.number, line.amount, line.order_reference, line.order_line) == (
        10,
        Decimal("100.00"),
        "0045",
        "20",
    )
    assert [(dict(part.segments), part.share) for part in line.coding] == [
        ({"glAccount": "004400", "costCentre": "ADM"}, 70),
        ({"glAccount": "004400", "costCentre": "K2"}, 30),
    ]
    assert record.version.startswith("sha256:")


def test_documents_survive_being_stored(understand: Understand, payload: Payload):
    for flow, name in (
        ("invoices", "invoice_detail"),
        ("purchase_orders", "order_detail"),
        ("suppliers", "supplier"),
    ):
        document = understand(flow, payload(name)).document
        assert codec.load(json.loads(json.dumps(codec.dump(document)))) == document


def test_a_thousand_invoices_are_understood_within_two_seconds(
    understand: Understand, detail: dict[str, Any]
):
    line = detail["lineList"]["invoiceLine"][0]
    detail["lineList"]["invoiceLine"] = [{**line, "lineNumber": n} for n in range(5)]
    started = time.process_time()

    for _ in range(1000):
        understand("invoices", detail)

    assert time.process_time() - started < 2
