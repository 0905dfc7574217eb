"""A supplier's parents with the days from which they hold (domain rule 1b, 15)."""

from __future__ import annotations

from datetime import date

import pytest

from sync.domain.vendors import dated_parents, parent_on

FIRST, THEN = date(2026, 1, 1), date(2026, 3, 1)


def test_a_first_parent_holds_from_the_beginning_where_the_supplier_came_with_it() -> None:
    dated = dated_parents([], "P1", FIRST, is_new=True)

    assert dated == [{"parent": "P1", "since": "2026-01-01"}]
    assert parent_on(dated, date(2020, 1, 1)) == "P1"


def test_a_supplier_that_gets_a_parent_later_had_none_before() -> None:
    dated = dated_parents([], "P1", THEN, is_new=False)

    assert (parent_on(dated, date(2026, 2, 28)), parent_on(dated, THEN)) == ("", "P1")


@pytest.mark.parametrize(
    ("day", "parent"),
    [
        (date(2020, 1, 1), "P1"),
        (date(2026, 2, 28), "P1"),
        (THEN, "P2"),
        (date(2026, 4, 1), ""),
    ],
)
def test_another_parent_holds_from_its_day_on(day, parent) -> None:
    dated = dated_parents([], "P1", FIRST, is_new=True)
    dated = dated_parents(dated, "P2", THEN, is_new=False)
    dated = dated_parents(dated, "P2", date(2026, 3, 9), is_new=False)
    dated = dated_parents(dated, None, date(2026, 4, 1), is_new=False)

    assert parent_on(dated, day) == parent
    assert len(dated) == 3


def test_a_supplier_without_parent_has_none() -> None:
    assert dated_parents([], None, FIRST, is_new=True) == []
    assert parent_on([], FIRST) == ""
