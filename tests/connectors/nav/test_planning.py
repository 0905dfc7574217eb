"""From documents to steps and bodies, and from NAV's rows to reference data: no network."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from connectors.documents import Address, JournalLine, LedgerSetup, ReferenceKind
from connectors.nav import compare, reference
from connectors.nav.books import posting_from
from connectors.nav.steps import base_operation, plan
from connectors.nav.translate import Company, line_numbers
from tests.connectors.nav.builders import (
    BOOKS,
    credit_memo,
    entry,
    invoice,
    line,
    order,
    vendor,
)


def operations(document: Any, **options: Any) -> list[str]:
    return [step.operation for step in plan(document, BOOKS, **options)]


def body(document: Any) -> dict[str, Any]:
    return plan(document, BOOKS)[0].content["body"]


APART = (line(), line(dimensions={"DEPARTMENT": "SALES"}))
CHAINS = {
    "vendor": (vendor(), False, ["create"]),
    "vendor change": (vendor(remote_id="x", only=("name",)), False, ["update"]),
    "order": (order(), True, ["create"]),
    "order, lines apart": (order(lines=APART), True, ["create", "line_dimensions"]),
    "invoice": (invoice(), False, ["create"]),
    "invoice, posted": (invoice(), True, ["create", "post"]),
    "invoice, all": (invoice(lines=APART), True, ["create", "line_dimensions", "post"]),
    "memo": (credit_memo(), False, ["create", "lines"]),
    "memo, all": (credit_memo(lines=APART), True, ["create", "lines", "line_dimensions", "post"]),
    "journal": (entry(), True, ["create"]),
    "long journal": (entry(*["1"] * 150, "-150"), False, ["create", "create_2"]),
    "long memo": (credit_memo(lines=(line(),) * 120), False, ["create", "lines", "lines_2"]),
}


@pytest.mark.parametrize("case", CHAINS.values(), ids=CHAINS)
def test_a_document_becomes_its_chain(case):
    document, post, chain = case
    assert operations(document, post=post) == chain


def test_a_memo_names_the_posted_invoice_that_it_corrects():
    assert body(credit_memo(applies_to="108001"))["invoiceNumber"] == "108001"
    assert "invoiceNumber" not in body(credit_memo())


@pytest.mark.parametrize("case", CHAINS.values(), ids=CHAINS)
def test_steps_are_stable_json_with_keys_of_their_own(case):
    document, post, _ = case
    steps = plan(document, BOOKS, post=post)

    assert json.dumps([s.content for s in steps]) == json.dumps(
        [s.content for s in plan(document, BOOKS, post=post)]
    )
    assert len({step.natural_key for step in steps}) == len(steps)


KEYS = {
    "INV|20000|A-17/B": invoice(external_number=" a-17/b "),
    "CM|20000|CR-1": credit_memo(),
    "PO|JAGGAER 0000000049#1": order(),
    "V|J4711": vendor(number="j4711"),
    "V|4711": vendor(number=None, source_reference="4711"),
    "JG000001": entry(document_number="jg000001"),
}


@pytest.mark.parametrize("key", KEYS)
def test_natural_keys_are_what_nav_would_store(key):
    assert plan(KEYS[key], BOOKS)[0].natural_key == key


def test_an_invoices_properties_stand_in_the_order_nav_validates_them():
    found = body(invoice(due_date=date(2026, 2, 10), pay_to_vendor_number="30000"))

    assert list(found) == [
        "vendorNumber",
        "payToVendorNumber",
        "postingDate",
        "invoiceDate",
        "dueDate",
        "vendorInvoiceNumber",
        "currencyCode",
        "pricesIncludeTax",
        "shortcutDimension1Code",
        "purchaseInvoiceLines",
    ]
    comment, account = found["purchaseInvoiceLines"]
    assert comment == {"lineType": "Comment", "description": "JAGGAER INV-1"}
    assert list(account) == [
        "lineType",
        "lineObjectNumber",
        "description",
        "quantity",
        "unitCost",
    ]


def test_amounts_stay_as_they_were_written():
    lines = (line(quantity=Decimal("3"), unit_price=Decimal("99.990"), tax_code="vat10"),)
    [_, account] = body(invoice(lines=lines))["purchaseInvoiceLines"]

    assert (account["quantity"], account["unitCost"], account["taxCode"]) == (
        "3",
        "99.990",
        "VAT10",
    )


@pytest.mark.parametrize(
    ("currency", "wire"), [("GBP", ""), ("gbp", ""), (None, ""), ("EUR", "EUR")]
)
def test_the_local_currency_is_sent_blank(currency, wire):
    assert body(invoice(currency=currency))["currencyCode"] == wire
    assert body(order(currency=currency))["currencyCode"] == wire


def test_an_account_line_has_no_unit_and_a_line_without_account_is_a_comment():
    found = body(order(lines=(line(unit="BOX"), line(account=None, description="note"))))

    assert "unitOfMeasureCode" not in found["purchaseOrderLines"][1]
    assert found["purchaseOrderLines"][2] == {"lineType": "Comment", "description": "note"}


HEADERS: dict[str, tuple[list[dict[str, str]], dict[str, str], list[int]]] = {
    "all agree": (
        [{"DEPARTMENT": "ADM"}, {"department": "adm"}],
        {"shortcutDimension1Code": "ADM"},
        [],
    ),
    "both globals": (
        [{"DEPARTMENT": "ADM", "CUSTOMERGROUP": "L"}],
        {"shortcutDimension1Code": "ADM", "shortcutDimension2Code": "L"},
        [],
    ),
    "they differ": ([{"DEPARTMENT": "ADM"}, {"DEPARTMENT": "SALES"}], {}, [1, 2]),
    "one has none": ([{"DEPARTMENT": "ADM"}, {}], {}, [1]),
    "another dimension": (
        [{"DEPARTMENT": "ADM", "AREA": "30"}],
        {"shortcutDimension1Code": "ADM"},
        [1],
    ),
    "none": ([{}], {}, []),
}


@pytest.mark.parametrize("case", HEADERS.values(), ids=HEADERS)
def test_what_lines_agree_on_goes_to_the_header_and_the_rest_to_the_lines(case):
    dimensions, header, places = case
    document = invoice(lines=tuple(line(dimensions=each) for each in dimensions))
    steps = plan(document, BOOKS)

    found = {k: v for k, v in steps[0].content["body"].items() if k.startswith("shortcut")}
    assert found == header
    apart = steps[1].content["lines"] if len(steps) > 1 else []
    assert [each["place"] for each in apart] == places


REFUSED = {
    "supplier's number too long": invoice(external_number="x" * 36),
    "no supplier's number": invoice(external_number=" "),
    "journal out of balance": entry("100.00", "-99.99"),
    "journal without lines": entry(lines=()),
    "a line without amount": entry("0", "0"),
    "a mail address that does not fit": vendor(email="x" * 81),
    "a tax number that does not fit": vendor(tax_number="x" * 51),
    "a vendor without any name for it": vendor(number=None),
    "a vendor without name": vendor(name=" "),
}


@pytest.mark.parametrize("document", REFUSED.values(), ids=REFUSED)
def test_what_nav_cannot_hold_is_refused_before_anything_is_sent(document):
    with pytest.raises(ValueError):
        plan(document, BOOKS)


def test_lengths_of_the_instance_are_kept_to():
    small = Company(
        LedgerSetup(
            local_currency="GBP",
            field_lengths={"purchase_invoice.line.description": 10, "vendor.name": 6},
        )
    )
    found = plan(invoice(lines=(line(description="Copy paper A4"),)), small)[0].content["body"]

    assert found["purchaseInvoiceLines"][1]["description"] == "Copy pape…"
    assert len(found["purchaseInvoiceLines"][0]["description"]) == 10
    assert plan(vendor(), small)[0].content["body"]["displayName"] == "Kestr…"


def test_a_new_vendor_leaves_out_what_is_empty_and_a_change_clears_it():
    created = body(vendor(currency="GBP", address=Address(city="York", country="gb")))
    changed = body(vendor(remote_id="x", only=("address", "blocked")))

    assert created == {
        "number": "J4711",
        "displayName": "Kestrel Ltd",
        "city": "York",
        "country": "GB",
    }
    assert changed["city"] == ""
    assert changed["blocked"] == "_x0020_"
    assert "displayName" not in changed


def test_a_journal_lines_say_all_that_ties_them_together():
    [first, second] = plan(entry(), BOOKS)[0].content["lines"]

    assert list(first) == [
        "lineNumber",
        "accountType",
        "accountNumber",
        "postingDate",
        "documentNumber",
        "externalDocumentNumber",
        "amount",
        "description",
        "comment",
    ]
    assert (first["accountType"], first["amount"]) == ("G_x002F_L_x0020_Account", "100.00")
    assert second["lineNumber"] == first["lineNumber"] + 1


def test_line_numbers_are_stable_apart_for_documents_and_within_an_integer():
    numbers = {f"JG{n:06}": line_numbers(f"JG{n:06}", 60) for n in range(2000)}

    assert numbers["JG000007"] == line_numbers("JG000007", 60)
    assert line_numbers("JG000007", 60, attempt=1) != numbers["JG000007"]
    assert all(each[0] > 0 and each[-1] < 2**31 for each in numbers.values())
    assert len({number for each in numbers.values() for number in each}) > 0.99 * 2000 * 60


def test_a_number_of_ours_too_long_for_its_field_gets_a_tail():
    [step] = plan(entry(document_number="JG" + "7" * 30), BOOKS)

    assert len(step.natural_key) == 20
    assert step.natural_key != plan(entry(document_number="JG" + "7" * 31), BOOKS)[0].natural_key


@pytest.mark.parametrize(
    ("operation", "base"),
    [
        ("lines", "lines"),
        ("lines_2", "lines"),
        ("line_dimensions", "line_dimensions"),
        ("create_12", "create"),
    ],
)
def test_parts_of_a_step_are_the_same_operation(operation, base):
    assert base_operation(operation) == base


def test_own_line_numbers_win():
    lines = (
        JournalLine(account="8210", amount=Decimal(5), description="", line_number=7),
        JournalLine(account="5510", amount=Decimal(-5), description=""),
    )
    assert plan(entry(lines=lines), BOOKS)[0].content["lines"][0]["lineNumber"] == 7


# Comparing.

SAME: dict[str, tuple[str, Any, Any, bool]] = {
    "decimals by value": ("unitCost", "5.00", Decimal("5"), True),
    "other decimals": ("unitCost", "5.00", Decimal("5.001"), False),
    "codes in any case": ("vendorNumber", "a1", "A1", True),
    "the local currency is blank": ("currencyCode", "", "GBP", True),
    "another currency": ("currencyCode", "", "EUR", False),
    "enum forms": ("lineType", "Account", "Account", True),
    "blank enum": ("blocked", "_x0020_", " ", True),
    "empty day": ("dueDate", "", "0001-01-01", True),
    "texts with blanks": ("description", "a  b", "a b ", True),
    "texts in another case": ("description", "Paper", "paper", False),
    "truth": ("pricesIncludeTax", False, True, False),
    "missing": ("vendorInvoiceNumber", "A", None, False),
}


@pytest.mark.parametrize("case", SAME.values(), ids=SAME)
def test_values_are_compared_as_nav_means_them(case):
    name, wanted, found, verdict = case
    other = compare.differences({name: wanted}, {name: found}, local_currency="GBP")
    assert other == ([] if verdict else [name])


# Reading.

ACCOUNTS = {
    "usable": ({"accountType": "Posting", "directPosting": True, "blocked": False}, ""),
    "heading": ({"accountType": "Heading", "directPosting": True}, "heading"),
    "total": ({"accountType": "End_x002D_Total", "directPosting": True}, "end-total"),
    "blocked": ({"accountType": "Posting", "directPosting": True, "blocked": True}, "blocked"),
    "no direct posting": ({"accountType": "Posting", "directPosting": False}, "direct posting"),
}


@pytest.mark.parametrize("case", ACCOUNTS.values(), ids=ACCOUNTS)
def test_an_account_says_why_it_cannot_be_used(case):
    row, why = case
    item = reference.account({"id": "x", "number": "8210", "displayName": "Office", **row})

    assert (item.code, item.usable) == ("8210", not why)
    assert why in item.why_not


def test_a_dimension_value_bears_its_dimension():
    row = {"id": "v", "code": "ADM", "dimensionId": "ABC", "displayName": "Administration"}
    item = reference.dimension_value(row, {"abc": "DEPARTMENT"})

    assert (item.kind, item.code) == (ReferenceKind.DIMENSION_VALUES, "DEPARTMENT/ADM")


BLOCKED = {"_x0020_": ("", True), "Payment": ("payment", True), "All": ("all", False)}


@pytest.mark.parametrize("word", BLOCKED)
def test_a_vendor_blocked_for_all_takes_no_documents(word):
    blocked, usable = BLOCKED[word]
    item = reference.vendor({"id": "x", "number": "1", "blocked": word}, {})

    assert (item.attributes.get("blocked", ""), item.usable) == (blocked, usable)


def test_an_exchange_rate_says_what_the_currency_is_worth():
    row = {
        "id": "x",
        "currencyCode": "USD",
        "startingDate": "2026-01-01",
        "exchangeRateAmount": 100,
        "relationalExchangeRateAmount": Decimal("79.5"),
        "relationalCurrencyCode": "",
    }
    item = reference.exchange_rate(row)

    assert (item.code, item.attributes["local_amount"]) == ("USD/2026-01-01", "79.5")
    assert not reference.exchange_rate({**row, "relationalCurrencyCode": "EUR"}).usable


def period(day: str, *, closed: bool) -> dict[str, Any]:
    return {"startingDate": day, "closed": closed, "dateLocked": closed}


PERIODS: dict[str, tuple[date | None, list[dict[str, Any]], date | None]] = {
    "nothing said": (None, [], None),
    "the setup's own": (date(2026, 1, 1), [], date(2026, 1, 1)),
    "after what is closed": (
        None,
        [period("2025-01-01", closed=True), period("2026-01-01", closed=False)],
        date(2026, 1, 1),
    ),
    "the later of both": (
        date(2026, 3, 1),
        [period("2026-01-01", closed=False), period("2025-01-01", closed=True)],
        date(2026, 3, 1),
    ),
    "empty day": (None, [period("0001-01-01", closed=True)], None),
}


@pytest.mark.parametrize("case", PERIODS.values(), ids=PERIODS)
def test_posting_begins_after_what_is_closed(case):
    allowed, periods, first = case
    assert posting_from(allowed, periods) == first
