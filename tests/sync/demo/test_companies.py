"""The ledger side: companies as the NAV sandbox takes them."""

from typing import Any

import pytest

from connectors.nav.sandbox.app import NavSandbox
from connectors.nav.sandbox.company import Company
from sync.demo.companies import NAMES, TAX_PERCENTS, company, company_id
from sync.demo.mapping_rows import STANDARD_TERMS, TAX_CODES
from sync.demo.parts import TERMS
from sync.demo.records import FOLDER, UNITS, ledger, read_json, unit
from sync.demo.supplier_bodies import THREE_LETTERS
from sync.demo.tenants import write_seeds


@pytest.fixture(params=UNITS)
def seed(request: pytest.FixtureRequest) -> dict[str, Any]:
    return company(unit(request.param), ledger()) | {"key": request.param}


def codes(seed: dict[str, Any], name: str, field: str = "code") -> set[str]:
    return {row[field] for row in seed[name]}


def test_the_clearing_account_and_the_batch_of_the_policy_exist(seed: dict[str, Any]) -> None:
    policy = read_json(FOLDER / "policy.json")[seed["key"]]
    accounts = {row["number"]: row for row in seed["accounts"]}
    wanted = {policy["journal"]["balancing_account"], *policy["accounts"].values()} - {None}

    assert all(accounts[number]["directPosting"] for number in wanted)
    assert policy["journal"]["batch"] in codes(seed, "journals")


def test_each_unit_has_its_own_clearing_account() -> None:
    policies = read_json(FOLDER / "policy.json")

    assert len({policies[key]["journal"]["balancing_account"] for key in UNITS}) == len(UNITS)


def test_every_mapped_target_but_the_accounts_exists(seed: dict[str, Any]) -> None:
    mapping = unit(seed["key"]).mapping

    assert set(mapping["payment_terms"].values()) <= codes(seed, "paymentTerms")
    assert set(mapping["unit_of_measure"].values()) <= codes(seed, "unitsOfMeasure")
    assert set(mapping.get("tax", {}).values()) <= codes(seed, "taxGroups")


def test_source_terms_lead_to_the_ledgers_terms_of_the_supplier() -> None:
    assert all(STANDARD_TERMS[terms.code] == code for code, terms in TERMS.items())
    assert set(TAX_CODES.values()) == set(TAX_PERCENTS)


def test_the_local_currency_is_no_currency_record(seed: dict[str, Any]) -> None:
    local = seed["localCurrency"]

    assert local == NAMES[seed["key"]][2]
    assert local not in codes(seed, "currencies")
    assert codes(seed, "currencyExchangeRates", "currencyCode") == codes(seed, "currencies")


def test_blocked_suppliers_are_known_blocked_and_inactive_ones_unknown(
    seed: dict[str, Any],
) -> None:
    blocked = {row["number"] for row in seed["vendors"] if row["blocked"] == "All"}
    rows = unit(seed["key"]).suppliers

    assert blocked == {row["supplier_code"] for row in rows if row["status"] == "blocked"}
    gone = {row["supplier_code"] for row in rows if row["status"] in {"inactive", "onboarding"}}
    assert not gone & codes(seed, "vendors", "number")


def test_one_known_vendor_is_spelled_otherwise(seed: dict[str, Any]) -> None:
    suppliers = unit(seed["key"]).supplier_of
    known = [row for row in seed["vendors"] if row["number"] in suppliers]
    odd = [r for r in known if r["displayName"] != suppliers[r["number"]]["name"]]

    assert len(known) >= 12
    assert len(odd) == 1


def test_every_country_of_a_supplier_exists_in_both_spellings(seed: dict[str, Any]) -> None:
    named = {row["country"] for row in unit(seed["key"]).suppliers if "country" in row}

    assert named <= codes(seed, "countriesRegions")
    assert named <= set(THREE_LETTERS)


def test_the_nav_sandbox_takes_the_companies(tmp_path) -> None:
    _, nav = write_seeds(tmp_path)
    sandbox = NavSandbox(seed=str(nav))
    council = Company(sandbox.records, sandbox.clock, company_id("DBC"))

    assert council.first("accounts", "number", "8100")["accountType"] == "Begin_x002D_Total"
    assert council.first("accounts", "number", "8995")["blocked"]
    assert council.first("vendors", "number", "L00020")["blocked"] == "Payment"
    assert council.setup["globalDimensions"] == ["DEPARTMENT", "CUSTOMERGROUP"]
    assert {row["percent"] for row in council.setup["vatSetup"]} == {"20", "5", "0"}
