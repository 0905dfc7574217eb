"""The ledger's notifications over the API: switched on, looked at, switched off."""

import pytest

from connectors.models import Connection
from sync.models import Subscription
from tenants.scoping import tenant_scope
from tests.api import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tenant):
    return f"integrations/{rows.integration(tenant).pk}/webhooks"


def test_they_are_off_until_somebody_switches_them_on(admin, path):
    assert admin.get(path).json() == {
        "enabled": False,
        "state": "off",
        "error": None,
        "subscriptions": [],
    }


def test_switched_on_they_name_what_is_watched_and_which_flow_it_wakes(admin, path):
    answer = admin.post(path, {"enabled": True})

    found = answer.json()
    assert (answer.status_code, found["enabled"], found["state"]) == (200, True, "pending")
    assert [(one["resource"], one["flow"], one["state"]) for one in found["subscriptions"]] == [
        ("vendors", "suppliers", "asked"),
        ("purchaseInvoices", "invoices", "asked"),
    ]
    assert admin.get(path).json() == found


def test_neither_address_nor_state_is_shown_and_both_lie_sealed(admin, path, tenant):
    from sync.services.webhooks import address_of

    answer = admin.post(path, {"enabled": True})
    with tenant_scope(tenant.pk):
        row = Subscription.objects.first()
        known = address_of(row)

    for word in (known.token, known.client_state):
        assert word not in answer.content.decode()
        assert word.encode() not in bytes(row.secret) + bytes(row.token_hash)


def test_switched_off_nothing_is_watched(admin, path):
    admin.post(path, {"enabled": True})
    answer = admin.post(path, {"enabled": False})

    assert (answer.json()["enabled"], answer.json()["subscriptions"]) == (False, [])


def test_a_ledger_that_cannot_notify_is_refused_with_what_to_do(admin, path, tenant):
    with tenant_scope(tenant.pk):
        Connection.objects.filter(kind="nav").update(capabilities={"webhooks": False})
    answer = admin.post(path, {"enabled": True})

    assert (answer.status_code, answer.json()["code"]) == (409, "webhooks_unsupported")
    assert "polling" in answer.json()["message"]


@pytest.mark.parametrize("body", [{}, {"enabled": "perhaps"}, []])
def test_only_yes_or_no_is_taken(admin, path, body):
    answer = admin.post(path, body)

    assert answer.status_code == 400


def test_a_silence_is_named_with_its_owner_and_what_to_do(admin, path, tenant):
    from django.utils import timezone

    admin.post(path, {"enabled": True})
    with tenant_scope(tenant.pk):
        Subscription.objects.filter(resource="vendors").update(
            state="active", silent_since=timezone.now(), changes_seen=3, changes_missed=3
        )
    found = admin.get(path).json()

    assert (found["state"], found["error"]["code"]) == ("attention", "webhooks_silent")
    assert found["error"]["owner"] == "it"
    assert found["error"]["fix"]
