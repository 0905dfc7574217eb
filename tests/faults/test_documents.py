"""Faults of values and of the order of arrival: F41, F47 to F53; without notices, F59."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

import connectors.jaggaer
from connectors.http.jsonbody import parse_json
from connectors.jaggaer.profile import compile_profile
from connectors.jaggaer.translate import MAKERS, understand_with
from sync.models import Document, FlowName
from tests import factories, small
from tests.faults.conftest import Bench

ORDERS, INVOICES, SUPPLIERS = FlowName.PURCHASE_ORDERS, FlowName.INVOICES, FlowName.SUPPLIERS


def understood(record: dict, flow: str = "purchase_orders"):
    """Return what the default profile makes of a record."""
    path = Path(next(iter(connectors.jaggaer.__path__))) / "profile.json"
    profile = compile_profile(json.loads(path.read_text()))
    return understand_with(profile, profile.resources[flow], MAKERS[flow], record["body"], salt="x")


STAMPS = {
    "F41 without a zone": ("2026-03-29T02:30:00.000", None),
    "F41 in the gap of summer time": ("2026-03-29T02:30:00.000+01:00", "2026-03-29T01:30:00+00:00"),
    "F41 the first of two half past two": (
        "2026-10-25T02:30:00.000+02:00", "2026-10-25T00:30:00+00:00",
    ),
    "F41 the second of them": ("2026-10-25T02:30:00.000+01:00", "2026-10-25T01:30:00+00:00"),
    "F41 leap second": ("2016-12-31T23:59:60.000Z", "2016-12-31T23:59:59+00:00"),
    "F41 year 9999": ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999000+00:00"),
    "F41 blank date": ("0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00+00:00"),
    "F41 another form": ("29/03/2026", None),
}  # fmt: skip


@pytest.mark.parametrize(("stamp", "instant"), STAMPS.values(), ids=STAMPS)
def test_strange_instants_have_one_meaning_in_utc_or_are_named_with_their_text(
    stamp: str, instant: str | None
):
    found = understood(small.order(1, lastUpdate=stamp))

    assert found.modified_at == (datetime.fromisoformat(instant) if instant else None)
    named = [problem for problem in found.problems if stamp in problem.message]
    assert bool(named) is (instant is None)
    assert {problem.path for problem in named} <= {"header.lastUpdate"}


def test_f46_writing_of_any_kind_arrives_to_the_letter(faults: Bench):
    """Hebrew, an emoji of several signs, a combining accent, a tab that no text holds."""
    number = faults.number()
    record = small.order(number)
    words = "\u05e0\u05d9\u05d9\u05e8 \U0001f469\u200d\U0001f4bb e\u0301 \u202b\u0627\u202c"
    record["body"]["lineList"]["poLine"][0]["item"]["description"] = words
    faults.add(record)

    faults.run(ORDERS)

    write = faults.write("purchase_order", number)
    orders = faults.customer.ledger()["purchaseOrders"]
    [row] = [row for row in orders if row["id"] == write.remote_id]
    assert [line["description"] for line in row["lines"]][-1] == words


def test_f47_lines_that_do_not_add_up_to_the_cent_park(faults: Bench):
    number = faults.invoice(total={"currency": "GBP", "value": 100.1})

    faults.run(INVOICES)

    document = faults.document(INVOICES, number)
    assert (document.state, document.reasons[0]["code"]) == ("parked", "does_not_add_up")
    assert "100.1" in document.reasons[0]["message"]


AMOUNTS = {
    "F47 28 digits": ("1234567890123456.123456789012", Decimal("1234567890123456.123456789012")),
    "F47 minus zero": ("-0", Decimal(0)),
    "F47 cents": ("0.01", Decimal("0.01")),
    "F47 decimal comma": ('"1.234,50"', None),
}


@pytest.mark.parametrize(("text", "value"), AMOUNTS.values(), ids=AMOUNTS)
def test_amounts_are_decimals_to_the_last_digit_or_a_problem(text: str, value: Decimal | None):
    raw = json.dumps(small.order(1)["body"]).replace('"value": 100', f'"value": {text}')

    found = understood({"body": parse_json(raw.encode())})

    assert found.document.total == value
    assert bool(found.problems) is (value is None)


def test_f48_a_number_longer_than_its_field_parks_and_is_never_cut(faults: Bench):
    number = faults.invoice(supplierInvoiceNumber="R" * 60)

    faults.run(INVOICES)

    document = faults.document(INVOICES, number)
    assert document.state == "parked"
    assert "too_long" in str(document.reasons)


def test_f49_an_unknown_account_waits_for_its_mapping_and_the_rest_goes_on(faults: Bench):
    number, other = faults.number(), faults.number()
    strange = json.loads(json.dumps(small.order(number)).replace("OFFICE", "MOON BASE"))
    faults.add(strange, small.order(other))

    faults.run(ORDERS)

    document = faults.document(ORDERS, number)
    assert (document.state, document.reasons[0]["code"]) == ("parked", "mapping_missing")
    assert faults.document(ORDERS, other).state == "written"


def moon_money(record: dict) -> None:
    record["body"]["header"]["total"]["currency"] = "XTS"


def moon_department(record: dict) -> None:
    record["body"] = json.loads(json.dumps(record["body"]).replace("R100", "MOON"))


UNKNOWN_CODES = {
    "F49 currency": (moon_money, "mapping_missing"),
    "F49 dimension": (moon_department, "mapping_missing"),
}


@pytest.mark.parametrize(("spoil", "code"), UNKNOWN_CODES.values(), ids=UNKNOWN_CODES)
def test_a_code_that_nobody_mapped_waits_and_the_rest_goes_on(faults: Bench, spoil, code: str):
    number, other = faults.number(), faults.number()
    strange = small.order(number)
    spoil(strange)
    faults.add(strange, small.order(other))

    faults.run(ORDERS)

    document = faults.document(ORDERS, number)
    assert (document.state, document.reasons[0]["code"]) == ("parked", code), document.reasons
    assert faults.document(ORDERS, other).state == "written"


def test_f50_a_second_order_of_one_number_is_a_conflict_and_no_merge(faults: Bench):
    first, second = faults.order(), faults.number()
    faults.run(ORDERS)
    faults.add(small.order(second, poNumber=f" {small.order_number(first).lower()} "))
    faults.run(ORDERS)

    parked = faults.document(ORDERS, second)
    assert faults.document(ORDERS, first).state == "written"
    assert (parked.state, parked.reasons[0]["code"]) == ("parked", "order_ambiguous")
    assert str(700_000 + first) in parked.reasons[0]["message"]
    lines = [line for row in faults.customer.ledger()["purchaseOrders"] for line in row["lines"]]
    assert not any(line["description"] == f"Paper {second}" for line in lines)

    faults.order(first, workflowStatus="Cancelled")
    faults.add(small.order(second, poNumber=f"{small.order_number(second)}"))
    faults.run(ORDERS)

    assert faults.document(ORDERS, second).state == "written"


def test_f51_an_invoice_before_its_order_waits_and_goes_on_by_itself(faults: Bench):
    number = faults.number()
    faults.add(small.invoice(number))
    faults.run(INVOICES)
    before = faults.document(INVOICES, number).state

    faults.add(small.order(number))
    faults.run(ORDERS)
    faults.pass_time(60)

    assert before in ("parked", "waiting")
    assert faults.document(INVOICES, number).state == "written"
    assert faults.standing("purchase_invoice", number) == 1


def test_f51_an_invoice_of_a_cancelled_order_parks(faults: Bench):
    number = faults.order(workflowStatus="Cancelled")
    faults.run(ORDERS)
    faults.add(small.invoice(number))

    faults.run(INVOICES)

    document = faults.document(INVOICES, number)
    assert (document.state, document.reasons[0]["code"]) == ("parked", "order_cancelled")


def test_f51_more_than_was_ordered_parks(faults: Bench):
    number = faults.invoice(total={"currency": "GBP", "value": 150})
    faults.add(small.invoice(number, quantity=3))

    faults.run(INVOICES)

    document = faults.document(INVOICES, number)
    codes = {reason["code"] for reason in document.reasons}
    assert document.state == "parked"
    assert codes & {"quantity_over_order", "amount_over_order"}, codes


def test_f51_a_credit_note_without_its_invoice_parks(faults: Bench):
    number = faults.invoice(invoiceType="Credit Memo", total={"currency": "GBP", "value": -100})

    faults.run(INVOICES)

    document = faults.document(INVOICES, number)
    assert document.state == "parked", document.reasons
    assert document.reasons[0]["code"].startswith("credit_"), document.reasons


def test_f52_a_child_waits_for_its_parent_and_a_cycle_is_named(faults: Bench):
    one, two = faults.number(), faults.number()
    for own, parent in ((one, two), (two, one)):
        record = small.supplier(
            0,
            sqIntegrationNumber=f"c{own}",
            erpNumber=f"C{own:05d}",
            name=f"Child {own}",
            parentSupplier={"sqIntegrationNumber": f"c{parent}"},
        )
        faults.add({**record, "id": f"c{own}"})

    faults.run(SUPPLIERS)
    faults.customer.run(SUPPLIERS, full=True)

    states = [
        faults.customer.document(flow_name=SUPPLIERS, source_id=f"c{each}") for each in (one, two)
    ]
    assert {document.state for document in states} <= {"parked", "waiting"}
    assert "parent_cycle" in str([document.reasons for document in states])


def test_f53_formulas_and_markup_travel_as_text(faults: Bench):
    name = "=cmd|' /C calc'!A0 <script>alert(1)</script>"
    number = faults.number()
    record = small.order(number)
    record["body"]["lineList"]["poLine"][0]["item"]["description"] = name
    faults.add(record)

    faults.run(ORDERS)
    page = _page_of(faults, faults.document(ORDERS, number))

    lines = [line for row in faults.customer.ledger()["purchaseOrders"] for line in row["lines"]]
    assert any(name.startswith(line["description"]) and line["description"] for line in lines)
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert(1)" not in page


def test_f53_a_formula_as_a_suppliers_name_is_text_in_the_csv_of_what_is_spent(faults: Bench):
    formula = "=HYPERLINK(1) Ltd"
    number = faults.number()
    faults.add(small.supplier(number, name=formula))
    faults.run(SUPPLIERS)
    faults.order(number)
    faults.run(ORDERS)
    faults.invoice(number)
    faults.run(INVOICES)

    whole = {"format": "csv", "since": "2026-01-01", "until": "2026-12-31"}
    text = _reader(faults).get(reverse("spend"), whole).content.decode()

    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert f"'{formula}" in cells
    assert not any(cell.startswith(("=", "+", "@", "\t", "\r")) for cell in cells)


def _reader(faults: Bench) -> Client:
    client = Client()
    client.force_login(factories.member(faults.customer.tenant, "operator").user)
    return client


def _page_of(faults: Bench, document: Document) -> str:
    return _reader(faults).get(reverse("document", args=[document.pk])).content.decode()


def test_f59_without_any_notice_polling_finds_every_change(faults: Bench):
    number = faults.order(lastUpdate=datetime.now(UTC).isoformat(timespec="milliseconds"))

    faults.run(ORDERS)

    assert faults.document(ORDERS, number).state == "written"
