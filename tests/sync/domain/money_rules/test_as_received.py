"""Numbers as they were received: domain rules 2, 1 and 2."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from connectors import exactjson
from connectors.http.jsonbody import parse_json
from sync.domain.policy import PolicyError, parse
from tests.sync.building import (
    invoice,
    line,
    mapping,
    tables,
)
from tests.sync.domain.money_rules.ruled import FORINT, D, booked, shown


def test_rule_01_numbers_are_decimal_from_the_source_to_the_database() -> None:
    read = parse_json(b'{"price": 0.1, "total": 1e2}')
    fields = [each for model in apps.get_models() for each in model._meta.get_fields()]
    binary = [each for each in fields if isinstance(each, models.FloatField)]

    assert read == {"price": D("0.1"), "total": D("1e2")}
    assert all(isinstance(each, Decimal) for each in read.values())
    assert {each.model.__name__ for each in binary} == {"PrincipalBudget"}  # calls per second


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_rule_01_what_is_no_number_is_never_read(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        exactjson.loads(text)


@pytest.mark.parametrize("value", [2.5, True, "2,5", "-1", "1e3"])
def test_rule_01_a_limit_is_a_decimal_text(value: Any) -> None:
    with pytest.raises(PolicyError) as refused:
        parse({"match": {"total_amount": value}})
    assert list(refused.value.fields) == ["match.total_amount"]


@pytest.mark.parametrize("text", ["1.10", "0.00", "100", "12345678901234567890.1234567890", "-0.5"])
def test_rule_02_what_was_received_keeps_its_digits_and_scale(text: str) -> None:
    assert exactjson.dumps(exactjson.loads(f'{{"a":{text}}}')) == f'{{"a":{text}}}'


def test_rule_02_derived_amounts_are_computed_anew_and_received_ones_are_not() -> None:
    derived, received = line("3", "0.335"), line("1", "101", amount="101.00", number=2)
    document = invoice(derived, received, currency="HUF", total="102")
    find = mapping("currency", HUF="HUF")

    result = booked(document, mappings=tables(currency=find), decimals={"HUF": 0})

    assert shown(result, FORINT) == [D(1), D(101)]
