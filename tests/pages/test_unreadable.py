"""What nobody could read is told on the document's page in words, its field as a detail."""

from __future__ import annotations

from django.urls import reverse

from connectors.documents import Problem
from sync.domain.reasons import from_problem
from sync.models import Document


def test_an_unreadable_date_is_told_in_words_with_its_field_as_a_detail(customer, log_in):
    words = "The invoice date reads “2026-02-30”: day is out of range for month."
    reason = from_problem(Problem("date_invalid", "header.invoiceDate", words), document="1")
    with customer.scope():
        parked = Document.objects.filter(resource="invoice", state="parked").first()
        parked.reasons = [{**reason.as_dict(), "cause": reason.cause}]
        parked.save()

    viewer = log_in(customer.tenant, "viewer")
    page = viewer.get(reverse("document", args=[parked.pk])).content.decode()

    assert f"<strong>{words}</strong>" in page
    assert "Field: <code>header.invoiceDate</code>" in page
