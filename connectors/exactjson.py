"""JSON whose numbers are exact: `Decimal` in, the same digits out; no float in between."""

from __future__ import annotations

import json
import re
import secrets
from decimal import Decimal
from typing import Any

# A code point that Unicode sets aside for internal use, and what nobody who sends text can know.
_MARK = f"\ufdd0{secrets.token_hex(8)}"
_MARKED = re.compile(f'"{_MARK}([^"]*)"')


def dumps(value: Any) -> str:
    """Write JSON without blanks; a Decimal becomes a number with its own digits.

    Raises ValueError for NaN and infinity, TypeError for values that JSON does not have.
    """
    return json.dumps(value, cls=ExactEncoder, separators=(",", ":"))


def loads(text: str | bytes) -> Any:
    """Read JSON; numbers with a fraction or exponent become Decimal."""
    return json.loads(text, cls=ExactDecoder)


class ExactEncoder(json.JSONEncoder):
    """For JSON columns as well: `JSONField(encoder=ExactEncoder, decoder=ExactDecoder)`."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "ensure_ascii": False, "allow_nan": False})

    def default(self, value: Any) -> Any:
        if not isinstance(value, Decimal):
            return super().default(value)
        if not value.is_finite():
            raise ValueError("JSON has no word for an infinite number")
        return f"{_MARK}{value:f}"

    def encode(self, value: Any) -> str:
        return _MARKED.sub(r"\1", super().encode(value))


class ExactDecoder(json.JSONDecoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal, "parse_constant": _refuse})


def _refuse(text: str) -> None:
    raise ValueError(f"{text} is no number")
