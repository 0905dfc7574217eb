"""Pages of connections: settings in words, refusals at their fields, what a check ends with."""

from __future__ import annotations

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from connectors.base import Finding, FindingStatus
from connectors.models import Connection
from connectors.services import Ping, connection_update
from tenants.templatetags.pages import in_words


@pytest.fixture
def admin(customer, log_in) -> Client:
    return log_in(customer.tenant, "admin")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("base_url", "erp.example:7048", "An address begins with https:// and names a server."),
        ("base_url", "erp", "This is too short."),
        ("token_url", "id.example/token", "An address begins with https:// and names a server."),
        ("local_currency", "pounds", "A currency is an ISO code of three letters, e.g. GBP."),
        ("page_services", "Vendor_Card", "“Vendor_Card”: a line reads name: service."),
        ("page_services", "vendr: Card", "“vendr” is none of the known names."),
    ],
)
def test_a_setting_that_does_not_hold_is_refused_in_words(customer, admin, field, typed, words):
    page = reverse("connection-edit", args=[customer.integration.ledger_id])
    with customer.scope():
        kept = Connection.objects.get(pk=customer.integration.ledger_id)
    given = {"name": kept.name, "base_url": kept.settings["base_url"], field: typed}

    answer = admin.post(page, given)

    assert words in answer.context["form"].errors[field]


def test_services_of_pages_are_written_one_a_line(customer, admin):
    page = reverse("connection-edit", args=[customer.integration.ledger_id])
    with customer.scope():
        kept = Connection.objects.get(pk=customer.integration.ledger_id)
    typed = "vendor: Vendor_Card\n\n Purchase order:  Orders"
    given = {**kept.settings, "name": kept.name, "page_services": typed}

    assert admin.post(page, given).status_code == 302

    with customer.scope():
        kept.refresh_from_db()
    services = {"vendor": "Vendor_Card", "purchase_order": "Orders"}
    assert kept.settings["page_services"] == services
    shown = str(admin.get(page).context["form"]["page_services"])
    assert "vendor: Vendor_Card\npurchase order: Orders" in shown


def test_a_connection_shows_its_settings_in_words(customer, admin):
    id = customer.integration.ledger_id
    with customer.scope():
        kept = Connection.objects.get(pk=id)
        Connection.objects.filter(pk=id).update(
            settings={**kept.settings, "dialect": "pages", "requests_per_5_minutes": 600000}
        )

    text = admin.get(reverse("connection", args=[id])).content.decode()

    assert "<dd>Published page web services</dd>" in text
    assert "<dd>600,000</dd>" in text


@pytest.mark.parametrize("remarks", [0, 1])
def test_the_end_of_a_check_counts_what_is_worth_a_look(remarks):
    found = [
        Finding("clock", "Clock", FindingStatus.PASS, "It agrees."),
        Finding("paging", "Paging", FindingStatus.UNPROVEN, "No list is long enough."),
        Finding("tls", "Secure connection", FindingStatus.WARN, "Plain http.", "Use https."),
    ]
    ping = Ping(True, timezone.now(), 1, tuple(found[: 2 + remarks]))

    text = render_to_string("connectors/check_end.html", {"ping": ping, "connection": Connection()})

    said = ("All checks passed.", "Nothing failed; 1 finding above says what to look at.")
    assert said[remarks] in text


def test_what_a_failed_check_could_not_look_at_is_folded_behind_what_failed(customer, admin):
    id = customer.integration.ledger_id
    with customer.scope():
        wrong = {"client_id": "nobody", "client_secret": "wrong"}
        connection_update(Connection.objects.get(pk=id), secret=wrong)

    checked = admin.post(reverse("connection-check", args=[id])).content.decode()
    kept = admin.get(reverse("connection", args=[id])).content.decode()

    for text in (checked, kept):
        seen, _, folded = text.partition("checks could not be made or proved")
        assert "Failed" in seen
        assert "Not checked" not in seen
        assert "Not checked: Log-in comes first." in folded


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (["a", "b"], "a, b"),
        ({"purchase_orders": ["x"], "invoices": 3}, "purchase orders: x; invoices: 3"),
        ("", "–"),
        (0, "0"),
    ],
)
def test_details_of_findings_are_written_for_people(value, words):
    assert in_words(value) == words
