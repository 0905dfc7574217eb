"""Reading a running NAV: companies, setup, reference data, pages, tokens, tenants."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.documents import ReferenceKind
from connectors.errors import (
    ConfigurationError,
    NotFound,
    TemporaryError,
    UnexpectedAnswer,
)
from connectors.nav.connector import NavConnector
from tests.connectors.nav.builders import COMPANY, invoice, line, order


def read(ledger: NavConnector, kind: ReferenceKind) -> dict[str, Any]:
    return {i.code: i for page in ledger.reference(COMPANY, kind) for i in page}


def test_companies_are_told_by_id_and_name(ledger):
    [company] = ledger.companies()

    assert (company.id, company.name) == (COMPANY, "CRONUS International Ltd.")


def test_setup_tells_currency_dimensions_range_and_lengths(ledger, nav):
    connection_setup = ledger.setup(COMPANY)

    assert connection_setup.local_currency == "GBP"
    assert connection_setup.global_dimensions == ("DEPARTMENT", "CUSTOMERGROUP")
    assert connection_setup.field_lengths["purchase_invoice.external_number"] == 35
    assert connection_setup.field_lengths["journal.document_number"] == 20


@pytest.mark.parametrize("kind", list(ReferenceKind))
def test_every_kind_of_reference_data_is_read(ledger, kind):
    items = read(ledger, kind)

    assert items
    assert all(item.remote_id and item.kind is kind for item in items.values())


def test_default_dimensions_come_with_their_cards_in_one_call(ledger, nav):
    rule = {"code": "DEPARTMENT", "postingValidation": "Code Mandatory"}
    vendor = nav.type_in("vendors", "default_dimension", key={"number": "10000"}, values=rule)
    nav.forget_calls()

    found = read(ledger, ReferenceKind.DEFAULT_DIMENSIONS)

    assert nav.calls() == ["GET companies(id)/vendors"]
    item = found[f"{vendor['id']}/DEPARTMENT"]
    assert (item.remote_id, item.attributes["demand"]) == (vendor["id"], "mandatory")


@pytest.mark.parametrize(
    ("kind", "asked", "status"),
    [
        (ReferenceKind.DEFAULT_DIMENSIONS, "vendors", 400),
        (ReferenceKind.DEFAULT_DIMENSIONS, "vendors", 501),
        (ReferenceKind.EXCHANGE_RATES, "currencyExchangeRates", 404),
        (ReferenceKind.TAX_CODES, "taxGroups", 404),
        (ReferenceKind.UNITS_OF_MEASURE, "unitsOfMeasure", 404),
    ],
)
def test_what_booking_can_do_without_is_done_without_where_it_is_refused(
    ledger, nav, kind, asked, status
):
    body = {"error": {"code": "BadRequest", "message": "No."}}
    nav.fault(path=asked, kind="status", status=status, body=body)

    assert read(ledger, kind) == {}


def test_accounting_periods_that_are_listed_and_not_served_are_done_without(nav):
    body = {"error": {"code": "BadRequest_ResourceNotFound", "message": "No."}}
    nav.fault(path="accountingPeriods", kind="status", status=404, body=body)
    connector = nav.connect()

    assert connector.setup(COMPANY).local_currency == "GBP"
    connector.close()


def test_accounts_that_are_refused_end_the_reading(ledger, nav):
    body = {"error": {"code": "BadRequest_ResourceNotFound", "message": "No."}}
    nav.fault(path="accounts", kind="status", status=404, body=body)

    with pytest.raises(NotFound):
        read(ledger, ReferenceKind.LEDGER_ACCOUNTS)


def test_reference_items_say_what_documents_need(ledger):
    assert read(ledger, ReferenceKind.DIMENSION_VALUES)["DEPARTMENT/ADM"].usable
    assert read(ledger, ReferenceKind.SUPPLIERS)["20000"].attributes["payment_terms"] == "CM"
    accounts = read(ledger, ReferenceKind.LEDGER_ACCOUNTS)
    assert (accounts["8210"].usable, accounts["1000"].usable) == (True, False)


def test_long_lists_are_followed_page_by_page(ledger, nav):
    nav.switch(page_size=4)
    nav.forget_calls()

    items = read(ledger, ReferenceKind.LEDGER_ACCOUNTS)

    assert len(items) == 17
    assert len(nav.calls()) == 5


def test_vendors_edited_while_they_are_read_are_all_there_for_no_page_more(ledger, nav):
    numbers = [f"E{number:05}" for number in range(200)]
    for number in numbers:
        nav.type_in("vendors", "insert", values={"number": number, "displayName": "Before"})
    nav.switch(page_size=20)
    before = len(read(ledger, ReferenceKind.SUPPLIERS))
    nav.forget_calls()

    seen: dict[str, str] = {}
    for at, page in enumerate(ledger.reference(COMPANY, ReferenceKind.SUPPLIERS)):
        seen |= {item.code: item.name for item in page}
        for number in numbers[at * 15 : at * 15 + 5]:
            edited = {"displayName": "After", "phoneNumber": "1"}
            nav.type_in("vendors", "patch", key={"number": number}, values=edited)

    assert len(seen) == before
    assert seen.keys() >= set(numbers)
    assert sum("vendors" in call for call in nav.calls()) == -(-before // 20)


def test_a_page_link_to_elsewhere_is_not_followed(ledger, nav):
    elsewhere = {"value": [], "@odata.nextLink": "http://127.0.0.2:9/api/v2.0/accounts"}
    nav.fault(path="accounts", kind="status", status=200, body=elsewhere, times=0)

    with pytest.raises(ConfigurationError) as caught:
        read(ledger, ReferenceKind.LEDGER_ACCOUNTS)

    assert caught.value.code == "redirect_refused"


@pytest.mark.parametrize("value", [[], [{"id": "x"}]])
def test_pages_in_circles_end_with_an_error(ledger, nav, value):
    link = f"{nav.url}api/v2.0/companies({COMPANY})/accounts?aid=FIN"
    circle = {"value": value, "@odata.nextLink": link}
    nav.fault(path="accounts", kind="status", status=200, body=circle, times=0)

    with pytest.raises(UnexpectedAnswer):
        read(ledger, ReferenceKind.LEDGER_ACCOUNTS)


def test_an_expired_page_link_is_temporary(ledger, nav):
    nav.switch(page_size=4, skiptoken_lifetime=0.0)

    with pytest.raises(TemporaryError) as caught:
        read(ledger, ReferenceKind.LEDGER_ACCOUNTS)

    assert caught.value.code == "page_expired"


def test_a_list_whose_page_link_expired_once_is_read_again_from_its_beginning(ledger, nav):
    path = f"companies({COMPANY})/accounts"
    whole = ledger.dialect._client.rows(path)
    expired = {"error": {"code": "SkipTokenIsNoLongerValid", "message": "Start over."}}
    nav.switch(page_size=4)
    nav.fault(query="skiptoken", kind="status", status=400, body=expired)

    again = ledger.dialect._client.rows(path)

    assert len(whole) > 8
    assert [row["number"] for row in again] == [row["number"] for row in whole]


def test_a_set_that_is_not_published_yields_nothing(nav):
    nav.switch(hidden=["taxGroups", "currencyExchangeRates"])
    ledger = nav.connect()

    assert read(ledger, ReferenceKind.TAX_CODES) == {}
    assert read(ledger, ReferenceKind.EXCHANGE_RATES) == {}


def test_a_token_that_was_revoked_is_renewed_once(ledger, nav):
    nav.server.app.gate.revoke()

    assert ledger.companies()
    assert len(nav.calls()) == 2


def test_a_multitenant_server_hears_its_tenant_in_every_request(nav):
    nav.switch(required_tenant="default", page_size=4)
    ledger = nav.connect(tenant="default")
    ledger.setup(COMPANY)

    steps = [(ledger.plan(COMPANY, invoice(external_number=n))[0], {}) for n in ("A", "B")]
    results = ledger.send_many(COMPANY, steps)

    assert all(getattr(each, "remote_id", None) for each in results)
    assert ledger.send(COMPANY, *steps[0]).remote_id
    assert len(read(ledger, ReferenceKind.LEDGER_ACCOUNTS)) == 17


def test_auto_takes_the_api_where_it_is_published(nav):
    ledger = nav.connect(dialect="auto")

    assert ledger.capabilities()["dialect"] == "api"
    assert ledger.capabilities()["posting"] is True
    assert nav.calls() == ["GET $metadata"]


def test_planning_and_remembering_ask_nobody(nav):
    connected = nav.connect()
    setup = connected.setup(COMPANY)
    nav.forget_calls()
    fresh = nav.connect()
    fresh.remember(COMPANY, setup)

    [step] = fresh.plan(COMPANY, invoice())
    [request] = fresh.requests(COMPANY, step)

    assert nav.calls() == []
    assert (request.method, request.path) == (
        "POST",
        f"api/v2.0/companies({COMPANY})/purchaseInvoices",
    )
    assert request.body["purchaseInvoiceLines"][1]["unitCost"] == Decimal("100.00")


def test_what_is_previewed_is_what_is_sent(ledger, rows):
    [step] = ledger.plan(COMPANY, invoice())
    [request] = ledger.requests(COMPANY, step)

    ledger.send(COMPANY, step, {})

    [stored] = rows("purchaseInvoices")
    assert {k: stored[k] for k in ("vendorNumber", "vendorInvoiceNumber", "invoiceDate")} == {
        k: request.body[k] for k in ("vendorNumber", "vendorInvoiceNumber", "invoiceDate")
    }


def test_received_quantities_are_told_line_by_line_and_gone_orders_left_out(ledger, nav):
    lines = (line(quantity=Decimal(10)), line(quantity=Decimal(4)))
    [step] = ledger.plan(COMPANY, order(lines=lines))
    order_id = ledger.send(COMPANY, step, {}).remote_id
    nav.type_in("purchaseOrders", "receive", id=order_id, quantities={"20000": "3"})
    nav.forget_calls()

    found = ledger.received(COMPANY, [order_id, "11111111-1111-1111-1111-111111111111"])

    assert list(found) == [order_id]
    assert [(each.place, each.ordered, each.received) for each in found[order_id]][1:] == [
        (1, 10, 3),
        (2, 4, 0),
    ]
    assert len(nav.calls()) == 1
