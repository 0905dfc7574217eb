"""A vendor that the ledger blocks for payment (domain rules 1a 44): its invoices are written, on
hold, or wait where the policy says so, until the block or that word of the policy is gone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from audit.context import acting
from audit.models import AuditEvent
from sync.engine.preview import preview_document
from sync.models import Document, FlowName, Integration, Write
from sync.services.integrations import integration_update
from tests import small
from tests.sync.engine.desk import DIALECTS, INVOICES, WITHOUT_JOURNAL, Desk, desk_in

POLICY = {**WITHOUT_JOURNAL, "supplier": {"payment_blocked": "review"}}
HELD = ("parked", ["supplier_blocked"])


@pytest.fixture(scope="module", params=DIALECTS)
def world(
    request: pytest.FixtureRequest,
    django_db_setup: None,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("holds")
    with django_db_blocker.unblock(), desk_in(request.param, folder, policy=POLICY) as opened:
        yield opened


@pytest.fixture
def desk(world: Desk) -> Iterator[Desk]:
    yield world
    hold(world, " ")
    policy(world, "review")


def hold(desk: Desk, word: str = "Payment") -> None:
    """A person sets or lifts the block on the vendors' cards; the next poll sees it."""
    for number in range(small.SUPPLIERS):
        desk.vendor(small.vendor_number(number), blocked=word)
    desk.customer.run(FlowName.SUPPLIERS)


def policy(desk: Desk, word: str) -> None:
    with desk.customer.scope(), acting("user:anna"):
        integration = Integration.objects.get(pk=desk.customer.integration.pk)
        integration_update(integration, policy={"supplier": {"payment_blocked": word}})
    desk.customer.settle()


def invoice(desk: Desk) -> str:
    [source_id] = desk.invoices(1)
    desk.run()
    return source_id


def state(desk: Desk, source_id: str) -> tuple[str, list[str]]:
    found = document(desk, source_id)
    return found.state, [row["code"] for row in found.reasons]


def document(desk: Desk, source_id: str) -> Document:
    return desk.customer.document(flow_name=INVOICES, source_id=source_id)


def test_an_invoice_waits_while_the_vendor_is_blocked_for_payment_and_goes_on_after(desk: Desk):
    hold(desk)
    waiting = invoice(desk)
    held = document(desk, waiting)

    with desk.customer.scope():
        assert not Write.objects.filter(document=held).exists()
    hold(desk, " ")

    assert (held.state, held.reasons[0]["owner"]) == ("parked", "finance")
    assert "blocked for payment on vendor card" in held.reasons[0]["message"]
    assert state(desk, waiting) == ("written", [])


def test_a_preview_says_so_before_anything_is_written(desk: Desk):
    hold(desk)
    source_id = invoice(desk)
    related = ("integration__source", "integration__ledger", "integration__tenant")
    with desk.customer.scope():
        found = Document.objects.select_related(*related).get(pk=document(desk, source_id).pk)

    alone = preview_document(found.integration, found)

    assert [one.code for one in alone.decision.reasons] == ["supplier_blocked"]
    assert alone.requests == ()


def test_the_policy_lets_them_go_with_a_note_that_marks_the_hold(desk: Desk):
    hold(desk)
    waiting = invoice(desk)
    before = state(desk, waiting)

    policy(desk, "post")

    assert before == HELD
    assert state(desk, waiting) == ("written", [])
    notes = " ".join(note["message"] for note in document(desk, waiting).notes)
    assert "is blocked for payment in the ledger: booked, and held there." in notes
    with desk.customer.scope():
        last = AuditEvent.objects.filter(action="integration.changed").order_by("-seq").first()
    assert last.changes == {"policy.supplier.payment_blocked": ["review", "post"]}


def test_what_is_blocked_for_all_waits_whatever_the_policy_says(desk: Desk):
    policy(desk, "post")
    [source_id] = desk.invoices(1)
    hold(desk, "All")
    desk.run()
    before = state(desk, source_id)

    hold(desk, " ")

    assert before == HELD
    assert state(desk, source_id) == ("written", [])
