"""The policy: defaults, strict words, merging, and what cannot hold together."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from sync.domain.policy import DEFAULTS, PolicyError, in_plain_text, merged, parse

FACTORS = "match.unit_factors"
OF_OVERRIDE = "match.overrides[0].receipt_alarm_days"
BOX = {"unit": "BX", "of": "EA", "factor": "12"}


def refused(raw) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        parse(raw)
    return caught.value


@pytest.mark.parametrize("raw", [None, {}, DEFAULTS])
def test_an_empty_policy_is_the_default(raw) -> None:
    found = parse(raw)

    assert found == parse({})
    assert found.match.limits.price_percent == Decimal(2)
    assert found.match.limits.price_amount is None
    assert found.journal.batch == "JAGGAER"
    assert found.start_on is None


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        ({"matching": {}}, "matching"),
        ({"match": {"price": "2"}}, "match.price"),
        ({"match": {"mode": "four_way"}}, "match.mode"),
        ({"match": {"price_percent": 2.5}}, "match.price_percent"),
        ({"match": {"price_percent": "-1"}}, "match.price_percent"),
        ({"match": {"price_percent": "1e3"}}, "match.price_percent"),
        ({"match": {"price_percent": True}}, "match.price_percent"),
        ({"match": "two_way"}, "match"),
        ({"match": {"overrides": {}}}, "match.overrides"),
        ({"match": {"overrides": [{}]}}, "match.overrides[0]"),
        ({"match": {"overrides": [{"supplier": "1", "account": "2"}]}}, "match.overrides[0]"),
        ({"match": {"overrides": [{"supplier": 1}]}}, "match.overrides[0].supplier"),
        ({"match": {"overrides": [{"supplier": "1", "x": "2"}]}}, "match.overrides[0].x"),
        (
            {"match": {"overrides": [{"account": "1", "price_percent": "x"}]}},
            "match.overrides[0].price_percent",
        ),
        ({"match": {"receipt_alarm_days": "-1"}}, "match.receipt_alarm_days"),
        ({"match": {"receipt_alarm_days": 1.5}}, "match.receipt_alarm_days"),
        ({"match": {"overrides": [{"supplier": "1", "receipt_alarm_days": 3}]}}, OF_OVERRIDE),
        ({"match": {"unit_factors": {}}}, "match.unit_factors"),
        ({"match": {"unit_factors": ["1 BX = 12 EA"]}}, "match.unit_factors[0]"),
        ({"match": {"unit_factors": [BOX, {"unit": "BX", "of": "EA"}]}}, f"{FACTORS}[1].factor"),
        ({"match": {"unit_factors": [BOX | {"factor": "0"}]}}, f"{FACTORS}[0].factor"),
        ({"match": {"unit_factors": [BOX | {"factor": "-1"}]}}, f"{FACTORS}[0].factor"),
        ({"match": {"unit_factors": [BOX | {"factor": 1.5}]}}, f"{FACTORS}[0].factor"),
        ({"match": {"unit_factors": [BOX | {"unit": " "}]}}, f"{FACTORS}[0].unit"),
        ({"match": {"unit_factors": [BOX | {"item": 77}]}}, f"{FACTORS}[0].item"),
        ({"match": {"unit_factors": [BOX | {"per": "1"}]}}, f"{FACTORS}[0].per"),
        ({"invoice": {"post": "yes"}}, "invoice.post"),
        ({"journal": {"batch": "LONGER THAN TEN"}}, "journal.batch"),
        ({"journal": {"batch": None}}, "journal.batch"),
        ({"supplier": {"owners": {"bank": "source"}}}, "supplier.owners.bank"),
        ({"supplier": {"owners": {"name": "me"}}}, "supplier.owners.name"),
        ({"supplier": {"payment_blocked": "pay"}}, "supplier.payment_blocked"),
        ({"start_on": "01.02.2025"}, "start_on"),
        ({"start_on": "2025-02-30"}, "start_on"),
        ({"default_dimensions": {"DEPARTMENT": 5}}, "default_dimensions"),
        ({"default_dimensions": []}, "default_dimensions"),
        ({"four_eyes": None}, "four_eyes"),
    ],
)
def test_unknown_keys_and_words_are_refused_with_their_path(raw, path) -> None:
    error = refused(raw)

    assert list(error.fields) == [path]
    assert error.code == "invalid"


def test_every_mistake_is_named_at_once() -> None:
    error = refused({"x": 1, "match": {"mode": "no", "y": 2}})

    assert set(error.fields) == {"x", "match.mode", "match.y"}


def test_limits_are_decimals_days_are_days() -> None:
    found = parse(
        {"start_on": "2025-02-01", "match": {"price_amount": "12.50", "amount_percent": 3}}
    )

    assert found.start_on == date(2025, 2, 1)
    assert found.match.limits.price_amount == Decimal("12.50")
    assert found.match.limits.amount_percent == Decimal(3)


def test_a_patch_merges_objects_and_replaces_the_rest() -> None:
    current = merged(DEFAULTS, {"default_dimensions": {"DEPARTMENT": "ADM", "AREA": "30"}})
    patch = {
        "match": {"mode": "three_way", "overrides": [{"supplier": "1", "price_percent": "9"}]},
        "default_dimensions": {"AREA": None, "PROJECT": "X"},
    }

    after = merged(current, patch)

    assert after["match"]["mode"] == "three_way"
    assert after["match"]["price_percent"] == "2"
    assert after["default_dimensions"] == {"DEPARTMENT": "ADM", "PROJECT": "X"}
    assert current["match"]["mode"] == "two_way"


def test_mapped_lines_and_a_journal_would_book_twice() -> None:
    raw = {"invoice": {"lines_account": "mapped"}, "journal": {"balancing_account": "2999"}}

    assert refused(raw).code == "would_book_twice"
    assert refused(merged(raw, {"invoice": {"post": True}})).code == "would_book_twice"
    assert parse(merged(raw, {"journal": {"enabled": False}}))


def test_balancing_lines_need_a_balancing_account() -> None:
    raw = {"invoice": {"lines_account": "balancing"}}

    assert refused(raw).code == "balancing_account_missing"
    assert parse(merged(raw, {"journal": {"balancing_account": "2999"}}))


@pytest.mark.parametrize(
    ("account", "choice", "on_balancing"),
    [(None, "auto", False), ("2999", "auto", True), ("2999", "balancing", True)],
)
def test_lines_go_where_the_policy_says(account, choice, on_balancing) -> None:
    found = parse({"journal": {"balancing_account": account}, "invoice": {"lines_account": choice}})

    assert found.lines_on_balancing_account is on_balancing
    assert found.writes_journal is (account is not None)


def test_an_override_replaces_the_limits_it_names() -> None:
    rows = [{"account": "6110", "price_percent": "0"}, {"supplier": "V1", "mode": "three_way"}]
    match = parse({"match": {"overrides": rows}}).match

    assert match.limits_for(["V1"], ["6110"]).price_percent == Decimal(0)
    assert match.limits_for(["V1"]).mode == "three_way"
    assert match.limits_for(["V1"]).price_percent == Decimal(2)
    assert match.limits_for(["V2"]) == match.limits


def test_a_policy_has_a_version_that_follows_its_words() -> None:
    assert parse({}).version == parse(DEFAULTS).version
    assert parse({"four_eyes": True}).version != parse({}).version


CONTRADICTIONS = {
    "the same again, otherwise": ([BOX, BOX | {"factor": "10"}], "1 BX = 12 EA"),
    "in other names": ([BOX, {"unit": "box", "of": "Each", "factor": "10"}], "1 box = 12 Each"),
    "the other way round": ([BOX, {"unit": "EA", "of": "BX", "factor": "0.1"}], "1 BX = 12 EA"),
    "what others come to": (
        [
            BOX,
            {"unit": "CTN", "of": "BX", "factor": "12"},
            {"unit": "CTN", "of": "EA", "factor": "100"},
        ],
        "1 CTN = 144 EA",
    ),
    "of one item": (
        [BOX | {"item": "77"}, BOX, BOX | {"item": "77", "factor": "10"}],
        "1 BX = 12 EA",
    ),
    "of itself": ([{"unit": "EA", "of": "each", "factor": "2"}], "EA and each are the same unit"),
}


@pytest.mark.parametrize(("rows", "says"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_factors_that_contradict_each_other_are_refused(rows, says) -> None:
    error = refused({"match": {"unit_factors": rows}})

    [[path, words]] = error.fields.items()
    assert path == f"{FACTORS}[{len(rows) - 1}]"
    assert says in words[0]


def test_an_item_may_have_a_factor_of_its_own_and_a_factor_may_be_said_twice() -> None:
    rows = [BOX, BOX | {"factor": 12}, BOX | {"item": "77", "factor": "10"}]

    found = parse({"match": {"unit_factors": rows}}).match.unit_factors

    assert found.general("bx", "each") == 12
    assert found.of_item("BX", "EA", "77") == 10
    assert found.of_item("BX", "EA", "78") is None


def of(unit: str, *entries: tuple[str, ...]) -> Fraction | None:
    """How many EA one unit is in general for item 77, by entries (unit, of, factor, item)."""
    rows = [dict(zip(("unit", "of", "factor", "item"), entry, strict=False)) for entry in entries]
    return parse({"match": {"unit_factors": rows}}).match.unit_factors.general(unit, "EA", "77")


def test_an_item_s_own_factor_stands_in_place_of_the_general_one_in_a_chain_too() -> None:
    general = (("CTN", "BX", "12"), ("BX", "EA", "12"))

    assert of("CTN", *general) == 144
    assert of("CTN", *general, ("BX", "EA", "10", "77")) == 120
    assert of("CTN", *general, ("BX", "EA", "10", "78")) == 144


def test_what_general_factors_contradict_for_an_item_nobody_knows() -> None:
    rows = (("CTN", "EA", "144"), ("CTN", "BX", "12"), ("PR", "EA", "2"))
    own = ("BX", "EA", "10", "77")

    assert of("CTN", *rows) == 144
    assert of("CTN", *rows, own) is None
    assert of("PR", *rows, own) is None


def test_a_blank_names_no_item() -> None:
    found = parse({"match": {"unit_factors": [BOX]}}).match.unit_factors

    assert found.of_item("BX", "EA", " ") is None


def test_factors_are_shown_as_texts() -> None:
    whole = merged(DEFAULTS, {"match": {"unit_factors": [BOX | {"factor": 12, "item": None}]}})

    assert in_plain_text(whole)["match"]["unit_factors"] == [BOX]


@pytest.mark.parametrize(("said", "days"), [(14, 14), ("21", 21), (0, 0), (None, None)])
def test_days_until_the_alarm_are_a_whole_number_or_none(said, days) -> None:
    whole = merged(DEFAULTS, {"match": {"receipt_alarm_days": said}})

    assert parse(whole).match.receipt_alarm_days == days
    assert in_plain_text(whole)["match"]["receipt_alarm_days"] == days
    assert parse({}).match.receipt_alarm_days == 14
