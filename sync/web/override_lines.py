"""Limits of single suppliers and accounts as people write them, one a line.

`supplier 006105: price percent 5, total amount 0.05`; `none` takes a limit away, and what is a
switch is on or off with `yes` or `no`. Which limits there are, and what they may be, the policy
itself checks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_WORDS: Mapping[str, bool | None] = {"none": None, "yes": True, "no": False}
_EXAMPLE = "a line reads supplier 006105: price percent 5"


def as_lines(overrides: Sequence[Mapping[str, Any]]) -> str:
    """Write a policy's overrides, in their order: the first that fits wins."""
    return "\n".join(_line(one) for one in overrides)


def from_lines(text: str) -> list[dict[str, Any]]:
    """Read overrides; raises ValueError with the line that cannot be read and how one reads."""
    return [_override(line.strip()) for line in text.splitlines() if line.strip()]


def _line(override: Mapping[str, Any]) -> str:
    limits = {
        name: value for name, value in override.items() if name not in ("supplier", "account")
    }
    kind = "supplier" if "supplier" in override else "account"
    words = (f"{name.replace('_', ' ')} {_spoken(value)}" for name, value in limits.items())
    return f"{kind} {override.get(kind, '')}: {', '.join(words)}"


def _override(line: str) -> dict[str, Any]:
    head, colon, limits = line.rpartition(":")
    kind, _, code = head.strip().partition(" ")
    if not colon or kind.lower() not in ("supplier", "account") or not code.strip():
        raise ValueError(f"{line}: {_EXAMPLE}.")
    found: dict[str, Any] = {kind.lower(): code.strip()}
    for limit in limits.split(","):
        name, space, value = limit.strip().rpartition(" ")
        if not space:
            raise ValueError(f"{line}: {_EXAMPLE}.")
        found[name.strip().lower().replace(" ", "_")] = _WORDS.get(value, value)
    return found


def _spoken(value: Any) -> str:
    is_word = value is None or isinstance(value, bool)
    return next(word for word, meant in _WORDS.items() if meant is value) if is_word else str(value)
