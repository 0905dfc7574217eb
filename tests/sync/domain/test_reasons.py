"""The catalogue of reasons: complete, in words, with owner, fix and cause."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from connectors.documents import Problem
from sync.domain.reason_texts import TEXTS
from sync.domain.reasons import CODES, Owner, from_problem, is_acceptable, reason, unique

# The codes of the product's API contract.
API = {
    "mapping_missing",
    "mapping_invalid",
    "order_reference_missing",
    "order_not_found",
    "order_ambiguous",
    "order_of_other_supplier",
    "order_cancelled",
    "supplier_unknown",
    "supplier_ambiguous",
    "supplier_blocked",
    "supplier_conflict",
    "parent_missing",
    "parent_cycle",
    "duplicate_invoice",
    "duplicate_suspected",
    "price_over_tolerance",
    "amount_over_order",
    "quantity_over_order",
    "quantity_over_received",
    "quantity_precision",
    "unit_differs",
    "line_not_on_order",
    "dated_before_order",
    "currency_differs",
    "tax_differs",
    "charge_not_ordered",
    "charge_over_limit",
    "does_not_add_up",
    "credit_without_invoice",
    "credit_over_invoice",
    "negative_invoice",
    "number_missing",
    "total_missing",
    "total_zero",
    "date_invalid",
    "not_approved",
    "posting_date_closed",
    "too_long",
    "unreadable",
    "split_incomplete",
    "status_unknown",
    "ledger_refused",
    "outcome_unknown",
    "changed_in_ledger",
    "changed_at_source",
    "cancelled_at_source",
    "bank_details_changed",
}


def test_the_catalogue_holds_the_codes_of_the_api_and_no_other() -> None:
    assert CODES == API


@pytest.mark.parametrize("key", TEXTS)
def test_every_text_is_a_sentence_with_an_owner_and_a_fix(key) -> None:
    found = reason(key, document="inv 1")

    assert found.owner in set(Owner)
    assert found.message[0].isalnum()
    assert found.fix.endswith(".")
    assert found.cause
    assert "{" not in found.message + found.fix + found.cause


def test_numbers_stand_in_the_sentence_and_as_text_in_the_evidence() -> None:
    found = reason(
        "dated_before_order",
        document_date=date(2025, 1, 1),
        order="49",
        order_date=date(2025, 2, 1),
        document="inv 1",
    )

    assert found.message == "The invoice is dated 2025-01-01, before its order 49 of 2025-02-01."
    assert found.evidence["order_date"] == "2025-02-01"
    assert reason("total_zero", total=Decimal("0E+2")).evidence == {"total": "0"}


@pytest.mark.parametrize(
    ("key", "evidence", "cause"),
    [
        (
            "mapping_missing",
            {"kind": "ledger_account", "source_code": "OFFICE"},
            "mapping ledger_account OFFICE",
        ),
        ("mapping_missing/account", {"account": "freight", "amount": "5"}, "account freight"),
        ("order_not_found", {"order": "49"}, "order 49"),
        ("supplier_unknown", {"supplier": "V1"}, "supplier V1"),
        ("total_zero", {"document": "inv 1"}, "total_zero inv 1"),
    ],
)
def test_documents_that_wait_for_one_thing_share_its_cause(key, evidence, cause) -> None:
    assert reason(key, **evidence).cause == cause


@pytest.mark.parametrize(
    ("code", "acceptable"),
    [
        ("price_over_tolerance", True),
        ("quantity_over_order", True),
        ("charge_over_limit", True),
        ("duplicate_suspected", True),
        ("duplicate_invoice", True),  # of another year only: the reason itself says so
        ("mapping_missing", False),
        ("order_not_found", False),
        ("supplier_blocked", False),
        ("tax_differs", False),
    ],
)
def test_only_tolerances_and_suspicions_may_be_accepted(code, acceptable) -> None:
    assert is_acceptable(code) is acceptable


def test_a_certain_duplicate_is_not_acceptable() -> None:
    assert not reason("duplicate_invoice").acceptable
    assert reason("duplicate_invoice/other_year").acceptable
    assert reason("duplicate_invoice/typed").acceptable
    assert not reason("duplicate_invoice/ledger").acceptable
    assert not reason("duplicate_invoice/posting").acceptable


def test_an_unknown_code_is_a_mistake_of_ours_and_of_a_connector_unreadable() -> None:
    with pytest.raises(KeyError):
        reason("no_such_code")
    problem = Problem("whatever", "lines[0]", "Line 1 is no object.")
    assert from_problem(problem, document="inv 1").code == "unreadable"


def test_the_same_reason_is_said_once() -> None:
    first = reason("order_not_found", order="49")

    assert unique([first, reason("order_not_found", order="50"), first]) == (
        first,
        reason("order_not_found", order="50"),
    )
