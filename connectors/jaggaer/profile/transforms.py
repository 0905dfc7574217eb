"""Steps that turn a segment's value at the source into our code (JAGGAER contract 11.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

Transform = Callable[[str], str]


def compile_transform(raw: Mapping[str, Any]) -> Transform:
    """One step of a segment's `transform`; raises ValueError for one that does not exist.

    trim; stripPrefix, stripSuffix {value or length}; padLeft {length, with}; map {values, else}.
    """
    op, value = raw.get("op"), raw.get("value")
    length = int(raw.get("length") or 0)
    if op == "trim":
        return str.strip
    if op == "stripPrefix" and (value or length):
        return lambda text: text.removeprefix(value) if value else text[length:]
    if op == "stripSuffix" and (value or length):
        return lambda text: text.removesuffix(value) if value else text[:-length]
    if op == "padLeft" and length:
        filler = str(raw.get("with", "0"))[:1]
        return lambda text: text.rjust(length, filler)
    if op == "map" and isinstance(raw.get("values"), Mapping):
        table, other = raw["values"], raw.get("else")
        return lambda text: str(table.get(text, text if other is None else other))
    raise ValueError(f"{op!r} is no transform, or lacks its value")
