"""The page of a version: readable first, what changed, and the payload as a detail below."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.models import Document, Version


@pytest.fixture
def bill(customer) -> Document:
    with customer.scope():
        return Document.objects.filter(resource="invoice", state="written").first()


def look(log_in, bill: Document, number: int) -> str:
    viewer = log_in(bill.tenant, "viewer")
    return viewer.get(reverse("document-version", args=[bill.pk, number])).content.decode()


def next_version(bill: Document, **changes) -> None:
    first = Version.objects.get(document=bill, number=1)
    first.pk, first.number, first.received_at = None, 2, timezone.now()
    first.content = {**first.content, **changes} if changes is not None else None
    first.save(force_insert=True)


def test_a_version_is_readable_with_its_payload_folded_below(customer, bill, log_in):
    page = look(log_in, bill, 1)

    readable, folded = page.split("<main", 1)[1].split("<details", 1)
    assert bill.supplier_name in readable
    assert "How the total is made" in readable
    assert "Lines as received" in readable
    assert "&quot;invoiceId&quot;" in folded
    assert "&quot;invoiceId&quot;" not in readable
    assert "What changed" not in page


def test_a_newer_version_says_what_changed(customer, bill, log_in):
    with customer.scope():
        next_version(bill, due_date="2031-05-06", total="4711.5")

    page = look(log_in, bill, 2)

    assert "What changed since" in page
    assert "6\N{NO-BREAK SPACE}May\N{NO-BREAK SPACE}2031" in page
    assert "4,711.50\N{NO-BREAK SPACE}GBP" in page


def test_a_total_says_what_its_parts_leave_open(customer, bill, log_in):
    with customer.scope():
        next_version(bill, total=str(bill.amount + 5))

    assert ">Difference<" not in look(log_in, bill, 1)
    assert ">5.00\N{NO-BREAK SPACE}GBP<" in look(log_in, bill, 2).split(">Difference<", 1)[1]


def test_a_newer_version_that_says_the_same_says_so(customer, bill, log_in):
    with customer.scope():
        next_version(bill)

    assert "Nothing that matters to the ledger changed" in look(log_in, bill, 2)


def test_a_version_that_nobody_could_read_shows_what_was_sent(customer, bill, log_in):
    words = "The invoice has no number."
    with customer.scope():
        Version.objects.filter(document=bill).update(
            content=None, problems=[{"code": "unreadable", "path": "header", "message": words}]
        )

    page = look(log_in, bill, 1)

    assert words in page
    assert '<details class="card" open>' in page
    assert "This version could not be read." in page
