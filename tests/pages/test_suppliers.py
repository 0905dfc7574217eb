"""Suppliers as pages: what both sides say otherwise, and families drawn as trees."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from sync.models import Document
from tests import factories


@pytest.fixture
def viewer(customer, log_in):
    return log_in(customer.tenant, "viewer")


@pytest.fixture
def suppliers(customer) -> list[Document]:
    with customer.scope():
        return list(Document.objects.filter(resource="supplier").order_by("supplier_name")[:4])


def rows_of(page: str) -> list[str]:
    """Return the text of each table row, tags and blanks taken out."""
    rows = re.findall(r"<tr.*?</tr>", page, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in rows]


def tree_of(page: str) -> list[tuple[int, str]]:
    """Return each supplier of the trees with its depth, in the order in which they stand."""
    found, depth = [], 0
    for tag, words in re.findall(r"<(/?ul)\b[^>]*>|<span>(.*?)</span>", page, re.DOTALL):
        depth += {"ul": 1, "/ul": -1}.get(tag, 0)
        if words:
            found.append((depth, " ".join(re.sub(r"<[^>]+>", " ", words).split())))
    lowest = min((depth for depth, _ in found), default=0)
    return [(depth - lowest, words) for depth, words in found]


def test_a_list_of_suppliers_shows_what_both_sides_say_otherwise(customer, viewer, suppliers):
    view = [
        {"field": "name", "source": "Ash Ltd", "ledger": "Ash Limited", "outcome": "write"},
        {"field": "payment_terms", "source": "30D", "ledger": "", "outcome": "conflict"},
        {"field": "contact", "source": "Kim", "ledger": "Kim", "outcome": "keep"},
    ]
    view[0]["value"] = "Ash Ltd"
    with customer.scope():
        Document.objects.filter(pk=suppliers[0].pk).update(match={"view": view})
        Document.objects.filter(pk=suppliers[1].pk).update(match={"view": view[2:]})

    rows = rows_of(viewer.get(reverse("suppliers")).content.decode())

    assert "Name Ash Ltd Ash Limited to the ledger: Ash Ltd" in rows
    assert "Payment terms 30D – waits for a choice" in rows
    assert not any(row.startswith("Contact") for row in rows)
    assert sum("Field JAGGAER Ledger What happens" in row for row in rows) == 1


def test_a_family_is_a_tree_with_the_vendor_of_each(customer, viewer, suppliers):
    top, child, grandchild, other = suppliers
    with customer.scope():
        set_parent(child, top.source_id)
        set_parent(grandchild, child.source_id)
        set_parent(other, "u-unknown")

    page = viewer.get(reverse("families")).content.decode()
    tree = tree_of(page.partition("<main")[2])

    known = [(0, top), (1, child), (2, grandchild), (1, other)]
    expected = [(depth, f"{one.supplier_name} {one.reference}") for depth, one in known]
    assert sorted(tree) == sorted([*expected, (0, "u-unknown never received")])
    assert tree.index(expected[0]) + 1 == tree.index(expected[1])
    assert tree.index(expected[1]) + 1 == tree.index(expected[2])
    assert f'href="{reverse("document", args=[grandchild.pk])}"' in page


def test_a_supplier_without_a_vendor_says_so_in_its_family(customer, viewer, suppliers):
    with customer.scope():
        set_parent(suppliers[1], suppliers[0].source_id)
        new = Document.objects.get(pk=suppliers[0].pk)
        new.pk, new.source_id, new.reference = None, "u-new", "N1"
        new.supplier_source_id = "u-new"
        new.parent_source_id, new.supplier_erp_number = suppliers[0].source_id, ""
        new.state = "parked"
        new.save()

    page = viewer.get(reverse("families")).content.decode()

    assert re.search(r"N1\s*· no vendor yet", page)
    assert page.count("no vendor yet") == 1


def test_without_parents_each_supplier_stands_for_itself(viewer):
    page = viewer.get(reverse("families")).content.decode()

    assert "No supplier names a parent in JAGGAER" in page


def test_a_family_of_another_organization_is_not_shown(customer, log_in, suppliers):
    with customer.scope():
        set_parent(suppliers[1], suppliers[0].source_id)
    stranger = log_in(factories.tenant("Stranger Ltd"), "admin")

    page = stranger.get(reverse("families")).content.decode()

    assert suppliers[0].supplier_name not in page


def set_parent(supplier: Document, parent: str) -> None:
    Document.objects.filter(pk=supplier.pk).update(parent_source_id=parent)
