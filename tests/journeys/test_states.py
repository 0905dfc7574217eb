"""What becomes of documents by what the source and the policy say of them: one run, all states.

The sentences are those of the product's API about states, counts and reviews.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sync.models import Document, FlowName, ReviewItem, Run
from sync.selectors.documents import documents
from tests import database, small
from tests.world import World

EARLY = "2026-02-28T00:00:00.000Z"
INACTIVE, PENDING_ORDER, UNKNOWN_ORDER, ODD_CODE = 2, 20, 21, 22
RECORDS: dict[int, dict[str, Any]] = {
    1: {},
    2: {"invoiceDate": EARLY},
    3: {"paymentStatus": "Paid"},
    4: {"paymentStatus": "Cancelled"},
    5: {"workflowStatus": "Pending"},
    6: {"paymentStatus": "In Process"},
    7: {"paymentStatus": "Zahlbar"},
    8: {},  # without lines
    PENDING_ORDER: {},
    UNKNOWN_ORDER: {},
    ODD_CODE: {"quantity": 3},
}


def seeded() -> Iterator[dict[str, Any]]:
    for number in range(small.SUPPLIERS):
        yield small.supplier(number, active="No" if number == INACTIVE else "Yes")
    for number in RECORDS:
        if number != UNKNOWN_ORDER:
            pending = {"workflowStatus": "Pending"} if number == PENDING_ORDER else {}
            yield coded(small.order(number, of=0, **pending), number)
    yield small.order(30, of=INACTIVE)
    for number, changes in RECORDS.items():
        record = coded(small.invoice(number, of=0, **changes), number)
        if number == 8:
            record["body"]["lineList"]["invoiceLine"] = []
        yield record
    yield small.invoice(30, of=INACTIVE)


def coded(record: dict[str, Any], number: int) -> dict[str, Any]:
    """One order and its invoice carry an account that nobody mapped."""
    if number == ODD_CODE:
        text = json.dumps(record).replace('"OFFICE"', '"NOBODY"').replace("CLEANING", "NOBODY")
        return json.loads(text)
    return record


@pytest.fixture(scope="module")
def customer(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    policy = {**small.POLICY, "start_on": "2026-03-01"}
    with django_db_blocker.unblock():
        folder = tmp_path_factory.mktemp("states")
        with small.small_world(folder, seeded(), policy=policy) as world:
            world.run(*small.FLOWS)
            yield world
        database.empty_all()


def invoice(customer: World, number: int) -> Document:
    return customer.document(flow_name=FlowName.INVOICES, source_id=str(900_000 + number))


@pytest.mark.parametrize(
    ("number", "state", "code"),
    [
        (1, "written", None),
        (2, "ignored", None),
        (3, "settled", None),
        (4, "settled", None),
        (5, "waiting", "not_approved"),
        (6, "waiting", "not_approved"),
        (7, "parked", "status_unknown"),
        (8, "settled", None),
        (30, "parked", "supplier_blocked"),
        (UNKNOWN_ORDER, "parked", "order_not_found"),
    ],
    ids=[
        "approved and payable",
        "dated before the cut-over",
        "paid at the source before we saw it",
        "cancelled at the source before we saw it",
        "not approved",
        "under review",
        "a word nobody explained",
        "exported without lines",
        "supplier inactive at the source",
        "order never received",
    ],
)
def test_an_invoice_is_where_the_contract_says(
    customer: World, number: int, state: str, code: str | None
):
    found = invoice(customer, number)

    assert found.state == state
    assert [reason["code"] for reason in found.reasons][:1] == ([code] if code else [])


def test_an_order_that_waits_does_not_hold_back_its_invoice(customer: World):
    source_id = str(700_000 + PENDING_ORDER)
    order = customer.document(flow_name=FlowName.PURCHASE_ORDERS, source_id=source_id)

    assert (order.state, invoice(customer, PENDING_ORDER).state) == ("waiting", "written")


def test_orders_and_suppliers_are_loaded_whatever_the_cut_over_is(customer: World):
    order = customer.document(flow_name=FlowName.PURCHASE_ORDERS, source_id="700002")

    assert order.state == "written"


def test_a_document_with_two_causes_waits_in_two_reviews(customer: World):
    document = invoice(customer, ODD_CODE)

    with customer.scope():
        reviews = [
            review.reason["code"]
            for review in ReviewItem.objects.filter(state="open")
            if document.pk in documents(review=review.pk).values_list("pk", flat=True)
        ]

    assert sorted(reviews) == sorted(reason["code"] for reason in document.reasons)
    assert {"mapping_missing", "quantity_over_order"} <= set(reviews)


def test_read_is_the_sum_of_all_other_counts(customer: World):
    with customer.scope():
        runs = {run.flow.resource: run for run in Run.objects.select_related("flow")}

    for run in runs.values():
        assert run.counts["read"] == sum(n for name, n in run.counts.items() if name != "read")
    assert runs["invoices"].counts["read"] == len(RECORDS) + 1
    assert runs["invoices"].state == "partial"
