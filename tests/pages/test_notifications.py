"""The page of the ledger's notifications: what it says, and its switch."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from connectors.models import Connection
from sync.models import Subscription

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(customer, log_in):
    return log_in(customer.tenant, "admin")


@pytest.fixture
def page(admin):
    return lambda: admin.get(reverse("notifications")).content.decode()


@pytest.fixture
def switch(customer, admin):
    url = reverse("notifications-switch", args=[customer.integration.pk])
    return lambda enabled: admin.post(url, {"enabled": enabled}, follow=True).content.decode()


def test_they_are_switched_on_and_off_with_words_for_each_state(page, switch):
    assert "changes in" in page()
    assert "The notifications were switched on." in switch("true")
    assert "The ledger is being asked." in page()
    assert "The notifications were switched off." in switch("false")


def test_a_silence_is_told_with_its_owner_fix_and_numbers(customer, page, switch):
    switch("true")
    with customer.scope():
        Subscription.objects.filter(resource="vendors").update(
            state="active", silent_since=timezone.now(), changes_seen=7, changes_missed=4
        )

    shown = page()
    assert "4 of 7" in shown
    assert "Records changed in NAV and no notification of them arrived." in shown
    assert "(IT)" in shown


def test_a_ledger_without_notifications_offers_no_switch(customer, page):
    with customer.scope():
        Connection.objects.filter(kind="nav").update(capabilities={"webhooks": False})

    assert "offers no notifications" in page()
    assert "Switch on" not in page()
