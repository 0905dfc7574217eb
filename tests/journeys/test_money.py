"""The golden numbers of domain rules 2.18 from the source to the ledger, API, CSV and pages."""

from __future__ import annotations

import copy
import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from sync.models import Document, FlowName
from tests import database, factories, small
from tests.world import World, control

DIALECTS = {"api": small.COMPANY, "pages": small.COMPANY_NAME}
DAY = "2026-03-03"
POLICY = {
    **small.POLICY,
    "tax": {"tax1": "line", "tax2": "line"},
    "accounts": {"tax": "8210", "freight": "8210", "discount": None, "rounding": None},
    "match": {"mode": "two_way", "price_percent": "100", "total_amount": "0.02"},
}
# Number -> currency, lines of (quantity, price), tax, and the amounts that the ledger must show.
GOLDEN: dict[int, tuple[str, Sequence[tuple[str, str]], str, Sequence[str]]] = {
    1: ("GBP", [("1", "99.99")] * 3, "74.99", ["99.99", "99.99", "99.99", "74.99"]),
    2: ("GBP", [("1", "99.99")] * 3, "75.00", ["99.99", "99.99", "99.99", "75.00"]),
    3: ("GBP", [("0.45", "2.54"), ("0.28", "6.87")], "0", ["1.14", "1.92"]),
    4: ("HUF", [("3", "33.40")], "27", ["100", "27"]),
    5: ("KWD", [("1", "1.2345")], "0", ["1.235"]),
    6: ("EUR", [("1", "19.56")], "0", ["19.56"]),
}
REFUSED = {7: ("JPY", "100.5"), 8: ("KWD", "1.2345")}
STEPS = {"HUF": 1, "KWD": Decimal("0.001"), "JPY": 1, "EUR": Decimal("0.01")}
# What so many are worth in pounds; forints are dear, so that no limit hides a wrong one.
WORTH = {"HUF": (1, 2), "KWD": (100, 250), "JPY": (1000, 5)}


@pytest.fixture(scope="module", params=DIALECTS)
def customer(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[World]:
    """A customer whose golden documents have all travelled."""
    with django_db_blocker.unblock():
        with small.small_world(
            tmp_path_factory.mktemp("money"),
            [small.supplier(number) for number in range(small.SUPPLIERS)],
            policy=POLICY,
            company=DIALECTS[request.param],
            nav_settings={"dialect": request.param},
        ) as made:
            _set_up_currencies(made)
            _type(made, "journals", values={"code": "JAGGAER"}, op="insert")  # pages cannot
            made.run(FlowName.REFERENCE, FlowName.SUPPLIERS)
            control(made.jaggaer, "records", list(_records()))
            made.run(FlowName.PURCHASE_ORDERS, FlowName.INVOICES)
            yield made
        database.empty_all()


def _set_up_currencies(customer: World) -> None:
    for code, step in STEPS.items():
        values = {"code": code, "displayName": code, "amountRoundingPrecision": step}
        known = code == "EUR"
        wish = {"op": "patch", "key": {"code": code}} if known else {"op": "insert"}
        _type(customer, "currencies", values=values, **wish)
    for code, (amount, local) in WORTH.items():
        rate = {"currencyCode": code, "startingDate": "2020-01-01"}
        rate |= {"exchangeRateAmount": amount, "relationalExchangeRateAmount": local}
        _type(customer, "currencyExchangeRates", values=rate, op="insert")


def _type(customer: World, entity_set: str, **wish: Any) -> None:
    control(customer.nav, "records", {"set": entity_set, "company": small.COMPANY, **wish})


def _records() -> Iterator[dict[str, Any]]:
    for number, (currency, lines, tax, _) in GOLDEN.items():
        net = sum(_product(currency, *line) for line in lines)
        yield from _pair(number, currency, lines, net + Decimal(tax), taxCharge1=Decimal(tax))
    for number, (currency, total) in REFUSED.items():
        yield from _pair(number, currency, [("1", total)], Decimal(total))


def _product(currency: str, quantity: str, price: str) -> Decimal:
    step = Decimal(STEPS.get(currency, Decimal("0.01")))
    return (Decimal(quantity) * Decimal(price)).quantize(step, "ROUND_HALF_UP")


def _pair(
    number: int, currency: str, lines: Sequence[tuple[str, str]], total: Decimal, **head: Any
) -> Iterator[dict[str, Any]]:
    for make, name in ((small.order, "poLine"), (small.invoice, "invoiceLine")):
        record = make(number, total={"currency": currency, "value": total})
        whole = record["body"]["lineList"]
        whole[name] = list(_lines(whole[name][0], lines))
        record["body"]["header"] |= head if name == "invoiceLine" else {}
        del record["body"]["header"]["lastUpdate"]
        yield record


def _lines(first: dict[str, Any], lines: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for at, (quantity, price) in enumerate(lines, 1):
        line = copy.deepcopy(first) | {"lineId": first["lineId"] * 10 + at, "lineNumber": at}
        line |= {"quantity": Decimal(quantity), "unitPrice": Decimal(price)}
        line["item"]["description"] += f" part {at}"
        if "poLineNumber" in line:
            line["poLineNumber"] = str(at)
        yield line


def found(customer: World, number: int) -> Document:
    return customer.document(flow_name=FlowName.INVOICES, source_id=str(900_000 + number))


def drafts(customer: World) -> dict[str, dict[str, Any]]:
    return {row["vendorInvoiceNumber"]: row for row in customer.ledger()["purchaseInvoices"]}


def api(customer: World, path: str, **headers: str) -> Any:
    key = factories.api_key(customer.tenant, "viewer")[1]
    answer = Client().get(f"/api/v1/{path}", headers={"Authorization": f"Bearer {key}", **headers})
    assert answer.status_code == 200, answer.content
    return answer


@pytest.mark.parametrize("number", GOLDEN)
def test_the_ledger_shows_each_golden_amount(customer: World, number: int):
    currency, _, _, amounts = GOLDEN[number]

    document = found(customer, number)
    row = drafts(customer)[small.invoice_number(number)]

    assert (document.state, document.reasons) == ("written", [])
    lines = [line for line in row["lines"] if line["lineType"] != "Comment"]
    shown = [Decimal(str(line["amountExcludingTax"])) for line in lines]
    assert shown == [Decimal(amount) for amount in amounts]
    assert row["currencyCode"] == currency


@pytest.mark.parametrize("number", GOLDEN)
def test_our_api_says_each_golden_amount_as_text(customer: World, number: int):
    currency, _, _, amounts = GOLDEN[number]
    total = sum(Decimal(amount) for amount in amounts)

    shown = api(customer, f"documents/{found(customer, number).pk}").json()

    assert isinstance(shown["amount"], str)
    assert (Decimal(shown["amount"]), shown["currency"]) == (total, currency)
    assert all(isinstance(line["amount"], str) for line in shown["lines"])


def test_csv_and_pages_say_the_same_amounts(customer: World):
    totals: dict[str, Decimal] = {}
    for currency, _, _, amounts in GOLDEN.values():
        totals[currency] = totals.get(currency, Decimal(0)) + sum(map(Decimal, amounts))
    with customer.scope():
        viewer = Client()
        viewer.force_login(factories.member(customer.tenant, "viewer").user)

    path = f"integrations/{customer.integration.pk}/reconciliation?from={DAY}&to={DAY}"
    text = api(customer, path, Accept="text/csv").content.decode()
    page = viewer.get(reverse("document", args=[found(customer, 5).pk])).content.decode()

    rows = list(csv.DictReader(io.StringIO(text)))
    written = {
        row["currency"]: Decimal(row["written_amount"])
        for row in rows
        if row["resource"] == "invoice"
    }
    assert {code: written[code] for code in totals} == totals
    assert "1.235" in page


@pytest.mark.parametrize("number", REFUSED)
def test_what_the_ledger_would_book_as_another_amount_is_refused(customer: World, number: int):
    currency, total = REFUSED[number]

    document = found(customer, number)

    assert (document.state, [row["code"] for row in document.reasons]) == ("parked", ["unreadable"])
    assert f"{total} {currency}" in document.reasons[0]["message"]
    assert small.invoice_number(number) not in drafts(customer)


@pytest.mark.parametrize("number", [4, 5, 6])
def test_a_journal_is_in_local_currency_and_keeps_the_rate_that_it_used(customer, number):
    currency = GOLDEN[number][0]
    total = sum(Decimal(amount) for amount in GOLDEN[number][3])
    document = found(customer, number)
    shown = api(customer, f"documents/{document.pk}").json()

    rate = shown["match"]["exchange_rate"]
    lines = [
        Decimal(str(line["amount"]))
        for batch in customer.ledger()["journals"]
        for line in batch["lines"]
        if line["externalDocumentNumber"] == small.invoice_number(number)
    ]

    assert (rate["source"], rate["currency"], rate["local_currency"]) == ("ledger", currency, "GBP")
    worth = total * Decimal(rate["local_amount"]) / Decimal(rate["amount"])
    assert sum(lines) == 0
    assert -lines[-1] == worth.quantize(Decimal("0.01"), "ROUND_HALF_UP")
    assert any(rate["starting_on"] in note["message"] for note in shown["notes"])
