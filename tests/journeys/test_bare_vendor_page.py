"""A vendor page that shows hardly more than number and name (NAV contract 1.4): suppliers are bound
and created with what it shows, and what it does not show is no difference without end."""

from __future__ import annotations

import pytest

from connectors.nav.sandbox.pages.definitions import PAGES
from connectors.services import connection_ping
from sync.models import FlowName
from tests.journeys.small import put, small_world, supplier
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SHOWN = {"No", "Name", "Pay_to_Vendor_No", "Payment_Terms_Code", "Vendor_Posting_Group"}
HIDDEN = [
    f"Vendor.{name}"
    for name in (line.split()[0] for line in PAGES[26].controls.strip().splitlines())
    if name not in SHOWN
]


ADDRESS = {
    "type": "physical",
    "active": "true",
    "addressLine1": "1 Mill Road",
    "city": "Dallas",
    "postalCode": "75235",
    "isoCountryCode": "USA",
}


def living_at(city: str, **values: str) -> dict[str, object]:
    return supplier(addressList={"address": [{**ADDRESS, "city": city}]}, **values)


def test_suppliers_meet_a_bare_vendor_page(tmp_path):
    with small_world(tmp_path, dialect="pages") as customer:
        customer.nav.app.change_switches({"hidden_controls": HIDDEN})
        connection_ping(customer.tenant.pk, customer.integration.ledger_id)  # sees what is left
        newcomer = {"sqIntegrationNumber": "u1", "erpNumber": "000333", "name": "Newcomer Ltd"}
        put(customer, "suppliers", living_at("Dallas"))
        put(customer, "suppliers", living_at("Dallas", jaSupplierId="", **newcomer))

        customer.run(FlowName.REFERENCE, FlowName.SUPPLIERS)

        assert states(customer) == {"u1": ("written", []), "u1511507": ("written", [])}
        [made] = [row for row in customer.ledger()["vendors"] if row["number"] == "000333"]
        assert (made["displayName"], made["city"]) == ("Newcomer Ltd", "")

        before = len(customer.requests(customer.nav))
        put(customer, "suppliers", living_at("Austin", jaSupplierId="", **newcomer))
        customer.run(FlowName.SUPPLIERS)

        assert {entry.method for entry in customer.requests(customer.nav)[before:]} == {"GET"}
        assert states(customer)["u1"] == ("written", [])


def states(customer: World) -> dict[str, tuple[str, list[str]]]:
    return {
        each.source_id: (each.state, [one["code"] for one in each.reasons])
        for each in customer.documents()
    }
