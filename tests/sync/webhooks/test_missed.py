"""The safety poll: what changed in the ledger without a notice of it is counted and told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync.engine import missed
from sync.models import Notice, Run, Subscription, Trigger
from sync.selectors.webhooks import notifications
from tests.journeys.small import type_in
from tests.sync.webhooks.conftest import eventually, subscriptions
from tests.sync.webhooks.test_subscriptions import look_again
from tests.world import World, control

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def at_once(told, monkeypatch):
    """Measure up to now, in place of up to a quarter of an hour ago."""
    monkeypatch.setattr(missed, "GRACE", timedelta(seconds=-5))


def block(customer: World, number: str, blocked: str = "All") -> None:
    type_in(customer, "vendors", "patch", key={"number": number}, values={"blocked": blocked})


def test_a_lost_notice_is_counted_and_the_flow_runs_all_the_same(told):
    control(told.nav, "switches", {"notifications_lost": True})
    block(told, "20000")
    look_again(told)

    row = subscriptions(told)["vendors"]
    with told.scope():
        early = Run.objects.filter(trigger=Trigger.WEBHOOK)
        assert [run.flow.resource for run in early.select_related("flow")] == ["suppliers"]
        found = notifications(told.integration)
    assert (row.notices, row.changes_seen, row.changes_missed) == (0, 1, 1)
    assert (found.state, found.trouble.code) == ("attention", "webhooks_silent")


def test_a_change_that_was_told_is_not_missed(told):
    block(told, "20000")
    eventually(lambda: subscriptions(told)["vendors"].notices)
    look_again(told)

    row = subscriptions(told)["vendors"]
    assert (row.changes_seen, row.changes_missed, row.silent_since) == (1, 0, None)


def test_a_silence_ends_with_the_next_notice(told):
    control(told.nav, "switches", {"notifications_lost": True})
    block(told, "20000")
    look_again(told)
    monitored = subscriptions(told)["vendors"].silent_since
    control(told.nav, "switches", {"notifications_lost": False})
    block(told, "30000")
    eventually(lambda: subscriptions(told)["vendors"].notices)
    with told.scope():  # the measure before went a little beyond its time
        Subscription.objects.update(measured_until=monitored - timedelta(seconds=10))
    look_again(told)

    assert monitored is not None
    assert subscriptions(told)["vendors"].silent_since is None


def test_the_same_change_is_not_counted_twice(told):
    control(told.nav, "switches", {"notifications_lost": True})
    block(told, "20000")
    look_again(told)
    look_again(told)

    assert subscriptions(told)["vendors"].changes_seen == 1


def test_a_collection_tells_of_everything_that_changed(told):
    control(told.nav, "switches", {"collection_threshold": 0})
    block(told, "20000")
    eventually(lambda: subscriptions(told)["vendors"].notices)
    with told.scope():
        assert [row.remote_id for row in Notice.objects.all()] == [""]
    look_again(told)

    assert subscriptions(told)["vendors"].changes_missed == 0
