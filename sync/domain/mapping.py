"""Mapping tables: a code of the source becomes a target of the ledger, on a given day.

Kinds are those of the product's API; a coding segment that the API does not name is a kind of its
own, named like the segment, whose targets read `DIMENSION/VALUE`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sync.domain.reasons import Reason, reason

LEDGER_ACCOUNT = "ledger_account"
COST_CENTER = "cost_center"
SUPPLIER = "supplier"
PAYMENT_TERMS = "payment_terms"
CURRENCY = "currency"
UNIT_OF_MEASURE = "unit_of_measure"
TAX = "tax"
KINDS = (LEDGER_ACCOUNT, COST_CENTER, SUPPLIER, PAYMENT_TERMS, CURRENCY, UNIT_OF_MEASURE, TAX)

OK = "ok"
# Segment names of the default profile, folded; every other segment is a kind of its own.
_SEGMENT_KINDS = {
    "glaccount": LEDGER_ACCOUNT,
    "ledgeraccount": LEDGER_ACCOUNT,
    "account": LEDGER_ACCOUNT,
    "costcentre": COST_CENTER,
    "costcenter": COST_CENTER,
}


def segment_kind(segment: str) -> str:
    """Name the mapping kind of a coding segment: `glAccount` is `ledger_account`."""
    folded = segment.replace("_", "").replace("-", "").replace(" ", "").casefold()
    return _SEGMENT_KINDS.get(folded, segment)


@dataclass(frozen=True, slots=True)
class MappingEntry:
    """One row of a table; without `valid_from` it holds from the beginning."""

    source_code: str
    target_code: str
    valid_from: date | None = None
    state: str = OK  # ok | invalid
    problem: str = ""


class MappingTable:
    """The entries of one kind, looked up by source code and day."""

    __slots__ = ("_entries", "kind")

    def __init__(self, kind: str, entries: Iterable[MappingEntry] = ()) -> None:
        self.kind = kind
        self._entries: dict[str, list[MappingEntry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.source_code.strip(), []).append(entry)
        for dated in self._entries.values():
            dated.sort(key=lambda entry: entry.valid_from or date.min, reverse=True)

    def find(self, code: str, on: date | None = None) -> MappingEntry | None:
        """Give the entry in force on a day (the latest of all where no day is given)."""
        for entry in self._entries.get(code.strip(), ()):
            if entry.valid_from is None or on is None or entry.valid_from <= on:
                return entry
        return None

    def resolve(self, code: str, on: date | None = None) -> str | Reason:
        """Give the target of a code, or the reason why there is none that can be used."""
        entry = self.find(code, on)
        if entry is None:
            return reason("mapping_missing", kind=self.kind, source_code=code.strip(), day=on)
        if entry.state != OK:
            return reason(
                "mapping_invalid",
                kind=self.kind,
                source_code=entry.source_code,
                target_code=entry.target_code,
                problem=entry.problem or "it is missing or blocked in the ledger.",
            )
        return entry.target_code

    def optional(self, code: str | None, on: date | None = None) -> str | None:
        """Give the target of a code whose absence never parks (units and tax), else None."""
        entry = self.find(code, on) if code else None
        return entry.target_code if entry and entry.state == OK else None

    def source_of(self, target: str, on: date | None = None) -> str | None:
        """Give the code that maps to a target, None where none does or several do."""
        codes = [code for code in self._entries if self.optional(code, on) == target]
        return codes[0] if len(codes) == 1 else None

    def targets(self) -> set[str]:
        """Give every code that the table aims at."""
        return {entry.target_code for dated in self._entries.values() for entry in dated}

    def __len__(self) -> int:
        return sum(len(dated) for dated in self._entries.values())


def split_dimension(target: str) -> tuple[str, str] | None:
    """Read `DIMENSION/VALUE`; None where it is not of that form."""
    dimension, slash, value = target.partition("/")
    return (dimension.strip(), value.strip()) if slash and dimension and value else None
