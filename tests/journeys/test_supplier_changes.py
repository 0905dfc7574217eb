"""Suppliers edited on either side after both know them: what the vendor card says at the end."""

from __future__ import annotations

import pytest

from sync.models import FlowName
from tests.journeys.small import put, small_world, supplier, type_in
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

SUPPLIERS = FlowName.SUPPLIERS


@pytest.fixture
def customer(tmp_path):
    """A customer whose supplier is bound to vendor 20000; both sides were read."""
    with small_world(tmp_path) as customer:
        customer.run(SUPPLIERS)
        customer.run(FlowName.REFERENCE)
        assert document(customer).state == "written"
        yield customer


def document(customer: World):
    return customer.document(flow_name=SUPPLIERS)


def send(customer: World, **values) -> None:
    put(customer, "suppliers", supplier(**values))
    customer.run(SUPPLIERS)


def card(customer: World) -> dict:
    [found] = [row for row in customer.ledger()["vendors"] if row["number"] == "20000"]
    return found


def edit(customer: World, **values) -> None:
    """A person edits the vendor card, and the reference data is read again."""
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values=values)
    customer.run(FlowName.REFERENCE)


def writes(customer: World) -> list[str]:
    seen = customer.requests(customer.nav, "vendors")
    return [entry.method for entry in seen if entry.method not in ("GET",)]


def test_a_name_changed_twice_at_the_source_is_written_twice(customer):
    for name in ("First Up Ltd", "First Up Group"):
        send(customer, name=name)
        assert (card(customer)["displayName"], document(customer).state) == (name, "written")


def test_our_own_write_read_back_writes_nothing(customer):
    send(customer, name="First Up Ltd")
    before = writes(customer)

    customer.run(FlowName.REFERENCE)
    send(customer, name="First Up Ltd", jaSupplierId="77")

    assert writes(customer) == before


def test_a_card_edited_by_hand_meanwhile_gets_our_field_and_keeps_theirs(customer):
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values={"city": "Leeds"})

    send(customer, name="First Up Ltd")
    customer.settle()

    found = card(customer)
    assert (found["displayName"], found["city"]) == ("First Up Ltd", "Leeds")
    assert document(customer).state == "written"


def test_an_inactive_supplier_blocks_its_vendor_and_an_active_one_lifts_that(customer):
    send(customer, active="No")
    assert card(customer)["blocked"] == "All"

    customer.run(FlowName.REFERENCE)
    send(customer, active="Yes")
    assert card(customer)["blocked"] != "All"


def test_a_block_set_by_hand_in_the_ledger_is_left_alone(customer):
    edit(customer, blocked="All")

    send(customer, name="First Up Ltd")

    assert card(customer)["blocked"] == "All"
    assert card(customer)["displayName"] == "First Up Ltd"


def test_a_vendor_renumbered_in_the_ledger_is_followed_by_its_id(customer):
    type_in(customer, "vendors", "patch", key={"number": "20000"}, values={"number": "20001"})
    customer.run(FlowName.REFERENCE)

    send(customer, name="First Up Ltd")

    [found] = [row for row in customer.ledger()["vendors"] if row["number"] == "20001"]
    assert found["displayName"] == "First Up Ltd"
    assert document(customer).state == "written"
