"""Filters as JAGGAER takes them: `flt=a==b;c>=d;e=in=(f,g)` (JAGGAER contract 5.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.jaggaer.sandbox.stamps import milliseconds

_CONDITION = re.compile(r"([A-Za-z_][\w.]*)(==|>=|<=|=in=)(.*)", re.DOTALL)


class FilterRefused(Exception):
    """The expression is not understood; the text is the `returnMessage` of the answer."""


@dataclass(frozen=True)
class Condition:
    """One comparison. `field` is the record's, whatever the client calls it; `=in=` has many
    values, everything else one.
    """

    field: str
    operator: str
    values: tuple[str, ...]


def parse(text: str, keys: Mapping[str, str] | None) -> tuple[Condition, ...]:
    """Return the conditions, all of which must hold; `keys` None lets any key through.

    Raises FilterRefused for an unknown key, an unknown operator or a syntax error.
    """
    return tuple(_condition(part, keys) for part in text.split(";") if part.strip())


def holds(condition: Condition, value: Any, forms: tuple[str, ...]) -> bool:
    """Tell whether a record's value fulfills the condition; a missing value never does.

    Raises FilterRefused where an instant is compared with something that is none.
    """
    if value is None or isinstance(value, dict | list):
        return False
    if condition.operator == "=in=":
        return str(value) in condition.values
    left, right = _comparable(value, condition, forms)
    if condition.operator == "==":
        return left == right
    return left >= right if condition.operator == ">=" else left <= right


def _condition(part: str, keys: Mapping[str, str] | None) -> Condition:
    match = _CONDITION.fullmatch(part.strip())
    if not match:
        raise FilterRefused(f"124({part.strip()})")
    key, operator, text = match.groups()
    if keys is not None and key not in keys:
        raise FilterRefused(f"112({key})")
    field = key if keys is None else keys[key]
    return Condition(field, operator, _values(operator, text))


def _values(operator: str, text: str) -> tuple[str, ...]:
    if operator != "=in=":
        return (text.strip(),)
    if not (text.startswith("(") and text.endswith(")")):
        raise FilterRefused(f"124({text})")
    return tuple(value.strip() for value in text[1:-1].split(","))


def _comparable(value: Any, condition: Condition, forms: tuple[str, ...]) -> tuple[Any, Any]:
    literal = condition.values[0]
    if isinstance(value, int | Decimal) and re.fullmatch(r"-?\d+(\.\d+)?", literal):
        return value, Decimal(literal)
    moment = milliseconds(str(value)) if _is_date(condition.field) else None
    if moment is None:
        return str(value), literal
    wished = milliseconds(literal, forms)
    if wished is None:
        raise FilterRefused(f"124({condition.field})")
    return moment, wished


def _is_date(field: str) -> bool:
    return field.endswith(("Date", "DateTime", "Update", "ModTime"))
