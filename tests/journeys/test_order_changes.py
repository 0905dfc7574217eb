"""Orders that change at the source after they were written: what the ledger holds at the end."""

from __future__ import annotations

import json

import pytest
from django.test import Client
from django.urls import reverse

from sync.engine.release import release_documents
from sync.models import FlowName, Integration, ReviewItem, Write
from tests import factories
from tests.journeys.small import line, order, put, small_world, type_in
from tests.journeys.test_ledger_check import check
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = FlowName.PURCHASE_ORDERS


@pytest.fixture
def dialect():
    return "api"


@pytest.fixture
def customer(tmp_path, dialect):
    """A customer whose order of two lines stands in the ledger."""
    with small_world(tmp_path, dialect=dialect) as customer:
        customer.run(FlowName.SUPPLIERS)
        send(customer, order(0, line(1, 10), line(2, 5)))
        assert document(customer).state == "written"
        yield customer


def send(customer: World, body) -> None:
    put(customer, "purchaseorders", body)
    customer.run(ORDERS)


def document(customer: World):
    return customer.document(flow_name=ORDERS)


def stands(customer: World) -> list[tuple[str, float, float]]:
    [found] = customer.ledger()["purchaseOrders"]
    lines = sorted(found["lines"], key=lambda each: each["sequence"])[1:]
    return [
        (each["lineObjectNumber"], float(each["quantity"]), float(each["directUnitCost"]))
        for each in lines
    ]


def ledger_order(customer: World):
    [found] = customer.ledger()["purchaseOrders"]
    return found


def test_a_revision_changes_the_lines_and_nothing_else(customer):
    send(customer, order(1, line(1, 12), line(2, 5, 11), line(3, 7)))

    assert document(customer).state == "written"
    assert stands(customer) == [("8210", 12, 10), ("8210", 5, 11), ("8210", 7, 10)]


@pytest.mark.parametrize("dialect", ["pages"])
def test_through_pages_a_revision_and_a_cancel_change_the_same_lines(customer):
    send(customer, order(1, line(1, 12), line(2, 5, 11), line(3, 7)))
    assert stands(customer) == [("8210", 12, 10), ("8210", 5, 11), ("8210", 7, 10)]

    send(customer, order(2, line(1, 12), workflowStatus="Cancelled"))
    assert [quantity for _, quantity, _ in stands(customer)] == [0, 0, 0]
    assert document(customer).state == "written"


def test_two_revisions_one_after_the_other_start_from_what_stands(customer):
    send(customer, order(1, line(1, 12), line(3, 7)))
    send(customer, order(2, line(1, 9, account="6120"), line(3, 8)))
    assert document(customer).state == "written"
    assert stands(customer) == [("8210", 8, 10), ("8230", 9, 10)]


def test_an_order_edited_by_hand_parks_with_all_three_values(customer):
    first = sorted(ledger_order(customer)["lines"], key=lambda each: each["sequence"])[1]
    type_in(customer, "purchaseOrderLines", "patch", id=first["id"], values={"quantity": 11})

    send(customer, order(1, line(1, 12), line(2, 5)))

    parked = document(customer)
    assert (parked.state, parked.reasons[0]["code"]) == ("parked", "changed_in_ledger")
    assert parked.reasons[0]["evidence"]["differences"] == [
        {"field": "line 1 quantity", "written": "10", "ledger": "11", "wanted": "12"}
    ]
    assert stands(customer)[0] == ("8210", 11, 10)
    viewer = Client()
    viewer.force_login(factories.member(customer.tenant, "viewer").user)
    with customer.scope():
        review = ReviewItem.objects.get(code="changed_in_ledger")
    for page in (reverse("document", args=[parked.pk]), reverse("review", args=[review.pk])):
        shown = viewer.get(page).content.decode()
        assert '<td data-label="We wrote">10</td>' in shown
        assert '<td data-label="In the ledger now"><strong>11</strong></td>' in shown
        assert '<td data-label="JAGGAER wants">12</td>' in shown


def test_what_was_parked_for_a_hand_edit_goes_on_once_it_is_undone(customer):
    first = sorted(ledger_order(customer)["lines"], key=lambda each: each["sequence"])[1]
    type_in(customer, "purchaseOrderLines", "patch", id=first["id"], values={"quantity": 11})
    send(customer, order(1, line(1, 12), line(2, 5)))
    type_in(customer, "purchaseOrderLines", "patch", id=first["id"], values={"quantity": 10})

    parked = document(customer)
    with customer.scope():
        release_documents(customer.integration, [parked.pk])
    customer.settle()

    assert document(customer).state == "written"
    assert stands(customer)[0] == ("8210", 12, 10)


@pytest.mark.parametrize("dialect", ["api", "pages"])
def test_an_order_deleted_by_a_person_is_told_from_one_that_was_invoiced_in_full(customer):
    send(customer, order(0, line(1, 3), number=2))
    first, second = customer.ledger()["purchaseOrders"]
    type_in(customer, "purchaseOrders", "delete", id=first["id"])
    type_in(customer, "purchaseOrders", "invoice", id=second["id"], vendorInvoiceNumber="RE-1")
    assert customer.ledger()["purchaseOrders"] == []

    put(customer, "purchaseorders", order(1, line(1, 4), number=2))
    send(customer, order(1, line(1, 12), line(2, 5)))

    deleted, invoiced = customer.documents(flow_name=ORDERS)
    if deleted.reference > invoiced.reference:
        deleted, invoiced = invoiced, deleted
    assert "was deleted in the ledger by a person" in deleted.reasons[0]["message"]
    assert "is invoiced in full by 10" in invoiced.reasons[0]["message"]
    [difference] = invoiced.reasons[0]["evidence"]["differences"]
    assert difference["wanted"] == "line 1: 4 x 10"


@pytest.mark.parametrize("dialect", ["api", "pages"])
def test_a_cancelled_order_is_deleted_where_the_policy_says_so_and_nothing_came_of_it(customer):
    with customer.scope():
        policy = {"purchase_order": {"cancelled": "delete"}}
        Integration.objects.update(policy=policy)
    send(customer, order(0, line(1, 3), number=2))
    first, second = customer.ledger()["purchaseOrders"]
    type_in(customer, "purchaseOrders", "receive", id=second["id"], quantities={"20000": 1})

    put(customer, "purchaseorders", order(1, line(1, 3), number=2, workflowStatus="Cancelled"))
    send(customer, order(1, line(1, 10), line(2, 5), workflowStatus="Cancelled"))

    [left] = customer.ledger()["purchaseOrders"]
    assert left["id"] == second["id"]
    assert stands(customer) == [("8210", 1, 10)]
    assert {each.state for each in customer.documents(flow_name=ORDERS)} == {"written"}
    with customer.scope():
        write = Write.objects.get(facts__deleted=True)
    assert '"8210"' in json.dumps(write.facts["copy"])  # NAV cannot bring it back
    assert check(customer) == {}

    send(customer, order(2, line(1, 8)))
    again = next(e for e in customer.ledger()["purchaseOrders"] if e["id"] != second["id"])
    assert (again["number"] != first["number"], len(again["lines"])) == (True, 2)


@pytest.mark.parametrize("dialect", ["api", "pages"])
def test_a_changed_order_stands_as_reconciliation_expects_it(customer):
    assert check(customer) == {}

    send(customer, order(1, line(1, 12), line(2, 5, 11), line(3, 7)))
    assert check(customer) == {}

    send(customer, order(2, line(1, 9, account="6120"), line(3, 8)))
    assert check(customer) == {}

    send(customer, order(3, line(1, 12), workflowStatus="Cancelled"))
    assert document(customer).state == "written"
    assert check(customer) == {}
