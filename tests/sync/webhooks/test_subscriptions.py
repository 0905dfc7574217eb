"""The ledger's subscriptions: created with the handshake, kept alive, ended."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.sandboxing.faults import Fault
from sync.models import Subscription, Ticket
from sync.services.integrations import integration_delete
from sync.services.webhooks import webhooks_disable, webhooks_enable
from tests.journeys.small import COMPANY
from tests.sync.webhooks.conftest import address, at_nav, change, subscriptions
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)


def look_again(customer: World) -> None:
    """Let the hour pass after which the subscriptions are looked at again."""
    with customer.scope():
        Subscription.objects.update(check_at=timezone.now() - timedelta(seconds=1))
    Ticket.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    customer.settle()


def test_subscriptions_for_vendors_and_invoices_are_created_with_the_handshake(told):
    found = {row["resource"]: row["clientState"] for row in at_nav(told)}

    assert set(found) == {
        f"/api/v2.0/companies({COMPANY})/vendors",
        f"/api/v2.0/companies({COMPANY})/purchaseInvoices",
    }
    assert len(set(found.values())) == 2
    assert {row.state for row in subscriptions(told).values()} == {"active"}


def test_a_second_switch_on_and_a_second_look_create_nothing(told):
    with told.scope():
        webhooks_enable(told.integration)
    look_again(told)

    assert len(at_nav(told)) == 2
    assert {row.losses for row in subscriptions(told).values()} == {0}


def test_a_subscription_is_renewed_at_half_of_its_life(told):
    before = subscriptions(told)["vendors"]
    told.nav.app.clock.advance(3600)
    look_again(told)
    early = subscriptions(told)["vendors"].expires_at
    change(told, "vendors", renew_at=timezone.now() - timedelta(seconds=1))
    look_again(told)
    after = subscriptions(told)["vendors"]

    assert before.renew_at < before.created_at + (before.expires_at - before.created_at) * 0.51
    assert early == before.expires_at
    assert after.expires_at >= before.expires_at + timedelta(hours=1)
    assert after.remote_id == before.remote_id


def test_a_subscription_that_the_ledger_dropped_is_created_again(told):
    control(told.nav, "subscriptions/drop", {})
    look_again(told)

    assert len(at_nav(told)) == 2
    assert {row.losses for row in subscriptions(told).values()} == {1}


def test_a_subscription_whose_state_was_changed_there_gets_ours_back(told):
    for row in at_nav(told):
        told.nav.app.service.tenant.put("subscriptions", {**row, "clientState": "theirs"})
    told.nav.app.records.commit()
    look_again(told)

    assert "theirs" not in {row["clientState"] for row in at_nav(told)}


def test_a_lost_answer_leaves_one_subscription(customer):
    lost = Fault("reset", path="subscriptions", method="POST", phase="after")
    customer.nav.scenario.load(lost)
    with customer.scope():
        webhooks_enable(customer.integration)
    customer.settle()
    assert len(at_nav(customer)) == 2
    look_again(customer)

    assert len(at_nav(customer)) == 2
    assert {row.state for row in subscriptions(customer).values()} == {"active"}


def test_an_address_that_the_ledger_cannot_reach_is_said_with_owner_and_fix(customer, settings):
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    with customer.scope():
        webhooks_enable(customer.integration)
    customer.settle()

    row = subscriptions(customer)["vendors"]
    assert (row.state, row.failures, row.error["code"]) == ("failing", 1, "webhook_refused")
    assert row.error["owner"] == "it"
    assert row.error["fix"]
    assert address(customer).token not in str(row.error)


def test_switching_off_deletes_them_at_the_ledger(told):
    with told.scope():
        webhooks_disable(told.integration)
    told.settle()

    assert at_nav(told) == []
    assert subscriptions(told) == {}


def test_an_ended_integration_leaves_none_at_the_ledger(told):
    with told.scope():
        integration_delete(told.integration)
    told.settle()

    assert at_nav(told) == []
    with told.scope():
        assert not Subscription.objects.exists()
    assert not Ticket.objects.exists()
