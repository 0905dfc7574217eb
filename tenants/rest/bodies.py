"""Bodies of requests, read strictly: what PostgreSQL could not keep is refused here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from math import isinf
from typing import IO, Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

_DEEPEST = 40
_EXACT = 2**53  # beyond, whole numbers have no exact place among floats


class JsonBody(BaseParser):
    """JSON in UTF-8 without NaN, NUL, half characters or endless nesting.

    JSON knows one kind of number: 30.0 and 3e1 are the whole number 30.
    """

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            text = stream.read().decode("utf-8-sig")
            value = json.loads(text, parse_float=_number, parse_constant=_no_number)
            json.dumps(value, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            raise ParseError(f"The body is not JSON: {error}"[:200]) from None
        _look_through(value, _DEEPEST)
        return value


def _number(text: str) -> int | float:
    value = float(text)
    if isinf(value):
        raise ValueError(f"{text} is out of range")
    return int(value) if value.is_integer() and abs(value) <= _EXACT else value


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is not a number")


def _look_through(value: Any, depth: int) -> None:
    """Raise ParseError for a NUL in a text and for values nested too deep."""
    if depth == 0:
        raise ParseError(f"The body is nested more than {_DEEPEST} levels deep.")
    if isinstance(value, str) and "\x00" in value:
        raise ParseError("The body holds a NUL character.")
    if isinstance(value, dict):
        for key, item in value.items():
            _look_through(key, depth - 1)
            _look_through(item, depth - 1)
    elif isinstance(value, list):
        for item in value:
            _look_through(item, depth - 1)
