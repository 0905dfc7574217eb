"""Suppliers that one vendor is paid for belong together, whatever the source says of parents."""

from __future__ import annotations

import pytest

from connectors.documents import ReferenceKind
from sync.engine.deciding.suppliers_known import SupplierDirectory
from sync.models import LedgerItem


def directory(*, parents: dict[str, str] | None = None, **cards: str) -> SupplierDirectory:
    """Cards of vendors with the vendor that each says is paid for it; numbers are ids here."""
    vendors = {
        number: LedgerItem(
            kind=ReferenceKind.SUPPLIERS,
            code=number,
            attributes={"pay_to": pay_to} if pay_to else {},
        )
        for number, pay_to in cards.items()
    }
    parents = parents or {}
    known = {*parents, *parents.values()}
    return SupplierDirectory(
        vendors=vendors, parents=parents, numbers={number: number for number in known}
    )


@pytest.mark.parametrize("number", ["V1", "V2", "PAID"])
def test_vendors_that_one_vendor_is_paid_for_are_one_family(number: str) -> None:
    known = directory(V1="PAID", V2="PAID", PAID="", V9="")

    assert known.family(None, number) == "PAID"
    assert known.family(None, "V9") == "V9"


def test_a_parents_card_speaks_for_its_children() -> None:
    known = directory(parents={"CHILD": "TOP"}, TOP="PAID", CHILD="", PAID="")

    assert known.family("CHILD", "CHILD") == "PAID"
    assert known.cards_of("PAID") == {"CHILD", "TOP", "PAID"}


def test_without_such_cards_the_parents_alone_make_a_family() -> None:
    known = directory(parents={"CHILD": "TOP"}, TOP="", CHILD="")

    assert known.family("CHILD", "CHILD") == "TOP"
    assert known.cards_of("TOP") == {"CHILD", "TOP"}


def test_a_lineage_names_all_parents_and_who_is_paid_by_the_cards() -> None:
    known = directory(parents={"CHILD": "MID", "MID": "TOP"}, TOP="PAID", CHILD="", PAID="")
    known.names = {"MID": "Middle Ltd", "TOP": "Top plc"}
    known.vendors["PAID"].name = "Paying Ltd"

    found = known.lineage("CHILD", "CHILD")

    assert [each.label for each in found.parents] == ["MID Middle Ltd", "TOP Top plc"]
    assert found.paid is not None
    assert found.paid.label == "PAID Paying Ltd"


def test_a_lineage_that_leads_back_to_its_beginning_ends() -> None:
    known = directory(parents={"A": "B", "B": "A"}, A="", B="")

    assert [each.key for each in known.lineage("A", "A").parents] == ["B"]
