"""Factors between units of measure as people write them, one a line.

`1 BX = 12 EA` holds for every item, `1 BX = 10 EA for 5221717` for one catalogue number alone. What
a factor may be, and that none contradicts another, the policy itself checks.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

_LINE = re.compile(
    r"(?:1\s+|(?!\d[\d.,]*\s))(?P<unit>\S.*?)\s*=\s*(?P<factor>\S+)\s+(?P<of>\S.*?)(?:\s+for\s+(?P<item>\S.*))?",
    re.IGNORECASE,
)
_EXAMPLE = "a line reads 1 BX = 12 EA, or 1 BX = 12 EA for 5221717 (a catalogue number)"


def as_lines(factors: Sequence[Mapping[str, Any]]) -> str:
    """Write a policy's factors, in their order."""
    return "\n".join(_line(one) for one in factors)


def from_lines(text: str) -> list[dict[str, str]]:
    """Read factors; raises ValueError with the line that cannot be read and how one reads."""
    return [_factor(line.strip()) for line in text.splitlines() if line.strip()]


def _line(factor: Mapping[str, Any]) -> str:
    item = f" for {factor['item']}" if factor.get("item") else ""
    return f"1 {factor['unit']} = {factor['factor']} {factor['of']}{item}"


def _factor(line: str) -> dict[str, str]:
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"{line}: {_EXAMPLE}.")
    return {name: value for name, value in found.groupdict().items() if value}
