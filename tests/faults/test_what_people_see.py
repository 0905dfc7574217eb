"""What the pages and the API say of a write that is not known, and of a conflict."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from sync.models import FlowName
from tests import factories, small
from tests.faults.conftest import SETTLE, Bench
from tests.world import control

ORDERS, INVOICES = FlowName.PURCHASE_ORDERS, FlowName.INVOICES
LOST = {"method": "POST", "path": r"\$batch|purchaseInvoices$", "kind": "reset"}


@pytest.fixture
def page(faults: Bench):
    """Return a function that reads a document's page as a clerk: its words, and how many queries
    it took; each in one line of text."""
    client = Client()
    client.force_login(factories.member(faults.customer.tenant, "operator").user)

    def read(document) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(reverse("document", args=[document.pk]))
        assert answer.status_code == 200
        asked = [each["sql"] for each in queries if each["sql"].startswith("SELECT")]
        return Words.of(answer.content.decode()), len(asked)

    return read


class Words(HTMLParser):
    """The text of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    @classmethod
    def of(cls, html: str) -> str:
        reader = cls()
        reader.feed(html)
        return " ".join(" ".join(reader.parts).split())

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def whole(faults: Bench, document) -> dict:
    key = factories.api_key(faults.customer.tenant, "viewer")[1]
    headers = {"Authorization": f"Bearer {key}"}
    return Client().get(f"/api/v1/documents/{document.pk}", headers=headers).json()


def test_an_unknown_write_tells_since_when_what_is_looked_for_and_when_it_is_decided(
    faults: Bench, page
):
    number = faults.invoice()
    faults.nav({**LOST, "times": 0})
    faults.run(INVOICES)
    document = faults.document(INVOICES, number)

    words, queries = page(document)
    [told] = whole(faults, document)["unclear"]
    write = faults.write("purchase_invoice", number)

    assert document.state == "unknown"
    assert f"purchase invoice {small.invoice_number(number)}" in words
    for part in ("Not known since", "Next look", "Decided", "nothing is booked twice"):
        assert part in words
    assert told["write"] == str(write.pk)
    assert told["looked_for"] == f"purchase invoice {small.invoice_number(number)}"
    assert told["since"] < told["next_look_up_at"] < told["decided_by"]
    assert queries <= 15


def test_a_conflict_shows_both_documents_side_by_side(faults: Bench, page):
    number = faults.invoice()
    faults.nav({**LOST, "phase": "after"})
    faults.run(INVOICES)
    typed = {"set": "purchaseInvoices", "op": "patch"}
    key = {"vendorInvoiceNumber": small.invoice_number(number)}
    values = {"dueDate": "2027-01-31"}
    control(faults.customer.nav, "records", {**typed, "key": key, "values": values})
    faults.pass_time(SETTLE)
    document = faults.document(INVOICES, number)

    words, queries = page(document)
    [told] = whole(faults, document)["conflicts"]

    assert document.state == "parked"
    assert "Ours and what stands in the ledger" in words
    assert "What differs" in words
    assert "Due date 2 Apr 2026 31 Jan 2027" in words
    assert "Line 2: price 50.00 GBP 50.00 GBP" in words
    assert [field["name"] for field in told["compared"] if field["differs"]] == ["dueDate"]
    assert {field["name"] for field in told["compared"]} >= {
        "vendorInvoiceNumber",
        "lines[2].unitCost",
    }
    assert queries <= 15
