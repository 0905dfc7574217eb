"""The limit on totals is in the ledger's currency (domain rule 2.10): where figures of the ledger
are compared it is converted as well. 100 EUR are 85 GBP: 1 GBP is worth 1.17 EUR."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from sync.models import Document, FlowName
from tests import small
from tests.sync.engine.desk import INVOICES, ORDERS, Desk
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)

POLICY = {
    **small.POLICY,
    "journal": {"enabled": False},
    "match": {"total_amount": "1", "charge_percent": None},
}
DIALECTS = {"api": small.COMPANY, "pages": small.COMPANY_NAME}
ALIKE = {
    "within the converted limit": ("98.90", "parked", ["duplicate_suspected"]),
    "on it": ("98.83", "parked", ["duplicate_suspected"]),
    "beyond it": ("98.82", "written", []),
}
TAXES = {"within": ("26.10", False), "on it": ("26.17", False), "beyond": ("26.18", True)}


def arrives(customer: World, number: int, total: Any, **head: Any) -> Document:
    """An order in euros and its invoice; returns the invoice once decided."""
    for flow, make in ((ORDERS, small.order), (INVOICES, small.invoice)):
        more = head if flow == INVOICES else {}
        worth = total if flow == INVOICES else 100
        record = make(number, total={"currency": "EUR", "value": worth}, **more)
        del record["body"]["header"]["lastUpdate"]
        control(customer.jaggaer, "records", [record])
        customer.run(flow)
    return customer.document(flow_name=INVOICES, source_id=str(900_000 + number))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_people_entered_is_compared_by_the_limit_in_its_currency(tmp_path, dialect, subtests):
    settings = {"company": DIALECTS[dialect], "nav_settings": {"dialect": dialect}}
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    with small.small_world(tmp_path, lines, policy=POLICY, **settings) as customer:
        customer.run(FlowName.SUPPLIERS)
        for number, (name, (cost, state, codes)) in enumerate(ALIKE.items(), 1):
            with subtests.test(name):
                typed(customer, number, cost)

                found = arrives(customer, number, 100)

                assert (found.state, [row["code"] for row in found.reasons]) == (state, codes)


def typed(customer: World, number: int, cost: str) -> None:
    """A person enters an invoice in euros, with blanks in its number."""
    line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1}
    line |= {"unitCost": Decimal(cost)}
    values = {
        "vendorNumber": small.vendor_number(number),
        "vendorInvoiceNumber": small.invoice_number(number).replace("-", " "),
        "invoiceDate": "2026-03-03",
        "postingDate": "2026-03-03",
        "currencyCode": "EUR",
    }
    Desk(customer).type_in("purchaseInvoices", values=values, lines=[line])


def test_a_total_that_the_ledger_computes_otherwise_is_noted_beyond_the_converted_limit(
    tmp_path, subtests
):
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    with small.small_world(tmp_path, lines, policy=POLICY) as customer:
        customer.run(FlowName.SUPPLIERS)
        for number, (name, (tax, is_noted)) in enumerate(TAXES.items(), 1):
            with subtests.test(name):
                total = 100 + Decimal(tax)

                found = arrives(customer, number, total, taxCharge1=Decimal(tax))

                assert found.state == "written", found.reasons
                codes = {note["code"] for note in found.notes}
                assert ("tax_differs" in codes) is is_noted
