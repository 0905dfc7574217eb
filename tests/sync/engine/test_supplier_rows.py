"""Vendor sync, row by row (domain rules 1b): what values and rules alone decide.

The rows about effects stand in tests/journeys/test_supplier_rows.py, under the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from connectors.documents import (
    Address,
    LedgerVendor,
    PaymentTerms,
    Readiness,
    Supplier,
    SupplierChange,
)
from sync.domain import mapping
from sync.domain.policy import parse
from sync.domain.vendors import VendorView, identify, ledger_vendor
from sync.engine.deciding.suppliers_merge import Meeting, merge
from sync.models import Document

TERMS = mapping.MappingTable(mapping.PAYMENT_TERMS, [mapping.MappingEntry("Net 30", "30D")])
TAKES = frozenset({"number", "status", "email", "phone", "payment terms"})


class Source:
    """What the source's connector says of a change; nothing is sent in these tests."""

    def change_of(self, supplier: Supplier, fields) -> SupplierChange:
        return SupplierChange(source_id=supplier.source_id, profile_id="9142", fields=fields)


def supplier(**values) -> Supplier:
    facts = {
        "source_id": "u1",
        "version": "1",
        "modified_at": None,
        "reference": "V1",
        "readiness": Readiness.POSTABLE,
        "name": "Kestrel",
        "erp_number": "V1",
        "email": "a@kestrel.example",
        "phone": "1",
        "currency": "GBP",
    }
    return Supplier(**{**facts, **values})


def vendor(name: str = "Kestrel", number: str = "V1", **values: str) -> VendorView:
    facts = {"email": "a@kestrel.example", "phone": "1", "currency": "GBP"}
    return VendorView(number, f"id-{number}", name, {**facts, **values})


def meet(ours: Supplier, theirs: VendorView, *, match=None, owners=None, **met):
    """Bring both together and return document and decision."""
    policy = parse({"supplier": {"owners": owners or {}}}).supplier
    document = Document(match=match, blocked_because="inactive at the source")
    meeting = Meeting(policy=policy, terms=TERMS, source=Source(), takes=TAKES, **met)
    wanted = ledger_vendor(ours, TERMS, create_blocked=False)
    return document, merge(document, ours, wanted, theirs, meeting)


def agreed(**options) -> dict:
    return meet(supplier(), vendor(), **options)[1].match


def to_ledger(decision) -> dict[str, str]:
    [change] = [one for one in decision.effects if isinstance(one, LedgerVendor)] or [None]
    return {name: getattr(change, name) for name in change.only} if change else {}


def to_source(decision) -> dict[str, str]:
    found = [one.fields for one in decision.effects if isinstance(one, SupplierChange)]
    return {name: value for fields in found for name, value in fields.items()}


def codes(decision) -> list[str]:
    return [one.code for one in decision.reasons]


def test_row_1_the_owner_of_a_field_wins_and_the_losers_value_is_shown():
    _, decision = meet(supplier(name="Kestrel Ltd"), vendor("Kestrel Inc"), match=agreed())

    assert to_ledger(decision) == {"name": "Kestrel Ltd"}
    assert any("Kestrel Inc" in note for note in decision.notes)


def test_row_1_a_field_without_owner_edited_on_both_sides_waits_for_a_person():
    ours, theirs = supplier(email="b@kestrel.example"), vendor(email="c@kestrel.example")

    _, decision = meet(ours, theirs, match=agreed())

    assert (codes(decision), decision.effects) == (["supplier_conflict"], ())
    [found] = decision.reasons
    assert found.evidence["source_value"] == "b@kestrel.example"
    assert found.evidence["ledger_value"] == "c@kestrel.example"


def test_row_2_different_fields_edited_are_merged():
    _, decision = meet(supplier(email="b@kestrel.example"), vendor(phone="2"), match=agreed())

    assert to_ledger(decision) == {"email": "b@kestrel.example"}
    assert to_source(decision) == {"phone": "2"}


def test_row_3_our_own_writes_coming_back_write_nothing():
    ours, theirs = supplier(email="b@kestrel.example"), vendor(phone="2")
    _, first = meet(ours, theirs, match=agreed())

    _, second = meet(
        replace(ours, phone="2"), vendor(email="B@kestrel.example", phone="2"), match=first.match
    )

    assert (second.effects, codes(second)) == ((), [])


@pytest.mark.parametrize(
    ("facts", "by", "candidates"),
    [
        ({"tax_number": "GB 123"}, "tax number", 0),
        ({"registration_number": "HRB-9"}, "registration", 0),
        ({"country": "GB"}, "", 1),
        ({"country": "DE"}, "", 0),
        ({"country": None}, "", 1),
        ({"name": "KESTREL, Limited"}, "", 1),
        ({"name": "Somebody else"}, "", 0),
    ],
)
def test_row_4_a_strong_hit_binds_a_weak_one_is_proposed_none_creates(facts, by, candidates):
    ours = supplier(**{"erp_number": None, "country": "GB", **facts})
    theirs = vendor(
        "Kestrel Ltd." if "KESTREL" in ours.name else "Kestrel",
        tax_number="GB123",
        registration_number="HRB9",
        country="GB",
    )

    found = identify(ours, [theirs], None)

    assert (found.by, len(found.candidates)) == (by, candidates)
    assert (found.vendor is not None) == bool(by)


def test_row_8_a_renumbered_vendor_is_told_to_the_source_by_its_id():
    _, decision = meet(supplier(), vendor(number="V2"), match=agreed())

    assert to_source(decision) == {"number": "V2"}
    assert decision.bound.number == "V2"


def test_row_10_terms_without_code_hold_back_this_field_alone():
    ours = supplier(name="Kestrel Ltd", terms=PaymentTerms(code="Net 7"))

    _, decision = meet(ours, vendor(), match=agreed(), owners={"payment_terms": "source"})

    assert to_ledger(decision) == {"name": "Kestrel Ltd"}
    assert codes(decision) == ["mapping_missing"]


def test_row_11_an_inactive_supplier_blocks_its_vendor_and_names_what_is_open():
    ours = supplier(active=False)

    _, decision = meet(ours, vendor(), match=agreed(), open_documents=("PO1", "RE-7"))

    assert to_ledger(decision) == {"blocked": "all"}
    assert any("PO1, RE-7" in note for note in decision.notes)


@pytest.mark.parametrize("grade", ["payment", "all"])
def test_row_12_a_block_of_the_ledger_flows_to_the_source_and_only_the_ledger_lifts_it(grade):
    _, held = meet(supplier(), vendor(blocked=grade), match=agreed())
    assert to_source(held) == {"status": grade}

    document, echo = meet(supplier(active=False), vendor(blocked=grade), match=held.match)
    assert (echo.effects, document.blocked_because) == ((), "")

    _, lifted_at_source = meet(supplier(), vendor(blocked=grade), match=echo.match)
    assert to_source(lifted_at_source) == {"status": grade}

    _, lifted = meet(supplier(active=False), vendor(), match=echo.match)
    assert (to_source(lifted), to_ledger(lifted)) == ({"status": ""}, {})


@pytest.mark.parametrize("facts", [{"currency": "EUR"}, {"tax_number": "GB9"}])
def test_row_16_another_currency_or_tax_number_is_parked_with_what_is_open(facts):
    _, decision = meet(supplier(**facts), vendor(), match=agreed(), open_documents=("RE-7",))

    assert (codes(decision), decision.effects) == (["supplier_conflict"], ())
    assert decision.reasons[0].evidence["open_documents"] == ["RE-7"]


def test_row_17_an_address_that_the_ledger_shortened_is_not_written_again():
    whole = "Unit 7, The Old Brewery Yard, Behind the Corn Exchange, Upper Market Street"
    ours = supplier(addresses=(Address(line1=whole, city="Leeds"),))
    theirs = vendor(line1=f"{whole[:49]}…", city="Leeds")

    _, decision = meet(ours, theirs, match=None)
    _, other = meet(ours, vendor(line1="Unit 7", city="Leeds"), match=None)

    assert to_ledger(decision) == {}
    assert to_ledger(other)["address"].line1 == whole


def test_nothing_goes_to_a_source_that_takes_nothing():
    nothing = SimpleNamespace(change_of=None)
    policy = parse({}).supplier
    met = Meeting(policy=policy, terms=TERMS, source=nothing)
    document = Document(match=agreed())
    theirs = vendor(blocked="all", phone="2", number="V2")

    decision = merge(
        document, supplier(), ledger_vendor(supplier(), TERMS, create_blocked=False), theirs, met
    )

    assert decision.effects == ()
