"""Suppliers of JAGGAER in our words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from connectors.documents import PaymentTerms, Readiness, Supplier
from connectors.jaggaer.countries import two_letters
from connectors.jaggaer.profile import compile_profile

Understand = Callable[..., Any]
Payload = Callable[[str], Any]


def test_the_contract_s_supplier_is_understood_whole(understand: Understand, payload: Payload):
    record = understand("suppliers", payload("supplier"))
    supplier = record.document

    assert isinstance(supplier, Supplier)
    assert (supplier.source_id, supplier.reference, supplier.erp_number) == (
        "u1511507",
        "006105",
        "006105",
    )
    assert (supplier.parent_source_id, supplier.parent_erp_number) == ("u1511504", "006100")
    assert (supplier.approved, supplier.active, supplier.readiness) == (
        True,
        True,
        Readiness.POSTABLE,
    )
    assert (supplier.tax_number, supplier.registration_number) == ("DE123456789", "123456789")
    assert (supplier.country, supplier.currency) == ("US", "USD")
    assert supplier.terms == PaymentTerms("2% 10 Net 30", "Net", 30, 10, Decimal(2))
    assert [(a.kind, a.line2, a.country) for a in supplier.addresses] == [
        ("remitto", "", "US"),
        ("fulfillment", "Hall 2, Gate C", "US"),
    ]
    assert [(c.name, c.email) for c in supplier.contacts] == [("Ann Jones", "ar@example.com")]
    assert (supplier.email, supplier.other_names) == ("ar@example.com", ("MSL",))
    assert supplier.vendor_numbers == {"NC1": "NCCBO0001"}
    assert record.problems == ()


@pytest.mark.parametrize(
    ("change", "readiness", "active"),
    [
        ({"active": "No"}, Readiness.CANCELLED, False),
        ({"active": "false"}, Readiness.CANCELLED, False),
        ({"active": "true"}, Readiness.POSTABLE, True),
        ({"active": "dormant"}, Readiness.HOLD, True),
        ({"approvedForERPSync": "false"}, Readiness.WAITING, True),
        ({"approvedForERPSync": None}, Readiness.POSTABLE, True),
    ],
)
def test_status_of_suppliers(
    understand: Understand,
    payload: Payload,
    change: dict[str, Any],
    readiness: Readiness,
    active: bool,
):
    supplier = understand("suppliers", {**payload("supplier"), **change}).document

    assert (supplier.readiness, supplier.active) == (readiness, active)


def test_company_profiles_are_suppliers_where_a_profile_says_so(
    understand: Understand, payload: Payload, raw_profile: dict[str, Any]
):
    raw_profile["resources"]["suppliers"]["enabled"] = False
    raw_profile["resources"]["suppliersJa"]["enabled"] = True
    other = compile_profile(raw_profile)
    body = payload("company_profile_list")["returnCompanyData"][0]

    record = understand("suppliers", body, other)
    supplier = record.document

    assert (supplier.source_id, supplier.erp_number, supplier.name) == (
        "52423",
        "006105",
        "Müller & Søn Lab Supply",
    )
    assert record.modified_at == datetime(2024, 2, 1, 8, tzinfo=UTC)
    assert [(a.line1, a.city, a.country) for a in supplier.addresses] == [
        ("1 Mill Road", "Dallas", "US")
    ]
    assert (supplier.email, supplier.contacts[0].name) == ("ar@example.com", "Ann Jones")


def test_the_primary_address_of_a_kind_comes_before_the_others(
    understand: Understand, payload: Payload
):
    body = payload("supplier")
    first = body["addressList"]["address"][0]
    other = {**first, "erpNumber": "002", "city": "Austin"}
    body["addressList"]["address"].append(other)
    chosen = {"type": "remitto", "addressRef": {"erpNumber": "002"}}
    body["primaryAddressList"] = {"associatedAddress": [chosen]}

    addresses = understand("suppliers", body).document.addresses

    assert [(a.kind, a.city) for a in addresses if a.kind == "remitto"] == [
        ("remitto", "Austin"),
        ("remitto", "Dallas"),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [("US", "US"), ("usa", "US"), ("DEU", "DE"), ("UK", "GB"), ("United States", "US"),
     ("XKX", "XK"), ("", ""), (None, ""), ("Atlantis", "")],
)  # fmt: skip
def test_countries_become_two_letters(text: str | None, code: str):
    assert two_letters(text) == code
