"""Which target a code probably means."""

import pytest

from sync.domain.suggestions import Booked, Candidate, Suggester, like_before

SUGGESTER = Suggester(
    [
        Candidate("6100", "Office supplies"),
        Candidate("6200", "Travel expenses"),
        Candidate("DEPARTMENT/ADM", "Administration"),
        Candidate("9999", ""),
    ]
)


@pytest.mark.parametrize(
    ("code", "description", "target", "why"),
    [
        ("6100", "Travel expenses", "6100", "same code"),
        ("adm", "", "DEPARTMENT/ADM", "same code"),
        ("X1", "TRAVEL  EXPENSES", "6200", "same name"),
        ("Administration", "", "DEPARTMENT/ADM", "same name"),
        ("X1", "Expense, travel", "6200", "similar name"),
        ("OFFICE SUPPLY", "", "6100", "similar name"),
    ],
)
def test_the_best_reason_wins(code, description, target, why):
    found = SUGGESTER.suggest(code, description)

    assert (found.target_code, found.why.partition(":")[0]) == (target, why)
    assert 0 < found.score <= 1


@pytest.mark.parametrize(("code", "description"), [("X1", "Wine cellar"), ("", ""), ("ZZZ", "")])
def test_nothing_is_proposed_without_a_reason(code, description):
    assert SUGGESTER.suggest(code, description) is None


def test_a_similar_name_never_counts_as_much_as_the_same():
    same = SUGGESTER.suggest("X1", "Travel expenses")
    similar = SUGGESTER.suggest("X1", "Travel expensess")

    assert similar.score < same.score < 1


BOOKED = [
    Booked("Pipette tips 200 ul", "6100"),
    Booked("Pipette tips, 1000 ul", "6100"),
    Booked("Pipette tips 20 ul", "6200"),
    Booked("Flight to Oslo", "6200"),
]


def test_what_most_similar_lines_got_before_is_proposed_with_how_many():
    found = like_before(["Pipette tips 100 ul"], BOOKED)

    assert found.target_code == "6100"
    assert found.why == 'similar lines got it before: 2 of 3 like "Pipette tips 100 ul"'
    assert found.score == 0.47
    assert found.score < SUGGESTER.suggest("X1", "Expense, travel").score


def test_lines_that_are_like_none_before_propose_nothing():
    assert like_before(["Wine cellar"], BOOKED) is None
    assert like_before([], BOOKED) is None
