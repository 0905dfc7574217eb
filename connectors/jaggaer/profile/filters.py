"""How conditions of a list are written, where a profile says so and where it leaves it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FIQL = {"eq": "{f}=={v}", "ge": "{f}>={v}", "le": "{f}<={v}", "in": "{f}=in=({v})"}


def filter_ops(filters: Mapping[str, Any]) -> dict[str, str]:
    """Return the templates of a profile's filter: its own, else those of its style.

    FIQL as JAGGAER writes it (contract 5.3); in style `query` a parameter of the field's name, and
    for what changed since an instant the one that `param` names.
    """
    if filters["style"] == "fiql":
        usual = _FIQL
    else:
        changed = filters.get("param")
        usual = {"eq": "{f}={v}", "ge": f"{changed}={{v}}" if changed else "{f}={v}"}
    return {**usual, **(filters.get("ops") or {})}
