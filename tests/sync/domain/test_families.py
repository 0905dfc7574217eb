"""Parents as trees: every supplier stands in one family, once, whatever the source says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.domain.families import families

IDS = st.sampled_from("abcdefgh")


def drawn(nodes) -> list:
    return [(node.source_id, drawn(node.children)) for node in nodes]


@pytest.mark.parametrize(
    ("names", "parents", "expected"),
    [
        ("ab", {}, []),
        ("ab", {"a": "b"}, [("b", [("a", [])])]),
        ("abcd", {"a": "b", "b": "c", "d": "c"}, [("c", [("b", [("a", [])]), ("d", [])])]),
        ("a", {"a": "x"}, [("x", [("a", [])])]),  # the parent never arrived
        ("abc", {"a": "b", "b": "c", "c": "a"}, [("a", [("c", [("b", [])])])]),  # a ring
        ("ab", {"a": "a", "b": "a"}, [("a", [("b", [])])]),  # its own parent
    ],
)
def test_suppliers_stand_below_their_parents(names, parents, expected):
    assert drawn(families({id: id for id in names}, parents)) == expected


def test_families_and_their_members_are_in_the_order_of_their_names():
    names = {"1": "zebra", "2": "Ant", "3": "bee", "4": "Asp"}

    found = families(names, {"1": "2", "3": "2", "2": "9", "4": "3"})

    assert [node.source_id for node in found[0].members()] == ["9", "2", "3", "4", "1"]
    assert found[0].size == 5
    assert not found[0].is_known


@given(st.sets(IDS), st.dictionaries(IDS, IDS))
def test_nobody_is_lost_or_shown_twice(names, parents):
    shown = [
        node.source_id
        for top in families({id: id for id in names}, parents)
        for node in top.members()
    ]

    related = {id for pair in parents.items() if pair[0] != pair[1] for id in pair}
    assert len(shown) == len(set(shown))
    assert set(shown) == related
