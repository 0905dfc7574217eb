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
from sync.domain.references import order_reference_keys
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
    "F41 without a zone": "2026-03-29T02:30:00.000",
    "F41 in the gap of summer time": "2026-03-29T02:30:00.000+01:00",
    "F41 year 9999": "9999-12-31T23:59:59.999Z",
    "F41 blank date": "0001-01-01T00:00:00.000Z",
}


@pytest.mark.parametrize("stamp", STAMPS.values(), ids=STAMPS)
def test_strange_instants_have_one_defined_meaning(stamp: str):
    first, again = (understood(small.order(1, lastUpdate=stamp)) for _ in range(2))

    assert first.modified_at == again.modified_at
    assert first.modified_at is None or first.modified_at.utcoffset() is not None


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


def test_f50_numbers_that_differ_in_spelling_alone_have_one_key():
    keys = {order_reference_keys(text).strict for text in ("po000123", " PO000123 ", "PO000123")}

    assert len(keys) == 1


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
    assert "parent" in str([document.reasons for document in states])


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
