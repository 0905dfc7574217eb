"""A refusal of the ledger is remembered, believed before the next write, and forgotten in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.context import acting
from audit.models import AuditEvent
from sync.engine.writing import sending
from sync.models import Document, FlowName, Integration, Refusal, ReviewItem, Wait, Write
from sync.services.mappings import mapping_import
from sync.services.reviews import refusal_forget, review_resolve
from sync.services.withdrawals import document_withdraw
from tests import database, small
from tests.sync.engine.desk import Desk
from tests.world import control

R100 = {"source_code": "R100", "target_code": "DEPARTMENT/ADM"}
AT_A_TIME = 5  # requests that the ledger gets side by side
POSTING = {**small.POLICY, "invoice": {"enabled": True, "post": True}}


@pytest.fixture(scope="module")
def shared(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    folder = tmp_path_factory.mktemp("refusals")
    with django_db_blocker.unblock():
        with small.small_world(folder, lines, policy=POSTING) as customer:
            customer.run(FlowName.SUPPLIERS)
            yield Desk(customer)
        database.empty_all()


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """The module's customer, with nothing blocked and nothing remembered."""
    yield shared
    shared.block(blocked=False)
    control(shared.customer.nav, "scenario", {"faults": []})
    with shared.customer.scope():
        mapping_import(shared.customer.integration, kind="cost_center", rows=[R100])
        Refusal.objects.all().delete()
        Document.objects.update(state="ignored")
        Wait.objects.all().delete()
        ReviewItem.objects.all().delete()


def test_a_blocked_dimension_value_is_refused_once_and_held_back_fifty_times(
    desk: Desk, full_size: Callable[[int], int]
):
    first = desk.invoices(1)
    desk.block(blocked=True)
    desk.run()
    fact = desk.fact()

    others = desk.invoices(full_size(50))
    calls = desk.run()

    assert fact.step == "purchase_invoice post"
    assert fact.subject["dimensions"] == {"DEPARTMENT": "ADM"}
    assert desk.states(first + others) == ["parked"]
    assert calls == 0
    assert desk.fact().count == 1
    held = desk.customer.document(source_id=others[0]).reasons
    assert [row["code"] for row in held] == ["ledger_refused"]
    assert "Dimension Value DEPARTMENT - ADM is blocked." in held[0]["message"]
    assert desk.customer.document(source_id=first[0]).reference in held[0]["message"]


def test_of_a_whole_batch_only_those_on_their_way_are_refused(desk: Desk):
    ids = desk.invoices(30)
    desk.block(blocked=True)

    desk.run()

    refused = sent(desk, ids, "post")
    fact = desk.fact()
    assert desk.states(ids) == ["parked"]
    assert 1 <= refused <= AT_A_TIME
    assert fact.count == 1
    assert fact.try_at - fact.last_at == timedelta(hours=1)


def test_what_was_held_back_in_the_middle_of_a_batch_follows_the_first_success(desk: Desk):
    ids = desk.invoices(30)
    desk.block(blocked=True)
    desk.run()
    desk.block(blocked=False)

    with desk.customer.scope(), acting("user:anna"):
        review_resolve(desk.review(), action="retry")
    desk.customer.settle()

    assert desk.states(ids) == ["written"]
    assert sent(desk, ids, "create") == len(ids)


def test_what_was_not_begun_when_the_first_was_refused_is_not_begun(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sending, "BLOCK", 10)
    ids = desk.invoices(30)
    desk.block(blocked=True)

    desk.run()

    drafted, refused = sent(desk, ids, "create"), sent(desk, ids, "post")
    with desk.customer.scope():
        held = AuditEvent.objects.filter(action="write.held_back", document__in=own(desk, ids))
        assert held.count() == len(ids) - refused
    assert desk.states(ids) == ["parked"]
    assert drafted == 10


def test_what_stands_of_many_held_documents_is_read_in_one_query(desk: Desk):
    desk.invoices(1)
    desk.block(blocked=True)
    desk.run()
    others = desk.invoices(6)

    with CaptureQueriesContext(connection) as captured:
        desk.run()

    sql = [query["sql"] for query in captured if 'FROM "sync_write"' in query["sql"]]
    reads = [one for one in sql if '"operation"' in one and "'confirmed'" in one]
    assert desk.states(others) == ["parked"]
    assert len([one for one in reads if '"document_id" IN (' in one.partition("WHERE")[2]]) == 1
    assert not [one for one in reads if '"document_id" = ' in one]


def test_what_was_opened_in_the_ledger_goes_on_after_one_retry(desk: Desk):
    ids = desk.held_back(5)
    desk.block(blocked=False)

    with desk.customer.scope(), acting("user:anna"):
        review_resolve(desk.review(), action="retry")
    desk.customer.settle()

    assert desk.states(ids) == ["written"]
    assert (desk.fact().ended_by, desk.fact().count) == ("success", 1)


def test_who_knows_that_it_is_put_right_lets_all_go_on_at_once(desk: Desk):
    ids = desk.held_back(2)
    desk.block(blocked=False)

    with desk.customer.scope(), acting("user:anna"):
        released = refusal_forget(desk.review())
    desk.customer.settle()

    assert (released, desk.states(ids)) == (3, ["written"])
    assert desk.fact().ended_by == "user:anna"


def test_while_it_is_still_blocked_a_retry_costs_one_document(desk: Desk):
    ids = desk.held_back(5)

    with desk.customer.scope(), acting("user:anna"):
        review_resolve(desk.review(), action="retry")
    desk.customer.settle()

    assert desk.states(ids) == ["parked"]
    assert desk.fact().count == 2


def test_the_ledgers_own_change_of_the_value_lets_one_try_and_all_follow(desk: Desk):
    ids = desk.held_back(5)
    desk.customer.run(FlowName.REFERENCE)
    desk.block(blocked=False)

    desk.customer.run(FlowName.REFERENCE)

    assert desk.states(ids) == ["written"]


def test_an_old_fact_is_tried_by_one_document_of_the_next_run(desk: Desk):
    ids = desk.held_back(5)
    desk.block(blocked=False)
    assert desk.run() == 0

    desk.grow_old()
    desk.run()

    assert desk.states(ids) == ["written"]


def test_a_mapping_that_avoids_the_value_releases_who_waited(desk: Desk):
    ids = desk.held_back(2)

    recode(desk, "PROD")

    assert desk.states(ids[1:]) == ["written"]
    [first] = desk.customer.documents(flow_name=FlowName.INVOICES, source_id=ids[0])
    assert [row["code"] for row in first.reasons] == ["mapping_invalid"]
    assert "DEPARTMENT/ADM, and its coding is" in first.reasons[0]["message"]
    assert sent(desk, ids[:1], "post") == 1


def test_a_draft_with_an_earlier_coding_is_taken_back_and_posted_as_coded_now(desk: Desk):
    ids = desk.held_back(1)
    recode(desk, "PROD")

    with desk.customer.scope(), acting("user:anna"):
        document_withdraw(Document.objects.get(pk=own(desk, ids)[0]))
    desk.customer.settle()

    assert desk.states(ids) == ["written"]
    with desk.customer.scope():
        [booked] = Write.objects.get(document__in=own(desk, ids[:1]), operation="post").books
    assert booked["dimensions"] == {"DEPARTMENT": "PROD"}


def test_a_draft_goes_on_once_its_earlier_coding_is_back(desk: Desk):
    ids = desk.held_back(1)
    desk.block(blocked=False)
    for value in ("PROD", "ADM"):
        recode(desk, value)

    for code in ("mapping_invalid", "ledger_refused"):
        review = desk.review()
        assert review.code == code
        with desk.customer.scope(), acting("user:anna"):
            review_resolve(review, action="retry")
        desk.customer.settle()

    assert desk.states(ids) == ["written"]
    assert sent(desk, ids, "create") == len(ids)


def test_a_combination_holds_back_what_carries_both_and_nothing_else(desk: Desk):
    rule = {"dimension1": "DEPARTMENT", "dimension2": "AREA", "value1": "ADM", "value2": "30"}
    defaults = {**POSTING, "default_dimensions": {"AREA": "30"}}
    with_area(desk, defaults, [rule])

    ids = desk.invoices(1)
    desk.run()
    held = desk.invoices(2)
    desk.run()
    with_area(desk, POSTING, [rule])
    free = desk.invoices(2)
    desk.run()
    with_area(desk, POSTING, [])

    assert desk.fact().subject["dimensions"] == {"AREA": "30", "DEPARTMENT": "ADM"}
    assert (desk.states(ids + held), desk.states(free)) == (["parked"], ["written"])


def with_area(desk: Desk, policy: dict[str, Any], rules: list[dict[str, str]]) -> None:
    """Set the policy and the ledger's blocked combinations."""
    values = {"dimensionCombinations": rules}
    control(desk.customer.nav, "setup", {"company": small.COMPANY, "values": values})
    with desk.customer.scope():
        Integration.objects.update(policy=policy)


def test_a_refusal_that_names_nothing_stays_the_documents_own(desk: Desk):
    ids = desk.invoices(1)
    refusal = {"error": {"code": "Application_DialogException", "message": "No. Series is full."}}
    control(
        desk.customer.nav,
        "scenario",
        {"faults": [{"kind": "status", "path": "post", "status": 400, "body": refusal}]},
    )
    desk.run()
    control(desk.customer.nav, "scenario", {"faults": []})
    others = desk.invoices(2)
    desk.run()

    with desk.customer.scope():
        assert not Refusal.objects.exists()
    assert (desk.states(ids), desk.states(others)) == (["parked"], ["written"])


def test_what_a_vendors_card_wants_is_known_before_the_write(desk: Desk):
    rule = {"code": "AREA", "postingValidation": "Code Mandatory"}
    desk.type_in("vendors", "default_dimension", key={"number": "S00001"}, values=rule)
    desk.customer.run(FlowName.REFERENCE)
    ids = desk.invoices(2, of=1)
    before = [entry.method for entry in desk.customer.requests(desk.customer.nav)].count("POST")

    desk.run()

    assert desk.states(ids) == ["parked"]
    after = [entry.method for entry in desk.customer.requests(desk.customer.nav)].count("POST")
    assert after == before
    review = desk.review()
    assert (review.cause, review.code) == ("dimension AREA of vendor S00001", "ledger_refused")
    assert "Code Mandatory" in review.reason["fix"]

    desk.type_in("defaultDimensions", "delete", key={"dimensionCode": "AREA"})
    desk.customer.run(FlowName.REFERENCE)

    assert desk.states(ids) == ["written"]


def recode(desk: Desk, department: str) -> None:
    """Map the cost center to another department, and let go what that lets go."""
    rows = [{"source_code": "R100", "target_code": f"DEPARTMENT/{department}"}]
    with desk.customer.scope():
        mapping_import(desk.customer.integration, kind="cost_center", rows=rows)
    desk.customer.settle()


def own(desk: Desk, ids: list[str]) -> list[UUID]:
    return [
        row.pk for row in desk.customer.documents(flow_name=FlowName.INVOICES, source_id__in=ids)
    ]


def sent(desk: Desk, ids: list[str], operation: str) -> int:
    """Return for how many of these invoices a step was ever sent."""
    with desk.customer.scope():
        writes = Write.objects.filter(document__in=own(desk, ids), kind="purchase_invoice")
        return writes.filter(operation=operation, attempt__gt=0).count()
