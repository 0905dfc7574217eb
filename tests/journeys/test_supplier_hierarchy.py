"""A supplier's parent on the supplier's documents: only where the policy wants it, and how."""

from __future__ import annotations

import pytest

from sync.models import FlowName, Integration
from tests.journeys.small import line, order, put, small_world, supplier, type_in
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

PARENT = "30000"


@pytest.fixture
def dialect():
    return "api"


@pytest.fixture
def customer(tmp_path, dialect):
    """A customer whose supplier 20000 has the parent 30000; both are in the ledger."""
    with small_world(tmp_path, dialect=dialect) as customer:
        head = supplier(sqIntegrationNumber="u3", erpNumber=PARENT, name="Graphic Design Institute")
        put(customer, "suppliers", head)
        put(customer, "suppliers", child())
        customer.run(FlowName.SUPPLIERS)
        yield customer


def child(**values) -> dict:
    return supplier(parentSupplier={"sqIntegrationNumber": "u3", "erpNumber": PARENT}, **values)


def card(customer: World) -> dict:
    [found] = [row for row in customer.ledger()["vendors"] if row["number"] == "20000"]
    return found


def choose(customer: World, **policy) -> None:
    with customer.scope():
        Integration.objects.filter(pk=customer.integration.pk).update(policy={"supplier": policy})


def ordered(customer: World):
    put(customer, "purchaseorders", order(0, line(1, 10)))
    customer.run(FlowName.PURCHASE_ORDERS)
    return customer.document(flow_name=FlowName.PURCHASE_ORDERS)


def in_ledger(customer: World) -> dict:
    [found] = customer.ledger()["purchaseOrders"]
    return found


def dimensions(customer: World) -> dict[str, str]:
    coded = [each for each in in_ledger(customer)["lines"] if each["lineObjectNumber"]]
    return {name: value for each in coded for name, value in each["dimensions"].items()}


def test_a_parent_is_for_reports_alone_unless_the_policy_says_more(customer):
    ordered(customer)

    assert in_ledger(customer)["payToVendorNumber"] == "20000"
    assert PARENT not in dimensions(customer).values()


def test_pay_to_makes_the_parent_the_vendor_to_be_paid_on_documents(customer):
    choose(customer, parent="pay_to")

    ordered(customer)

    assert in_ledger(customer)["vendorNumber"] == "20000"
    assert in_ledger(customer)["payToVendorNumber"] == PARENT


@pytest.mark.parametrize("dialect", ["pages"])
def test_pay_to_stands_on_the_card_where_pages_are_published_and_only_by_policy(customer):
    assert card(customer).get("payToVendorNumber", "") == ""

    choose(customer, parent="pay_to")
    put(customer, "suppliers", child(name="First Up Ltd"))
    customer.run(FlowName.SUPPLIERS)
    assert card(customer)["payToVendorNumber"] == PARENT

    found = ordered(customer)
    assert (found.state, found.reasons) == ("written", [])
    assert in_ledger(customer)["payToVendorNumber"] == PARENT

    by_hand = {"payToVendorNumber": "40000"}
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values=by_hand)
    put(customer, "suppliers", child(name="First Up Group"))
    customer.run(FlowName.SUPPLIERS)
    assert card(customer)["payToVendorNumber"] == "40000"  # a person's choice stays
    put(customer, "purchaseorders", order(0, line(1, 10), number=2))
    customer.run(FlowName.PURCHASE_ORDERS)
    parked = customer.document(flow_name=FlowName.PURCHASE_ORDERS, reference="0000000002")
    assert parked.state == "parked"
    assert "does not show Pay_to_Vendor_No" in parked.reasons[0]["message"]


def test_a_hierarchy_dimension_carries_the_parent_on_every_line(customer):
    values = [{"code": PARENT, "displayName": "Graphic Design Institute"}]
    type_in(customer, "dimensions", "insert", values={"code": "FAMILY", "values": values})
    choose(customer, hierarchy_dimension="FAMILY")
    customer.run(FlowName.REFERENCE)

    ordered(customer)

    assert dimensions(customer) == {"DEPARTMENT": "ADM", "FAMILY": PARENT}


def test_a_parent_without_its_dimension_value_parks_the_document_and_says_so(customer):
    choose(customer, hierarchy_dimension="DEPARTMENT")
    put(customer, "purchaseorders", order(0, uncoded()))
    customer.run(FlowName.PURCHASE_ORDERS)

    found = customer.document(flow_name=FlowName.PURCHASE_ORDERS)

    assert (found.state, found.reasons[0]["code"]) == ("parked", "mapping_invalid")
    assert f"DEPARTMENT/{PARENT}" in found.reasons[0]["message"]


def uncoded() -> dict:
    """A line that names an account and no cost center."""
    body = line(1, 10)
    [group] = body["splittableFieldSetGroupList"]["splittableFieldSetGroup"]
    [part] = group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]["splittableFieldIndex"]
    part["customFieldValueList"]["customFieldValue"] = [
        value
        for value in part["customFieldValueList"]["customFieldValue"]
        if value["internalName"] == "Account"
    ]
    return body
