"""Parts that refresh themselves, pages without scripts, and pages of errors."""

from __future__ import annotations

from importlib import import_module
from inspect import isabstract

import pytest
from django.test import Client
from django.urls import reverse

from sync.models import Run
from sync.web.today import Today
from tenants.pages import Action, FormPage
from tests import factories

PART = {"HX-Request": "true"}


@pytest.fixture
def viewer(customer, log_in):
    return log_in(customer.tenant, "viewer")


@pytest.fixture
def run_page(customer):
    with customer.scope():
        return reverse("run", args=[Run.objects.filter(flow__resource="invoices").first().pk])


def test_the_refreshing_part_of_today_comes_alone(viewer):
    whole = viewer.get(reverse("today")).content.decode()
    part = viewer.get(reverse("today"), {"part": 1}, headers=PART).content.decode()

    assert "<html" in whole
    assert "Into the ledger today" in whole
    assert "<html" not in part
    assert "Into the ledger today" in part


def test_the_progress_of_a_run_comes_alone(viewer, run_page):
    whole = viewer.get(run_page).content.decode()
    part = viewer.get(run_page, {"part": 1}, headers=PART).content.decode()

    assert "What became of each document" in whole
    assert "Needs review" in part
    assert "<html" not in part
    assert "What became of each document" not in part


def test_a_run_says_what_was_noticed_while_reading(customer, viewer, run_page):
    with customer.scope():
        run = Run.objects.filter(flow__resource="invoices").first()
        run.cursor = {**run.cursor, "warnings": ["Was the source restored? <b>"]}
        run.save(update_fields=["cursor"])

    assert "Was the source restored? &lt;b&gt;" in viewer.get(run_page).content.decode()


def test_without_scripts_the_address_of_a_part_is_the_whole_page(viewer, run_page):
    for address in (reverse("today"), run_page):
        assert "<html" in viewer.get(address, {"part": 1}).content.decode()


@pytest.mark.parametrize("role", ["viewer", "stranger"])
def test_what_one_may_not_do_and_what_is_not_there_carry_a_reference(customer, log_in, role):
    tenant = customer.tenant if role == "viewer" else factories.tenant()
    page = reverse("policy", args=[customer.integration.pk])

    answer = log_in(tenant, role if role == "viewer" else "admin").post(page, {})

    assert answer.status_code == (403 if role == "viewer" else 404)
    assert answer.headers["X-Request-ID"] in answer.content.decode()


def test_a_fault_of_ours_carries_the_reference_and_not_the_fault(viewer, monkeypatch):
    def fails(*_args, **_kwargs):
        raise RuntimeError("the secret cause")

    monkeypatch.setattr(Today, "get", fails)
    viewer.raise_request_exception = False

    answer = viewer.get(reverse("today"))

    page = answer.content.decode()
    assert answer.status_code == 500
    assert answer.headers["X-Request-ID"] in page
    assert "the secret cause" not in page


def test_a_form_from_elsewhere_is_refused_with_words(db):
    strict = Client(enforce_csrf_checks=True)

    answer = strict.post(reverse("account_login"), {"login": "a@b.example", "password": "x"})

    assert answer.status_code == 403
    assert "<h1>" in answer.content.decode()


@pytest.mark.parametrize(("kind", "lacks"), [(FormPage, "form"), (Action, "carry_out")])
def test_a_page_that_was_left_unfinished_cannot_be_made(kind, lacks):
    with pytest.raises(TypeError, match=lacks):
        kind()


def test_no_address_leads_to_an_unfinished_page():
    views = [
        getattr(pattern.callback, "view_class", None)
        for app in ("tenants", "connectors", "sync", "audit")
        for pattern in import_module(f"{app}.web.urls").urlpatterns
    ]

    assert [view for view in views if view and isabstract(view)] == []
