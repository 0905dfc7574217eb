"""Fields of a supplier edited on either side: one case for each row that values alone decide."""

from __future__ import annotations

import pytest

from connectors.documents import Address, LedgerVendor
from sync.domain.policy import Owners
from sync.domain.supplier_fields import Outcome, compare, remembered
from sync.domain.vendors import VendorView

OWNERS = Owners(
    name="source", address="source", contact="changed", payment_terms="ledger", status="stricter"
)
FIELDS = {"name": "name", "email": "email", "blocked": "status", "currency": "currency"}


def wanted(**values: str) -> LedgerVendor:
    facts = {"name": "Kestrel", "email": "a@kestrel.example", "currency": "GBP"}
    return LedgerVendor(number="V1", address=Address(), **{**facts, **values})


def vendor(name: str = "Kestrel", **values: str) -> VendorView:
    facts = {"email": "a@kestrel.example", "currency": "GBP", "payment_terms": "30D"}
    return VendorView("V1", "id-1", name, {**facts, **values})


def outcomes(ours: LedgerVendor, theirs: VendorView, before) -> dict[str, str]:
    found = compare(ours, theirs, OWNERS, before)
    return {one.field: one.outcome.value for one in found if one.outcome is not Outcome.KEEP}


def memory(ours: LedgerVendor, theirs: VendorView, before=None):
    before = before or {}
    return remembered(compare(ours, theirs, OWNERS, before), before)


AGREED = memory(wanted(), vendor())
CASES = {
    "1 both edited a field that the source owns": (
        wanted(name="Kestrel Ltd"),
        vendor("Kestrel Inc"),
        {"name": "write"},
    ),
    "1 both edited a field that nobody owns": (
        wanted(email="b@kestrel.example"),
        vendor(email="c@kestrel.example"),
        {"email": "conflict"},
    ),
    "2 different fields edited": (
        wanted(email="b@kestrel.example"),
        vendor(phone="555"),
        {"email": "write"},
    ),
    "edited in the ledger alone": (wanted(), vendor(email="c@kestrel.example"), {}),
    "both edited to the same value": (
        wanted(email="b@kestrel.example"),
        vendor(email="B@kestrel.example"),
        {},
    ),
    "a value the source does not have": (wanted(email=""), vendor(), {}),
    "10 payment terms belong to the ledger": (wanted(payment_terms_code="60D"), vendor(), {}),
    "11 inactive at the source": (wanted(blocked="all"), vendor(), {"status": "write"}),
    "12 blocked by hand in the ledger": (wanted(), vendor(blocked="all"), {}),
    "12 held for payment there, inactive here": (
        wanted(blocked="all"),
        vendor(blocked="payment"),
        {"status": "write"},
    ),
    "16 another currency": (wanted(currency="EUR"), vendor(), {"currency": "conflict"}),
    "16 another tax number": (wanted(tax_number="GB1"), vendor(), {"tax number": "conflict"}),
}


@pytest.mark.parametrize(("ours", "theirs", "expected"), CASES.values(), ids=CASES.keys())
def test_the_owner_of_a_field_decides_since_both_sides_agreed(ours, theirs, expected) -> None:
    assert outcomes(ours, theirs, AGREED) == expected


def test_3_our_own_write_read_back_changes_nothing() -> None:
    ours = wanted(email="b@kestrel.example")
    after = memory(ours, vendor(), AGREED)

    assert outcomes(ours, vendor(email="b@kestrel.example"), after) == {}


def test_a_write_that_was_refused_is_still_wanted() -> None:
    ours = wanted(email="b@kestrel.example")

    assert outcomes(ours, vendor(), memory(ours, vendor(), AGREED)) == {"email": "write"}


def test_an_edit_in_the_ledger_after_our_write_is_kept() -> None:
    ours = wanted(email="b@kestrel.example")
    after = memory(ours, vendor(), AGREED)

    assert outcomes(ours, vendor(email="c@kestrel.example"), after) == {}


def test_the_first_meeting_writes_only_what_the_source_owns() -> None:
    theirs = vendor("Kestrel Inc", email="c@kestrel.example", currency="EUR")

    assert outcomes(wanted(), theirs, {}) == {"name": "write"}


def test_12_a_block_of_ours_is_lifted_by_the_source_and_one_of_theirs_is_not() -> None:
    blocked = wanted(blocked="all")
    ours = memory(blocked, vendor(), AGREED)
    theirs = memory(blocked, vendor(blocked="all"), AGREED)

    assert outcomes(wanted(), vendor(blocked="all"), ours) == {"status": "write"}
    assert outcomes(wanted(), vendor(blocked="all"), theirs) == {}


def test_a_conflict_lasts_until_both_sides_agree() -> None:
    ours, theirs = wanted(email="b@kestrel.example"), vendor(email="c@kestrel.example")
    after = memory(ours, theirs, AGREED)

    assert outcomes(ours, theirs, after) == {"email": "conflict"}
    assert outcomes(ours, vendor(email="b@kestrel.example"), after) == {}
