"""What was found out about a ledger stays until the ledger or a person says otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connectors.documents import LedgerSetup, SetupSource
from sync.domain.ledger_setup import candidates, with_known

READ = LedgerSetup(
    local_currency="",
    local_currency_from=SetupSource.EVIDENCE,
    foreign_currencies=("EUR",),
    global_dimensions_from=SetupSource.EVIDENCE,
    dimensions=("AREA", "DEPARTMENT"),
)
LEARNED = replace(READ, local_currency="GBP", global_dimensions=("", "DEPARTMENT"))
SAID = SetupSource.SETTINGS

KEPT = {
    "nothing known before": (READ, None, "", ()),
    "what was learned": (READ, LEARNED, "GBP", ("", "DEPARTMENT")),
    "what the ledger said once": (
        READ, LedgerSetup(local_currency="GBP", global_dimensions=("AREA",)), "GBP", ("AREA",),
    ),
    "not what settings said that are gone": (
        READ, replace(LEARNED, local_currency_from=SAID, global_dimensions_from=SAID), "", (),
    ),
    "what settings say now": (
        replace(READ, local_currency="NZD", local_currency_from=SAID), LEARNED, "NZD",
        ("", "DEPARTMENT"),
    ),
    "no currency that is foreign by now": (
        replace(READ, foreign_currencies=("EUR", "GBP")), LEARNED, "", ("", "DEPARTMENT"),
    ),
    "no dimension that is gone": (replace(READ, dimensions=("AREA",)), LEARNED, "GBP", ()),
    "what records prove before what was known": (
        replace(READ, global_dimensions=("DEPARTMENT",)), LEARNED, "GBP", ("DEPARTMENT",),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", KEPT.values(), ids=KEPT)
def test_what_is_known_of_a_setup_after_it_was_read_anew(case):
    read, known, currency, dimensions = case

    found = with_known(read, known)

    assert (found.local_currency, found.global_dimensions) == (currency, dimensions)


def test_only_codes_of_the_standard_that_are_not_listed_may_be_the_local_currency():
    assert candidates(READ, ["EUR", "gbp", "GBP ", "EURO", "£££", ""]) == ["GBP"]
