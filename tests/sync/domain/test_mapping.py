"""Mapping tables: dated entries, invalid targets, segments."""

from __future__ import annotations

from datetime import date

import pytest

from sync.domain.mapping import (
    CURRENCY,
    MappingEntry,
    MappingTable,
    segment_kind,
    split_dimension,
)
from sync.domain.targets import problem_with

DATED = MappingTable(
    "ledger_account",
    [
        MappingEntry("OFFICE", "8110"),
        MappingEntry("OFFICE", "8120", valid_from=date(2025, 7, 1)),
        MappingEntry("TRAVEL", "8320", valid_from=date(2025, 7, 1)),
        MappingEntry("OLD", "8999", state="invalid", problem="account 8999 does not exist."),
    ],
)


@pytest.mark.parametrize(
    ("on", "target"),
    [(date(2025, 6, 30), "8110"), (date(2025, 7, 1), "8120"), (None, "8120")],
)
def test_the_entry_in_force_on_the_day_is_used(on, target) -> None:
    assert DATED.resolve(" OFFICE ", on) == target


def test_an_entry_that_has_not_started_is_missing() -> None:
    found = DATED.resolve("TRAVEL", date(2025, 6, 30))

    assert (found.code, found.cause) == ("mapping_missing", "mapping ledger_account TRAVEL")


def test_an_invalid_target_is_said_with_its_problem() -> None:
    found = DATED.resolve("OLD")

    assert found.code == "mapping_invalid"
    assert "8999, which cannot be used: account 8999 does not exist." in found.message
    assert found.cause == "mapping ledger_account OLD"


def test_what_may_be_left_out_is_none_and_no_reason() -> None:
    assert DATED.optional("OFFICE") == "8120"
    assert DATED.optional("NOWHERE") is None
    assert DATED.optional("OLD") is None
    assert DATED.optional(None) is None


@pytest.mark.parametrize(
    ("segment", "kind"),
    [
        ("glAccount", "ledger_account"),
        ("ledger_account", "ledger_account"),
        ("costCentre", "cost_center"),
        ("Cost_Center", "cost_center"),
        ("project", "project"),
    ],
)
def test_segments_are_kinds_of_mapping(segment, kind) -> None:
    assert segment_kind(segment) == kind


@pytest.mark.parametrize(
    ("target", "pair"),
    [("DEPARTMENT/ADM", ("DEPARTMENT", "ADM")), ("ADM", None), ("/ADM", None), ("D/", None)],
)
def test_a_dimension_target_names_both_halves(target, pair) -> None:
    assert split_dimension(target) == pair


OPEN = {
    "a code that may be the local currency": ("GBP", None, ""),
    "a code of no currency": ("POUND", None, "The currency POUND does not exist in the ledger."),
    "once the local currency is known": ("GBP", "NZD", "The currency GBP does not exist"),
}


@pytest.mark.parametrize("case", OPEN.values(), ids=OPEN)
def test_a_currency_that_is_not_listed_may_be_the_local_one_as_long_as_nobody_knows_it(case):
    target, local, problem = case

    found = problem_with(CURRENCY, target, lambda kind, code: None, local_currency=local)

    assert found.startswith(problem)
    assert bool(found) == bool(problem)
