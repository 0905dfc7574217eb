"""The preview of the set-up: the first documents with what would be written, before anything is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from sync.models import Document, MappingEntry, Outcome, RunMode
from tests import factories, small

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def previewed(tmp_path):
    """Two invoices with all they need, previewed."""
    with small.small_world(tmp_path, small.records(2)) as made:
        made.run(*small.FLOWS, mode=RunMode.PREVIEW)
        yield made


@pytest.fixture
def viewer(previewed):
    client = Client()
    client.force_login(factories.member(previewed.tenant, "viewer").user)
    return client


def shown(client: Client, **query: str) -> str:
    return client.get(reverse("setup-preview"), query).content.decode()


def test_each_document_is_shown_with_its_accounts_before_it_is_written(previewed, viewer):
    page = shown(viewer)

    assert "All 2 invoices" in page
    assert page.count("Would be written") == 2
    with previewed.scope():
        assert not Document.objects.filter(links__isnull=False).exists()
        for row in Outcome.objects.filter(document__resource="invoice"):
            invoice, journal = row.planned
            assert invoice["kind"] == "purchase_invoice"
            assert sum(Decimal(line["amount"]) for line in invoice["lines"]) == row.amount
            assert sum(Decimal(line["amount"]) for line in journal["lines"]) == 0
            for line in (*invoice["lines"], *journal["lines"]):
                assert f">{line['account']}</th>" in page


def test_a_preview_that_finds_nothing_new_says_so(previewed, viewer):
    previewed.run(*small.FLOWS)
    previewed.run(*small.FLOWS, mode=RunMode.PREVIEW)

    page = shown(viewer)

    assert "Nothing new was found" in page
    assert "What would happen" in page


def test_the_other_flows_are_a_click_away(viewer):
    page = shown(viewer, flow="suppliers")

    assert "suppliers</h2>" in page
    assert "Vendor" in page


def test_a_document_that_would_wait_says_for_what_and_how_to_end_it(previewed, viewer):
    with previewed.scope():
        MappingEntry.objects.filter(kind="ledger_account").delete()
    previewed.run(*small.FLOWS, mode=RunMode.PREVIEW)

    page = shown(viewer)

    assert "Would be written" not in page
    assert page.count("Needs review") > 2
    assert "lack a mapping" in page
