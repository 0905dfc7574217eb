"""Other forms of both systems, each through to an invoice: JAGGAER's older base, company profiles,
a customer's own profile (JAGGAER contract 3.2, 4, 7.4, 11), page services named by hand."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from connectors.jaggaer.sandbox import OLD_BASE, OLD_PATH, sample
from connectors.jaggaer.settings import default_profile
from connectors.nav.sandbox.switches import DEFAULT_PAGE_SERVICES
from sync.models import FlowName
from tests.journeys.small import invoice, invoice_line, line, order, put, small_world
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

POSTING = {"invoice": {"post": True}, "match": {"mode": "two_way"}}
FLOWS = (FlowName.SUPPLIERS, FlowName.PURCHASE_ORDERS, FlowName.INVOICES)


def own_profile(name: str) -> dict[str, Any]:
    raw = copy.deepcopy(dict(default_profile()))
    return raw | {"profileName": name}


def send_all(customer: World) -> None:
    """Let an order and its invoice travel."""
    put(customer, "purchaseorders", order(0, line(1, 10)))
    taxed = {"taxCharge1": 25, "total": {"currency": "GBP", "value": 125}}
    put(customer, "invoices", invoice(1, invoice_line("0000000001", 10), **taxed))
    customer.run(*FLOWS)


def assert_written(customer: World) -> None:
    seen = {each.flow_name: (each.state, each.reasons) for each in customer.documents()}
    assert seen == dict.fromkeys(FLOWS, ("written", []))


def assert_posted(customer: World) -> None:
    assert_written(customer)
    [posted] = [
        row
        for row in customer.ledger()["purchaseInvoices"]
        if row["vendorInvoiceNumber"] == "RE-2024-0001"
    ]
    assert (posted["status"], posted["vendorNumber"]) == ("Open", "20000")


def test_the_older_base_and_token_lead_to_a_posted_invoice(tmp_path):
    with small_world(
        tmp_path,
        **POSTING,
        source={"base_url": OLD_BASE, "token_url": OLD_PATH},
        switches={"serves_old_base": True},
    ) as customer:
        customer.run(FlowName.SUPPLIERS)
        customer.jaggaer.app.tokens.revoke()  # its 401 has no usable head: asked anew, once
        send_all(customer)

        assert_posted(customer)
        paths = {entry.path for entry in customer.jaggaer.log.entries()}
        assert all(path.startswith((OLD_BASE, "/__ctl/")) for path in paths)


def test_company_profiles_are_the_suppliers_of_posted_invoices(tmp_path):
    profile = own_profile("profiles")
    profile["resources"]["suppliers"]["enabled"] = False
    profile["resources"]["suppliersJa"]["enabled"] = True
    with small_world(tmp_path, source={"profile": profile}, **POSTING) as customer:
        body = sample("companyprofiles", 1)
        body["returnCompanyInfo"] |= {"extCode": "20000", "companyName": "First Up Consultants"}
        put(customer, "companyprofiles", body)

        send_all(customer)

        assert_posted(customer)
        assert customer.document(flow_name=FlowName.SUPPLIERS).source_id == "9142"


def test_a_company_profile_without_a_vendor_becomes_one(tmp_path):
    profile = own_profile("profiles")
    profile["resources"]["suppliers"]["enabled"] = False
    profile["resources"]["suppliersJa"]["enabled"] = True
    with small_world(tmp_path, source={"profile": profile}) as customer:
        body = sample("companyprofiles", 1)
        del body["returnCompanyInfo"]["extCode"]
        body["returnCompanyInfo"] |= {"companyName": "Newcomer Ltd", "isoCountry": "GB"}
        put(customer, "companyprofiles", body)

        customer.run(FlowName.SUPPLIERS)

        assert customer.document().state == "written"
        names = [row["displayName"] for row in customer.ledger()["vendors"]]
        assert names.count("Newcomer Ltd") == 1


def test_a_customers_own_profile_leads_to_a_posted_invoice(tmp_path):
    text = json.dumps(own_profile("kestrel"))
    for theirs, ours in (("supplierInvoiceNumber", "extNumber"), ("unitPrice", "price")):
        text = text.replace(theirs, ours)
    text = text.replace("/ji/v1/invoices", "/x/v2/bills").replace(
        "jiinvoiceList.jiinvoice", "bills"
    )
    # names of our documents stay; only the paths are the customer's
    profile = json.loads(
        text.replace('"extNumber":', '"supplierInvoiceNumber":').replace('"price":', '"unitPrice":')
    )
    with small_world(
        tmp_path,
        **POSTING,
        source={"profile": profile},
        switches={
            "paths": {"invoices": "/x/v2/bills"},
            "wrappers": {"invoices": "bills"},
            "renames": {"supplierInvoiceNumber": "extNumber", "unitPrice": "price"},
        },
    ) as customer:
        send_all(customer)

        assert_posted(customer)


def test_a_page_service_of_an_unusual_name_set_by_hand_leads_to_an_invoice(tmp_path):
    named = {"vendor": "Kreditor_KA", "purchase_invoice": "ERechnung2016"}
    with small_world(
        tmp_path, dialect="pages", nav={"page_services": named}, match={"mode": "two_way"}
    ) as customer:
        services = {"Vendor": "Kreditor_KA", "PurchaseInvoice": "ERechnung2016"}
        customer.nav.app.change_switches(
            {
                "page_services": {
                    services.get(name, name): page for name, page in DEFAULT_PAGE_SERVICES.items()
                }
            }
        )
        send_all(customer)

        assert_written(customer)
        paths = [entry.path for entry in customer.requests(customer.nav) if entry.method == "POST"]
        assert any(path.endswith("/ERechnung2016") for path in paths)
