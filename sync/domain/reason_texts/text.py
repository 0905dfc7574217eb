"""The shape of a reason's words."""

from __future__ import annotations

from typing import NamedTuple


class ReasonText(NamedTuple):
    owner: str
    message: str
    fix: str
    cause: str = ""
    acceptable: bool = False
