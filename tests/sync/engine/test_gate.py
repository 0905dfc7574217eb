"""The gate before the first write: duplicates stop, likeness is told, a guess is never posted."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from audit.context import acting
from sync.models import Document, FlowName, ReviewItem, Write
from sync.services.reviews import review_resolve
from tests import database, small
from tests.sync.engine.desk import INVOICES, ORDERS, Desk
from tests.world import control

DIALECTS = {"api": small.COMPANY, "pages": small.COMPANY_NAME}


@pytest.fixture(scope="module", params=DIALECTS)
def desk(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    policy = {**small.POLICY, "journal": {"enabled": False}}
    with django_db_blocker.unblock():
        with small.small_world(
            tmp_path_factory.mktemp("gate"),
            lines,
            policy=policy,
            company=DIALECTS[request.param],
            nav_settings={"dialect": request.param},
        ) as customer:
            customer.run(FlowName.SUPPLIERS)
            yield Desk(customer)
        database.empty_all()


def bill(desk: Desk, number: str | None = None, **changes: Any) -> Document:
    """Bring an order of supplier 0 and its invoice under a number; returns it once decided."""
    desk.last += 1
    own = desk.last
    record, after = small.order(own, of=0), small.invoice(own, of=0, **changes)
    head = after["body"]["header"]
    if number is not None:
        head["supplierInvoiceNumber"] = number
    if head.pop("without_order", False):
        for line in after["body"]["lineList"]["invoiceLine"]:
            del line["poNumber"], line["poLineNumber"]
    for one in (record, after):
        del one["body"]["header"]["lastUpdate"]
    control(desk.customer.jaggaer, "records", [record])
    desk.customer.run(ORDERS)
    control(desk.customer.jaggaer, "records", [after])
    desk.customer.run(INVOICES)
    return desk.customer.document(flow_name=INVOICES, source_id=str(900_000 + own))


def codes(document: Document) -> list[str]:
    return [row["code"] for row in document.reasons]


def writes(desk: Desk, document: Document) -> int:
    with desk.customer.scope():
        return Write.objects.filter(document=document).count()


def test_the_same_number_in_another_spelling_stops_before_the_first_write(desk: Desk):
    bill(desk, "SAME-1")

    second = bill(desk, " same-1 ")

    assert (second.state, codes(second), writes(desk, second)) == (
        "parked",
        ["duplicate_invoice"],
        0,
    )


def test_a_number_alike_with_the_same_date_and_total_waits_for_a_person(desk: Desk):
    bill(desk, "LIKE-0017")

    second = bill(desk, "LIKE 0017")
    parked = (second.state, codes(second), writes(desk, second))
    with desk.customer.scope(), acting("user:anna"):
        review = ReviewItem.objects.get(state="open", document=second)
        review_resolve(review, action="accept", note="two deliveries")
    desk.customer.settle()

    assert parked == ("parked", ["duplicate_suspected"], 0)
    assert desk.customer.document(pk=second.pk).state == "written"


def test_another_number_with_the_same_date_and_total_is_written_with_a_note(desk: Desk):
    first = bill(desk, "RENT-MAY")

    second = bill(desk, "RENT-JUNE")

    assert second.state == "written"
    assert any("same date and total" in note["message"] for note in second.notes)
    assert first.state == "written"


def test_what_people_typed_into_the_ledger_stops_the_same_number(desk: Desk):
    line = {"lineType": "Account", "lineObjectNumber": "8210", "quantity": 1, "unitCost": 7}
    values = {"vendorNumber": small.vendor_number(0), "vendorInvoiceNumber": "TYPED-1"}
    desk.type_in("purchaseInvoices", values=values, lines=[line])

    found = bill(desk, "typed-1")

    assert (found.state, codes(found)) == ("parked", ["duplicate_invoice"])


def test_forty_first_writes_are_looked_up_in_one_call(desk: Desk):
    desk.invoices(6)
    before = len(desk.customer.requests(desk.customer.nav))

    desk.customer.run(INVOICES)

    seen = desk.customer.requests(desk.customer.nav)[before:]
    reads = [one for one in seen if one.method == "GET" and "nvoice_No eq" in _asked(one)]
    reads += [one for one in seen if one.method == "GET" and "nvoiceNumber eq" in _asked(one)]
    assert 1 <= len(reads) <= 2  # one per set that is published: drafts, and in pages posted ones


def _asked(entry: Any) -> str:
    from urllib.parse import unquote_plus

    return unquote_plus(str(getattr(entry, "query", "")))


def test_an_order_that_would_fit_is_proposed_and_never_posted(desk: Desk):
    found = bill(desk, "NO-ORDER-1", without_order=True)

    assert (found.state, codes(found)) == ("parked", ["order_reference_missing"])
    assert writes(desk, found) == 0
    assert found.reasons[0]["evidence"]["proposed_orders"]
