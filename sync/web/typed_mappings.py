"""Codes that somebody typed targets for: what holds is mapped, what does not is named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sync.models import Integration
from sync.services.mappings import mapping_import
from tenants.refusal import Invalid

_ROW = re.compile(r"rows\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Mapped:
    """How many codes were mapped, and why the others were not."""

    number: int
    complaints: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return f"{self.number} code{'' if self.number == 1 else 's'} {_was(self.number)} mapped."


def map_what_holds(
    integration: Integration, kind: str, rows: Sequence[Mapping[str, str]]
) -> Mapped:
    """Map rows of `source_code` and `target_code`; one wrong target keeps no other code back.

    Codes have nothing to do with each other, other than the rows of a file, which is one thing.
    """
    try:
        return Mapped(_import(integration, kind, rows))
    except Invalid as refusal:
        wrong = _by_row(refusal)
        if not wrong:
            raise
    right = [row for number, row in enumerate(rows, start=1) if number not in wrong]
    complaints = [f"{rows[number - 1]['source_code']}: {words}" for number, words in wrong.items()]
    return Mapped(_import(integration, kind, right) if right else 0, tuple(complaints))


def _import(integration: Integration, kind: str, rows: Sequence[Mapping[str, str]]) -> int:
    done = mapping_import(integration, kind=kind, rows=rows)
    return done.created + done.updated


def _by_row(refusal: Invalid) -> dict[int, str]:
    """Return what is wrong by the number of the row, counted from 1."""
    found: dict[int, str] = {}
    for path, messages in refusal.fields.items():
        row = _ROW.match(path)
        if row is None:
            return {}
        found[int(row[1])] = " ".join(messages)
    return found


def _was(number: int) -> str:
    return "was" if number == 1 else "were"
