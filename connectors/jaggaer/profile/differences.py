"""How a customer's profile differs from the default, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_SILENT = ("confidence", "profileName", "$schema")  # says nothing about how it works
_LONGEST = 60


def differences(profile: Mapping[str, Any], default: Mapping[str, Any]) -> list[str]:
    """Return one sentence part for each place, e.g. `paging.first is 0 instead of 1`."""
    return list(_differences(profile, default, ""))


def _differences(ours: Mapping[str, Any], theirs: Mapping[str, Any], path: str) -> Iterator[str]:
    for name in [*theirs, *(name for name in ours if name not in theirs)]:
        if name in _SILENT:
            continue
        place = f"{path}.{name}" if path else name
        if name not in ours:
            yield f"{place} is left out"
        elif name not in theirs:
            yield f"{place} is added: {_spoken(ours[name])}"
        elif isinstance(ours[name], Mapping) and isinstance(theirs[name], Mapping):
            yield from _differences(ours[name], theirs[name], place)
        elif ours[name] != theirs[name]:
            yield f"{place} is {_spoken(ours[name])} instead of {_spoken(theirs[name])}"


def _spoken(value: Any) -> str:
    if value is None or value == "" or value == [] or value == {}:
        return "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, Mapping):
        return _short(", ".join(value))
    if isinstance(value, list):
        return _short(", ".join(map(_spoken, value)))
    return _short(str(value))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
