"""Where is order 4711? Its number leads to one page with both systems and its invoices."""

from __future__ import annotations

import pytest
from django.urls import reverse

from sync.models import Allocation, Document
from sync.words import plainly


@pytest.fixture
def viewer(customer, log_in):
    return log_in(customer.tenant, "viewer")


def test_an_order_is_found_by_its_number_with_its_invoices_and_the_ledger(customer, viewer):
    with customer.scope():
        taken = Allocation.objects.select_related("order", "document").filter(
            order__state="written", document__state="written"
        )
        order, invoice = taken[0].order, taken[0].document
        in_ledger = order.links.get(kind="purchase_order").number
        booked = invoice.links.get(kind="purchase_invoice").number

    asked = viewer.get(reverse("documents"), {"reference": order.reference.lstrip("0")})
    page = viewer.get(asked.url).content.decode()

    assert asked.url == reverse("document", args=[order.pk])
    assert "Invoiced on this order" in page
    assert in_ledger in page
    assert f">{invoice}</a>" in page
    assert booked in page


def test_an_order_without_invoices_says_so(customer, viewer):
    with customer.scope():
        order = Document.objects.filter(resource="purchase_order").first()
        Allocation.objects.filter(order=order).delete()

    page = viewer.get(reverse("document", args=[order.pk])).content.decode()

    assert "No invoice or credit note names it yet." in page


def test_the_first_page_asks_for_a_number(viewer):
    page = viewer.get(reverse("today")).content.decode()

    assert f'action="{reverse("documents")}"' in page
    assert 'name="reference"' in page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (
            "Order 45080 line 1: 363283 invoiced in all",
            "Order 45080 line 1: 363,283 invoiced in all",
        ),
        ("107844.00 invoiced in all, 53922 ordered", "107,844 invoiced in all, 53,922 ordered"),
        ("at most 1.50 is allowed.", "at most 1.5 is allowed."),
        ("107844.00 GBP invoiced in all", "107,844.00 GBP invoiced in all"),
        ("1500000 JPY fits order 4711000", "1,500,000 JPY fits order 4711000"),
    ],
)
def test_quantities_are_written_like_amounts_and_numbers_of_orders_are_not(said, shown):
    assert plainly(said) == shown
