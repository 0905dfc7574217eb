"""The comparisons of an invoice with its order, as its page shows them."""

from __future__ import annotations

import re

from django.urls import reverse

from sync.models import Document


def test_the_amounts_of_a_comparison_stand_with_their_currency(customer, admin):
    with customer.scope():
        billed = Document.objects.filter(resource="invoice", match__checks__0__isnull=False).first()

    page = admin.get(reverse("document", args=[billed.pk])).content.decode()

    shown = re.findall(r'data-label="Numbers">([^<]*)', page)
    assert len(shown) == len(billed.match["checks"])
    for words, check in zip(shown, billed.match["checks"], strict=True):
        assert words.count(billed.currency) == len(check["amounts"]) > 0
