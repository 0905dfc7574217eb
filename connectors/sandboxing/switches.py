"""Switches of a sandbox: one frozen dataclass per system, changed as a whole."""

from collections.abc import Mapping
from dataclasses import fields, replace
from decimal import Decimal
from typing import Any, TypeVar

Switches = TypeVar("Switches")


def switched(switches: Switches, changes: Mapping[str, Any]) -> Switches:
    """Return the switches with `changes` applied; a list becomes a tuple, a number a float.

    Raises ValueError for a name that is no switch or a value of another type than its default's.
    """
    known = {switch.name: getattr(switches, switch.name) for switch in fields(switches)}
    unknown = set(changes) - set(known)
    if unknown:
        names = ", ".join(sorted(unknown))
        raise ValueError(f"unknown switches: {names}; known: {', '.join(known)}")
    return replace(switches, **{name: _fit(name, known[name], changes[name]) for name in changes})


def _fit(name: str, present: Any, wish: Any) -> Any:
    if isinstance(present, tuple) and isinstance(wish, list | tuple):
        return tuple(wish)
    if type(present) is float and type(wish) in (int, float, Decimal):
        return float(wish)
    if present is not None and wish is not None and type(wish) is not type(present):
        raise ValueError(f"switch {name} takes {type(present).__name__}, not {wish!r}")
    return wish
