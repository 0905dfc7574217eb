"""The preview of the set-up: the first documents with what would be written, before anything is."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from sync.models import Document, MappingEntry, Outcome, Run, RunMode
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


def test_what_waiting_means_is_told_only_where_something_waits(previewed, viewer):
    meaning = "the first live run creates suppliers and orders"
    assert meaning not in shown(viewer)
    with previewed.scope():
        Outcome.objects.filter(document__resource="invoice").update(decision="wait")

    assert meaning in shown(viewer)


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


def test_what_holds_of_the_typed_targets_is_mapped_and_previewed_again(previewed):
    operator = Client()
    operator.force_login(factories.member(previewed.tenant, "operator").user)
    with previewed.scope():
        MappingEntry.objects.filter(kind__in=("ledger_account", "cost_center")).delete()
        runs = Run.objects.count()
    typed = {
        "kind": ["ledger_account", "cost_center", "ledger_account"],
        "source": ["OFFICE", "R100", "CLEANING"],
        "target": ["8210", "DEPARTMENT/NOWHERE", ""],
    }

    page = operator.post(reverse("setup-map"), typed, follow=True).content.decode()

    assert "1 code was mapped. The preview is made again." in page
    assert "R100: " in page
    with previewed.scope():
        entries = MappingEntry.objects.filter(kind__in=("ledger_account", "cost_center"))
        assert list(entries.values_list("source_code", "target_code")) == [("OFFICE", "8210")]
        assert Run.objects.count() == runs + 3


def test_the_preview_of_one_document_says_in_words_what_would_be_booked(previewed, viewer):
    previewed.run(*small.FLOWS[:2])
    with previewed.scope():
        invoice = Document.objects.filter(resource="invoice").first()

    page = viewer.get(reverse("document-preview", args=[invoice.pk])).content.decode()

    assert "Would be written" in page
    assert ">8210</th>" in page
    assert "Journal entry in batch" in page
    assert "requests, as the other system would get them" in page


def test_the_preview_of_a_document_that_would_wait_says_why(previewed, viewer):
    previewed.run(*small.FLOWS[:2])
    with previewed.scope():
        MappingEntry.objects.filter(kind="ledger_account").delete()
        invoice = Document.objects.filter(resource="invoice").first()

    page = viewer.get(reverse("document-preview", args=[invoice.pk])).content.decode()

    assert "Nothing would be sent: it needs review" in page
    assert "No ledger account is mapped for OFFICE." in page
