"""Coding of lines as a profile reads it: segments, splits, shares, transforms."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from connectors.documents import CodingPart, Problem, ShareKind
from connectors.jaggaer.profile.coding import compile_coding
from connectors.jaggaer.profile.transforms import compile_transform
from connectors.jaggaer.settings import default_profile

CODING = compile_coding(default_profile()["coding"])


def values(**names: str | None) -> dict[str, Any]:
    entries = [
        {"internalName": name, **({} if value is None else {"value": value})}
        for name, value in names.items()
    ]
    return {"customFieldValueList": {"customFieldValue": entries}}


def index(share: Any = None, at: Any = None, **names: str | None) -> dict[str, Any]:
    node = values(**names)
    if share is not None:
        node["distributionValue"] = share
    if at is not None:
        node["splitIndex"] = at
    return node


def line(*groups: list[dict[str, Any]], kind: str | None = None) -> dict[str, Any]:
    made = []
    for indexes in groups:
        one: dict[str, Any] = {"splittableFieldIndexList": {"splittableFieldIndex": indexes}}
        if kind:
            one["distributionType"] = kind
        made.append({"splittableFieldIndexSet": [{"context": "Line", **one}]})
    return {"splittableFieldSetGroupList": {"splittableFieldSetGroup": made}}


def own_fields(**values: str) -> dict[str, Any]:
    """Custom fields that are not split."""
    sets = [
        {"name": name, "customFieldValueList": {"customFieldValue": [{"value": value}]}}
        for name, value in values.items()
    ]
    return {"customFieldValueSetList": {"customFieldValueSet": sets}}


def read(node: Any, header: Any = None, amount: str = "1000") -> tuple[Any, list[Problem]]:
    problems: list[Problem] = []
    parts = CODING.of_line(
        node,
        header,
        amount=Decimal(amount),
        quantity=Decimal(10),
        place="lines[0].coding",
        problems=problems,
    )
    return parts, problems


def short(parts: tuple[CodingPart, ...]) -> list[tuple[str, ...]]:
    return [(*part.segments.values(), f"{part.share:f}", part.kind.value) for part in parts]


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (line([index(Account="6110")]), [("6110", "100", "percent")]),
        (line([index(100, Account="6110")]), [("6110", "100", "percent")]),
        (line([index(Account=" 6110 ", Project=None)]), [("6110", "100", "percent")]),
        (line([index(GL_Account="6110")]), [("6110", "100", "percent")]),
        (line([index(gl_ACCOUNT="6110")]), [("6110", "100", "percent")]),
        (
            line([index(60, Account="1"), index(40, Account="2")], kind="PercentOfPrice"),
            [("1", "60", "percent"), ("2", "40", "percent")],
        ),
        (
            line([index(60, Account="1"), index(40, Account="2")]),
            [("1", "60", "percent"), ("2", "40", "percent")],
        ),
        (
            line([index(Decimal("33.33"), Account=str(n)) for n in range(3)]),
            [("0", "33.33", "percent"), ("1", "33.33", "percent"), ("2", "33.34", "percent")],
        ),
        (
            line([index(600, Account="1"), index(400, Account="2")], kind="AmountOfPrice"),
            [("1", "600", "amount"), ("2", "400", "amount")],
        ),
        (
            line([index(600, Account="1"), index(400, Account="2")]),
            [("1", "600", "amount"), ("2", "400", "amount")],
        ),
        (
            line([index(50, 0, Account="1"), index(50, 1, Account="2")], [index(CostCenter="C")]),
            [("1", "C", "50", "percent"), ("2", "C", "50", "percent")],
        ),
        (
            line(
                [index(50, 0, Account="1"), index(50, 1, Account="2")],
                [index(None, 1, CostCenter="Y"), index(None, 0, CostCenter="X")],
            ),
            [("1", "X", "50", "percent"), ("2", "Y", "50", "percent")],
        ),
        (
            line(
                [index(50, Account="1"), index(50, Account="2")],
                [index(Unknown="a"), index(Unknown="b"), index(Unknown="c")],
            ),
            [("1", "50", "percent"), ("2", "50", "percent")],
        ),
        (line([index(Account=None, CostCenter=None)]), []),
        ({}, []),
        (
            {
                "customFieldValueSetList": {
                    "customFieldValueSet": [
                        {
                            "name": "Account",
                            "customFieldValueList": {
                                "customFieldValue": [
                                    {"value": "1", "distributionvalue": "25"},
                                    {"value": "2", "distributionvalue": "75"},
                                ]
                            },
                        },
                        {
                            "name": "CostCenter",
                            "customFieldValueList": {"customFieldValue": {"value": "C"}},
                        },
                    ]
                }
            },
            [("1", "C", "25", "percent"), ("2", "C", "75", "percent")],
        ),
        (
            line([index(60, CostCenter="X"), index(40, CostCenter="Y")]) | own_fields(Account="1"),
            [("1", "X", "60", "percent"), ("1", "Y", "40", "percent")],
        ),
        (
            line([index(Account="1")]) | own_fields(Account="2", CostCenter="C"),
            [("1", "C", "100", "percent")],
        ),
    ],
)
def test_coding_is_read_with_its_shares(node: Any, expected: list[tuple[str, ...]]):
    parts, problems = read(node)

    assert short(parts) == expected
    assert problems == []


@pytest.mark.parametrize(
    ("node", "words"),
    [
        (line([index(Account="1"), index(Account="2")]), "0 of them have a share"),
        (line([index(60, Account="1"), index(Account="2")]), "only 1 of them"),
        (
            line([index(60, Account="1"), index(30, Account="2")], kind="PercentOfPrice"),
            "come to 90",
        ),
        (line([index(60, Account="1"), index(30, Account="2")]), "do not say of what"),
        (line([index(600, Account="1"), index(300, Account="2")], kind="AmountOfPrice"), "900"),
        (line([index(60, Account="1")], kind="PercentOfPrice"), "only part has 60 percent"),
        (line([index("x", Account="1"), index(40, Account="2")]), "not a number"),
        (line([index(60, Account="1"), index(40, Account="2")], kind="ByWeight"), "ByWeight"),
        (
            line(
                [index(50, Account="1"), index(50, Account="2")],
                [index(CostCenter=str(n)) for n in range(3)],
            ),
            "different numbers of parts",
        ),
        (
            line(
                [index(50, 0, Account="1"), index(50, 1, Account="2")],
                [index(None, 5, CostCenter="X"), index(None, 6, CostCenter="Y")],
            ),
            "do not agree",
        ),
    ],
)
def test_a_split_that_does_not_come_to_the_whole_holds_the_document(node: Any, words: str):
    parts, problems = read(node)

    assert parts == ()
    assert [problem.code for problem in problems] == ["split_incomplete"]
    assert words in problems[0].message


def test_a_line_without_coding_takes_the_header_s_and_one_with_its_own_does_not():
    header = line([index(Account="9", CostCenter="H")])

    assert short(read({}, header)[0]) == [("9", "H", "100", "percent")]
    assert short(read(line([index(Account="1")]), header)[0]) == [("1", "100", "percent")]


def test_amounts_of_the_header_s_coding_become_percent_of_the_line():
    header = line([index(250, Account="1"), index(750, Account="2")], kind="AmountOfPrice")

    assert short(read({}, header, "40")[0]) == [
        ("1", "25.0000000000", "percent"),
        ("2", "75.0000000000", "percent"),
    ]


def test_descriptions_come_along():
    node = line([index(Account="6110")])
    group = node["splittableFieldSetGroupList"]["splittableFieldSetGroup"][0]
    indexes = group["splittableFieldIndexSet"][0]["splittableFieldIndexList"]
    entry = indexes["splittableFieldIndex"][0]["customFieldValueList"]["customFieldValue"][0]
    entry["description"] = "Lab"

    assert read(node)[0] == (
        CodingPart({"glAccount": "6110"}, Decimal(100), ShareKind.PERCENT, {"glAccount": "Lab"}),
    )


@pytest.mark.parametrize(
    ("step", "text", "result"),
    [
        ({"op": "trim"}, " x ", "x"),
        ({"op": "stripPrefix", "value": "GL-"}, "GL-61", "61"),
        ({"op": "stripSuffix", "value": "-A"}, "61-A", "61"),
        ({"op": "stripSuffix", "length": 2}, "61-A", "61"),
        ({"op": "padLeft", "length": 6}, "61", "000061"),
        ({"op": "padLeft", "length": 4, "with": "x"}, "61", "xx61"),
        ({"op": "map", "values": {"A": "B"}}, "A", "B"),
        ({"op": "map", "values": {"A": "B"}}, "C", "C"),
        ({"op": "map", "values": {"A": "B"}, "else": ""}, "C", ""),
    ],
)
def test_transforms_do_what_they_are_called(step: dict[str, Any], text: str, result: str):
    assert compile_transform(step)(text) == result
