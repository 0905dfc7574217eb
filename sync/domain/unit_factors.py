"""How many of one unit of measure another one is, as the policy says: `1 BX = 12 EA`.

Pure. Entries that name an item hold for that item alone and come before the general ones. Entries
may be chained (`1 CTN = 12 BX`, `1 BX = 12 EA`), so none may contradict what the others come to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from typing import Any

from sync.domain.money import divide, plain
from sync.domain.policy_fields import LONGEST, factor, text
from sync.domain.references import text_key

PATH = "match.unit_factors"

# Names of the same unit in common use; everything else must be spelled alike or be mapped alike.
_SAME = (
    ("ea", "each", "eas"),
    ("pc", "pcs", "pce", "piece", "pieces"),
    ("hr", "hrs", "hour", "hours", "hur"),
    ("day", "days"),
    ("box", "boxes", "bx"),
    ("kg", "kgm", "kilogram", "kilograms"),
    ("l", "ltr", "liter", "litre", "liters", "litres"),
    ("m", "mtr", "meter", "metre", "meters", "metres"),
)
_NAMES = {name: names[0] for names in _SAME for name in names}
_CHECKS = {"unit": text(40), "of": text(40), "factor": factor, "item": text(100)}
_NEEDED = ("unit", "of", "factor")


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """One `unit` is `factor` of the unit `of`; for one catalogue number, or for every item."""

    unit: str
    of: str
    factor: Decimal
    item: str | None = None

    def __str__(self) -> str:
        item = f" (item {self.item})" if self.item else ""
        return f"1 {self.unit} = {plain(self.factor)} {self.of}{item}"


@dataclass(frozen=True)
class UnitFactors:
    """All entries of a policy."""

    entries: tuple[UnitFactor, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.entries)

    def of_item(self, unit: str, of: str, item: str | None) -> Fraction | None:
        """How many of `of` one `unit` is by the entries that name this item."""
        scale = self._scales.get(text_key(item)) if item else None
        return scale.ratio(unit_key(unit), unit_key(of)) if scale else None

    def general(self, unit: str, of: str) -> Fraction | None:
        """How many of `of` one `unit` is by the entries that name no item."""
        scale = self._scales.get("")
        return scale.ratio(unit_key(unit), unit_key(of)) if scale else None

    @cached_property
    def _scales(self) -> Mapping[str, _Scale]:
        scales: dict[str, _Scale] = {}
        for entry in self.entries:
            _scale_of(entry, scales).join(entry)
        return scales


class _Scale:
    """Units that entries connect, each with its size in one unit of its group."""

    def __init__(self) -> None:
        self._sizes: dict[str, Fraction] = {}
        self._groups: dict[str, list[str]] = {}

    def ratio(self, unit: str, of: str) -> Fraction | None:
        """How many `of` one `unit` is; None where nothing connects the two."""
        if unit == of:
            return Fraction(1)
        if unit not in self._groups or self._groups[unit] is not self._groups.get(of):
            return None
        return Fraction(self._sizes[unit], self._sizes[of])

    def join(self, entry: UnitFactor) -> None:
        """Add an entry that does not contradict the others."""
        unit, of = unit_key(entry.unit), unit_key(entry.of)
        for name in (unit, of):
            if name not in self._groups:
                self._sizes[name], self._groups[name] = Fraction(1), [name]
        into, added = self._groups[of], self._groups[unit]
        if into is added:
            return
        stretch = Fraction(Fraction(entry.factor) * self._sizes[of], self._sizes[unit])
        for name in added:
            self._sizes[name] *= stretch
            self._groups[name] = into
        into += added


def unit_key(unit: str | None) -> str:
    """A unit as it is compared: folded, and names in common use for one unit brought to one."""
    folded = text_key(unit)
    return _NAMES.get(folded, folded)


def read(rows: Any, wrong: dict[str, list[str]]) -> UnitFactors:
    """Read the entries of a policy; what is wrong joins `wrong` under the path of its place."""
    if not isinstance(rows, list) or len(rows) > LONGEST:
        wrong.setdefault(PATH, []).append(f"must be a list of at most {LONGEST} entries")
        return UnitFactors()
    entries: list[UnitFactor] = []
    scales: dict[str, _Scale] = {}
    for number, row in enumerate(rows):
        path = f"{PATH}[{number}]"
        entry = _entry(row, path, wrong)
        if entry is None:
            continue
        fault = _contradiction(entry, scales)
        if fault:
            wrong.setdefault(path, []).append(fault)
            continue
        _scale_of(entry, scales).join(entry)
        entries.append(entry)
    return UnitFactors(tuple(entries))


def _entry(row: Any, path: str, wrong: dict[str, list[str]]) -> UnitFactor | None:
    if not isinstance(row, Mapping):
        wrong.setdefault(path, []).append("must be an object")
        return None
    faults = {f"{path}.{key}": "unknown key" for key in row.keys() - _CHECKS.keys()}
    faults |= {f"{path}.{key}": "is needed" for key in _NEEDED if key not in row}
    values: dict[str, Any] = {}
    for key, check in _CHECKS.items():
        if key not in row or (key == "item" and row[key] is None):
            continue
        try:
            values[key] = check(row[key])
        except ValueError as error:
            faults[f"{path}.{key}"] = str(error)
    for place, said in faults.items():
        wrong.setdefault(place, []).append(said)
    return None if faults else UnitFactor(**values)


def _scale_of(entry: UnitFactor, scales: dict[str, _Scale]) -> _Scale:
    return scales.setdefault(text_key(entry.item), _Scale())


def _contradiction(entry: UnitFactor, scales: dict[str, _Scale]) -> str:
    """Say what an entry contradicts: that a unit is one of itself, or what others come to."""
    known = _scale_of(entry, scales).ratio(unit_key(entry.unit), unit_key(entry.of))
    if known is None or known == Fraction(entry.factor):
        return ""
    if unit_key(entry.unit) == unit_key(entry.of):
        return f"{entry.unit} and {entry.of} are the same unit: only the factor 1 can hold"
    return f"{entry} contradicts the entries before it: {spoken(entry.unit, entry.of, known)}"


def spoken(unit: str, of: str, ratio: Fraction) -> str:
    """Say how two units relate, in whole numbers where one of the two sides is one."""
    if ratio.numerator == 1 and ratio.denominator != 1:
        return f"1 {of} = {ratio.denominator} {unit}"
    exact = _exact(ratio)
    if exact is not None:
        return f"1 {unit} = {plain(exact)} {of}"
    return f"{ratio.denominator} {unit} = {ratio.numerator} {of}"


def _exact(ratio: Fraction) -> Decimal | None:
    """A ratio as a decimal number, None where it has no end."""
    rest = ratio.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return divide(Decimal(ratio.numerator), Decimal(ratio.denominator)) if rest == 1 else None


def kept(entries: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return entries as the policy keeps them: factors as texts, no item that is null."""
    return [
        {
            key: str(value) if key == "factor" else value
            for key, value in entry.items()
            if value is not None
        }
        for entry in entries
    ]
