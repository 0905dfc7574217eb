"""What a source shows late, moves, sets back or deletes, page by page: F35 to F37, F40 to F44."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.test import Client
from django.urls import reverse

from sync.models import Run
from tests import factories, small
from tests.api.conftest import ApiClient
from tests.faults.conftest import Bench
from tests.faults.source import ORDERS, delete, states


def test_f35_f36_records_that_move_between_pages_are_all_there_once(faults: Bench):
    numbers = [faults.order() for _ in range(6)]
    moving = [
        {"collection": "purchaseorders", "id": 700_000 + number, "patch": {}}
        for number in numbers[:4]
    ]
    faults.switch(faults.customer.jaggaer, page_size=2, between_pages=moving)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100, between_pages=[])
    faults.run(ORDERS)

    assert states(faults, numbers) == ["written"] * 6
    assert [faults.standing("purchase_order", number) for number in numbers] == [1] * 6


def test_f37_equal_stamps_on_a_page_border_lose_nothing(faults: Bench, full_size):
    count = min(20, full_size(5000))
    numbers = [faults.number() for _ in range(count)]
    faults.add(*(small.order(number) for number in numbers))
    faults.switch(faults.customer.jaggaer, page_size=7)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100)

    assert states(faults, numbers) == ["written"] * count


def test_f40_a_late_commit_with_an_older_stamp_is_found_by_the_overlap(faults: Bench):
    now = datetime.now(UTC)
    early = faults.order(lastUpdate=now.isoformat(timespec="milliseconds"))
    faults.run(ORDERS)
    stamp = (now - timedelta(minutes=10)).isoformat(timespec="milliseconds")
    late = faults.order(lastUpdate=stamp)

    faults.run(ORDERS)

    assert states(faults, [early, late]) == ["written"] * 2


def test_f41_a_record_from_the_year_9999_hides_no_change_that_comes_after_it(faults: Bench):
    strange = faults.order(lastUpdate="9999-12-31T23:59:59.999Z")
    [told] = faults.run(ORDERS)
    later = faults.order()

    faults.run(ORDERS)
    delete(faults, strange)

    assert str(700_000 + strange) in str(told.cursor["warnings"])
    assert states(faults, [strange, later]) == ["written"] * 2


def test_f42_a_source_that_was_set_back_is_noticed_and_compared_and_nothing_is_deleted(
    faults: Bench,
):
    number = faults.order()
    faults.run(ORDERS)
    delete(faults, number)
    long_ago = datetime.now(UTC) - timedelta(hours=3)
    forgotten = faults.order(lastUpdate=long_ago.isoformat(timespec="milliseconds"))

    [noticed] = faults.run(ORDERS)
    [calm] = faults.run(ORDERS)

    assert "Was the source restored?" in str(noticed.cursor["warnings"])
    assert calm.cursor["warnings"] == []
    assert states(faults, [number, forgotten]) == ["written"] * 2
    assert faults.standing("purchase_order", number) == 1


def test_f42_a_person_takes_the_offer_to_read_everything_again_and_it_ends(faults: Bench):
    number = faults.order()
    faults.run(ORDERS)
    delete(faults, number)
    faults.order(lastUpdate=(datetime.now(UTC) - timedelta(hours=4)).isoformat())
    [noticed] = faults.run(ORDERS)
    tenant = faults.customer.tenant
    person, program = Client(), ApiClient(factories.api_key(tenant, "operator")[1])
    person.force_login(factories.member(tenant, "operator").user)
    addresses = (reverse("runs"), reverse("run", args=[noticed.pk]))
    offered = [person.get(address).content.decode() for address in addresses]
    flow = orders_flow(faults, program)

    answer = person.post(reverse("run-again", args=[flow["id"]]), follow=True)
    faults.customer.settle()

    assert all("Read everything again" in page for page in offered)
    assert flow["resync_offered_at"] is not None
    assert "Was the source restored?" in str(flow["last_run"]["warnings"])
    assert "is being read again" in answer.content.decode()
    after = orders_flow(faults, program)
    with faults.customer.scope():
        assert Run.objects.latest("queued_at").full
    assert after["resync_offered_at"] is None
    assert faults.standing("purchase_order", number) == 1


def orders_flow(faults: Bench, program: ApiClient) -> dict:
    """Return what the API says of the flow of orders."""
    found = program.get(f"integrations/{faults.customer.integration.pk}").json()
    return next(flow for flow in found["flows"] if flow["resource"] == ORDERS)


def test_f43_a_record_deleted_in_the_source_is_marked_by_the_next_whole_list(faults: Bench):
    number, other = faults.order(), faults.order()
    faults.run(ORDERS)
    delete(faults, number)

    [swept] = faults.customer.run(ORDERS, full=True)
    [again] = faults.customer.run(ORDERS, full=True)
    gone = [faults.document(ORDERS, each).gone_at for each in (number, other)]
    faults.add(small.order(number))
    faults.customer.run(ORDERS, full=True)

    told = f"no longer at the source: {small.order_number(number)}"
    assert told in str(swept.cursor["warnings"])
    assert told not in str(again.cursor["warnings"])
    assert gone[0] is not None
    assert gone[1] is None
    assert faults.document(ORDERS, number).gone_at is None
    assert faults.standing("purchase_order", number) == 1


def test_f44_a_page_size_of_one_works(faults: Bench):
    numbers = [faults.order() for _ in range(3)]
    faults.switch(faults.customer.jaggaer, page_size=1)

    faults.run(ORDERS)
    faults.switch(faults.customer.jaggaer, page_size=100)

    assert states(faults, numbers) == ["written"] * 3
