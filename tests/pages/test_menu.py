"""The menu says on every page where one is; empty pages say what comes next."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from sync.models import Document
from tests import factories

_HERE = re.compile(r'<a href="[^"]*" aria-current="page">(\w+)')


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("today", "Today"),
        ("families", "Suppliers"),
        ("spend", "Suppliers"),
        ("setup", "Settings"),
        ("setup-booking", "Settings"),
        ("account", "Settings"),
        ("sessions", "Settings"),
        ("mfa_index", "Settings"),
        ("account_change_password", "Settings"),
        ("connections", "Settings"),
    ],
)
def test_a_page_is_marked_in_the_menu(customer, log_in, name, expected):
    page = log_in(customer.tenant, "admin").get(reverse(name)).content.decode()

    for menu in re.findall(r'<ul class="nav">.*?</ul>', page, re.DOTALL):
        assert _HERE.findall(menu) == [expected]
    assert page.count('<ul class="nav">') == 2


@pytest.mark.parametrize(
    ("resource", "expected"), [("supplier", "Suppliers"), ("invoice", "Documents")]
)
@pytest.mark.parametrize("name", ["document", "document-preview", "document-version"])
def test_a_supplier_is_marked_as_one_in_the_menu(customer, log_in, resource, expected, name):
    with customer.scope():
        document = Document.objects.filter(resource=resource).first()
    args = [document.pk, 1] if name == "document-version" else [document.pk]

    page = log_in(customer.tenant, "viewer").get(reverse(name, args=args)).content.decode()

    assert _HERE.findall(page) == [expected, expected]


@pytest.mark.parametrize("name", ["today", "account_change_password", "mfa_index"])
def test_the_menu_counts_what_waits_on_the_pages_of_the_account_too(customer, log_in, name):
    page = log_in(customer.tenant, "viewer").get(reverse(name)).content.decode()

    assert page.count('<span class="count">4<span class="hidden-text"> open</span></span>') == 2


@pytest.mark.parametrize(
    "name", ["reviews", "mappings", "families", "spend", "runs", "reconciliation", "notifications"]
)
def test_pages_of_an_organization_that_has_nothing_lead_to_the_set_up(db, log_in, name):
    page = log_in(factories.tenant("New Ltd"), "operator").get(reverse(name)).content.decode()

    assert "Nothing is connected yet" in page
    assert f'class="button main" href="{reverse("setup")}"' in page
