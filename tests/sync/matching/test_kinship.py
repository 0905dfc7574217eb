"""Whose order an invoice bills, when it is another supplier's (domain rules 1a 4): the sentence,
the evidence and the note name what connects both."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync.matching import SupplierView, match
from sync.matching.kinship import Kinship, Lineage, Member, kinship
from tests.sync.building import KESTREL, SISTER, STRANGER, context, invoice, order

HOLDING, TRUST = Member("P1", "P1 Kestrel Holding"), Member("P0", "P0 Kestrel Trust")
BANK = Member("B7", "B7 Paying Ltd")
PARENT = SupplierView(key="P1", name="Kestrel Holding", erp_number="P1", family="GROUP")


def with_parents(supplier: SupplierView, *parents: Member, paid: Member | None = None) -> Any:
    return replace(supplier, lineage=Lineage(parents, paid))


CASES = {
    "the order is its parent's": (
        with_parents(KESTREL, HOLDING),
        PARENT,
        Kinship("parent", "P1 Kestrel Holding is a parent of V1 Kestrel"),
    ),
    "the order is its child's": (
        PARENT,
        with_parents(SISTER, HOLDING),
        Kinship("child", "P1 Kestrel Holding is a parent of V2 Kestrel North"),
    ),
    "two children of one parent": (
        with_parents(KESTREL, HOLDING, TRUST),
        with_parents(SISTER, HOLDING, TRUST),
        Kinship("common_parent", "both have the parent P1 Kestrel Holding", "P1 Kestrel Holding"),
    ),
    "cousins: the nearest parent that both have": (
        with_parents(KESTREL, HOLDING, TRUST),
        with_parents(SISTER, TRUST),
        Kinship("common_parent", "both have the parent P0 Kestrel Trust", "P0 Kestrel Trust"),
    ),
    "one vendor is paid for both": (
        with_parents(KESTREL, paid=BANK),
        with_parents(SISTER, paid=BANK),
        Kinship("pay_to", "vendor B7 Paying Ltd is paid for both", "B7 Paying Ltd"),
    ),
    "the other one is paid for it": (
        with_parents(KESTREL, paid=Member("V2", "V2 Kestrel North")),
        SISTER,
        Kinship("pay_to", "V2 Kestrel North is the vendor paid for V1 Kestrel"),
    ),
    "it is paid for the other one": (
        KESTREL,
        with_parents(SISTER, paid=Member("V1", "V1 Kestrel")),
        Kinship("pay_to", "V1 Kestrel is the vendor paid for V2 Kestrel North"),
    ),
    "nothing connects them": (
        with_parents(KESTREL, HOLDING),
        with_parents(STRANGER, Member("P9", "P9 Arbor Group"), paid=BANK),
        None,
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "expected"), CASES.values(), ids=CASES)
def test_the_closest_connection_is_named(ours, theirs, expected):
    members = [Member(each.key, each.label) for each in (ours, theirs)]

    assert kinship(members[0], ours.lineage, members[1], theirs.lineage) == expected


RELATED = (with_parents(KESTREL, HOLDING), with_parents(SISTER, HOLDING))


def test_a_related_supplier_that_the_policy_reviews_says_how_and_what_the_policy_does():
    ours, theirs = RELATED
    limits = {"related_supplier": "review"}

    [found] = match(
        invoice(), context(order(supplier=theirs), supplier=ours, limits=limits)
    ).reasons

    assert found.message == (
        "Order 4711 belongs to V2 Kestrel North, the invoice comes from V1 Kestrel: both have the"
        " parent P1 Kestrel Holding. The policy has invoices of related suppliers reviewed."
    )
    assert "match.related_supplier" in found.fix
    assert found.evidence["relation"] == "common_parent"
    assert found.evidence["through"] == "P1 Kestrel Holding"


def test_a_related_supplier_that_the_policy_accepts_is_noted_with_its_relation():
    ours, theirs = RELATED

    verdict = match(invoice(), context(order(supplier=theirs), supplier=ours))

    assert verdict.reasons == ()
    assert verdict.notes[0] == (
        "Order 4711 belongs to V2 Kestrel North, a related supplier of V1 Kestrel: both have the"
        " parent P1 Kestrel Holding."
    )


def test_a_connection_that_makes_no_group_is_said_all_the_same():
    theirs = with_parents(STRANGER, paid=Member("V1", "V1 Kestrel"))

    [found] = match(invoice(), context(order(supplier=theirs))).reasons

    assert (
        "V1 Kestrel is the vendor paid for V9 Arbor. Their topmost parents differ" in found.message
    )
    assert found.evidence["relation"] == "pay_to"


def test_strangers_are_said_to_be_nothing_else():
    [found] = match(invoice(), context(order(supplier=STRANGER))).reasons

    assert found.message == "Order 4711 belongs to V9 Arbor, the invoice comes from V1 Kestrel."
    assert "relation" not in found.evidence
