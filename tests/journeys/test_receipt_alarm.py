"""An invoice that waits for its receipt: the alarm after a while, and the receipt that ends it."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from audit.models import AuditEvent
from sync.engine import tickets
from sync.engine.deciding.receipts import release_for_receipts
from sync.engine.site import NO_FENCE, Site
from sync.mails.planning import plan_mails
from sync.models import ReviewItem
from tests import factories
from tests.journeys.life import INVOICES, ORDERS, Life
from tests.journeys.small import line, small_world

pytestmark = pytest.mark.django_db(transaction=True)

AGE = timedelta(days=21)


class Waiting(Life):
    def review(self) -> ReviewItem:
        with self.customer.scope():
            return ReviewItem.objects.get(code="quantity_over_received", state="open")

    def grow_old(self) -> None:
        """Let the wait have begun three weeks ago, and a morning come."""
        with self.customer.scope():
            ReviewItem.objects.update(opened_at=timezone.now() - AGE)

    def plan(self, *, days: int = 0) -> None:
        """Plan on the morning so many days from today."""
        tenant = self.customer.tenant
        today = timezone.now().astimezone(ZoneInfo(tenant.time_zone))
        plan_mails(tenant, today.replace(hour=11) + timedelta(days=days))

    def alarms(self) -> list[str]:
        with self.customer.scope():
            events = AuditEvent.objects.filter(action="document.receipt_overdue")
            return list(events.values_list("target_label", flat=True))


@pytest.fixture
def waiting(tmp_path):
    with small_world(tmp_path, match={"mode": "three_way"}) as customer:
        life = Waiting(customer)
        life.order(12, 0, line(1, 10))
        customer.run(ORDERS)
        life.bill(12, 12, 4)
        customer.run(INVOICES)
        yield life


@pytest.fixture
def clerk(waiting) -> Client:
    client = Client()
    client.force_login(factories.member(waiting.customer.tenant, "operator").user)
    return client


def text_of(client: Client, name: str, *args: object) -> str:
    return client.get(reverse(name, args=args)).content.decode()


def test_a_look_for_receipts_does_not_say_that_the_cause_is_gone(waiting, clerk):
    review, customer = waiting.review(), waiting.customer
    claim = tickets.Claim(customer.integration.pk, customer.tenant.pk, NO_FENCE, 0)
    site = Site(customer.integration, claim)

    with site.rows():
        release_for_receipts(site, INVOICES)

    assert waiting.state(12, INVOICES)[0] == "received"
    assert waiting.review().released_at is None
    assert "on its way" not in text_of(clerk, "review", review.pk)


def test_the_alarm_is_raised_once_and_the_receipt_ends_it(waiting, clerk):
    waiting.plan(days=-1)
    assert waiting.alarms() == []
    assert "for a receipt" not in text_of(clerk, "today")

    waiting.grow_old()
    waiting.plan()
    waiting.customer.run(INVOICES)  # looks again, and it waits on
    waiting.plan(days=1)

    review = waiting.review()
    assert waiting.alarms() == ["I00012"]
    today = text_of(clerk, "today")
    assert "1 invoice waits for a receipt for too long" in today
    assert "for 21 days" in today
    assert "waiting for a receipt for 21 days" in text_of(clerk, "reviews")
    assert "Waiting for a receipt for 21 days." in text_of(clerk, "review", review.pk)
    assert "has waited for its receipt for 21 days, and the policy allows 14" in text_of(
        clerk, "document", review.document_id
    )

    waiting.receive(12, 4)
    waiting.customer.run(INVOICES)
    waiting.plan(days=2)

    assert waiting.state(12, INVOICES) == ("written", [])
    assert waiting.alarms() == ["I00012"]
    assert "for a receipt" not in text_of(clerk, "today")
    assert "Waiting for a receipt" not in text_of(clerk, "review", review.pk)
