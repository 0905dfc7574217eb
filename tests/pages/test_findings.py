"""The page of reconciliation: what differs in the ledger, with its next step, and comparing now."""

from __future__ import annotations

import csv
import io

import pytest
from django.urls import reverse

from sync.models import Document, Integration
from tests.api import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def damaged(customer) -> Document:
    """A written invoice whose price somebody changed in the ledger by a cent."""
    with customer.scope():
        invoice = Document.objects.filter(resource="invoice", state="written").first()
    difference = {"field": "lines[2].unitCost", "ours": "50", "ledger": "50.01"}
    rows.finding(invoice, "changed", difference)
    return invoice


def test_a_finding_shows_both_values_its_owner_and_the_next_step(customer, damaged, log_in):
    page = log_in(customer.tenant, "viewer").get(reverse("reconciliation")).content.decode()

    assert "Changed in the ledger" in page
    assert "Line 2: price 50.00\N{NO-BREAK SPACE}GBP<br>" in page
    assert "50.01" in page
    assert reverse("document", args=[damaged.pk]) in page
    assert "Compare both values" in page
    assert "Compare now" not in page  # a viewer looks on


def test_findings_come_as_csv(customer, damaged, log_in):
    answer = log_in(customer.tenant, "viewer").get(
        reverse("reconciliation"), {"format": "findings"}
    )

    [line] = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert line["reference"] == damaged.reference
    assert (line["kind"], line["ours"], line["ledger"]) == ("changed", "50", "50.01")


def test_compare_now_is_due_at_once(customer, log_in):
    url = reverse("reconciliation-check", args=[customer.integration.pk])

    answer = log_in(customer.tenant, "operator").post(url, follow=True)

    assert "The ledger is compared" in answer.content.decode()
    with customer.scope():
        now = Integration.objects.get(pk=customer.integration.pk)
    assert now.ledger_check_due_at <= rows.timezone.now()
