"""How many of one unit of measure another one is, as the policy says: `1 BX = 12 EA`.

Pure. Entries may be chained (`1 CTN = 12 BX`, `1 BX = 12 EA`), so none may contradict what the
others come to. Entries that name an item hold for that item alone, in place of the general ones for
the same units: where its box has 10, its carton of 12 boxes has 120.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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

    def names(self, item: str | None) -> bool:
        """Whether entries name this item."""
        return bool(text_key(item)) and text_key(item) in self._by_item

    def of_item(self, unit: str, of: str, item: str | None) -> Fraction | None:
        """How many of `of` one `unit` is by the entries that name this item."""
        if not self.names(item):
            return None
        return self._scales(text_key(item)).own.ratio(unit_key(unit), unit_key(of))

    def general(self, unit: str, of: str, item: str | None = None) -> Fraction | None:
        """How many of `of` one `unit` is by the entries that name no item.

        Of an item that entries name, those stand in place of the general ones for the same units;
        None where general ones then contradict each other about it.
        """
        scales = self._scales(text_key(item) if self.names(item) else "")
        asked = unit_key(unit)
        if any(scales.whole.ratio(asked, each) is not None for each in scales.doubtful):
            return None
        return scales.whole.ratio(asked, unit_key(of))

    @cached_property
    def _by_item(self) -> Mapping[str, list[UnitFactor]]:
        found: dict[str, list[UnitFactor]] = {}
        for entry in self.entries:
            found.setdefault(text_key(entry.item), []).append(entry)
        return found

    @cached_property
    def _made(self) -> dict[str, _Scales]:
        return {}

    def _scales(self, key: str) -> _Scales:
        """The scales of an item, of "" those that hold for every item; made when first asked."""
        if key not in self._made:
            general = self._by_item.get("", ())
            self._made[key] = _scales(self._by_item[key], general) if key else _scales(general, ())
        return self._made[key]


@dataclass(frozen=True, slots=True)
class _Scales:
    """What an item's own entries say, what they say with the general ones, and units about which
    those then contradict each other."""

    own: _Scale
    whole: _Scale
    doubtful: Sequence[str]


def _scales(own: Sequence[UnitFactor], general: Iterable[UnitFactor]) -> _Scales:
    alone = _Scale(own)
    left = [entry for entry in general if _said_by(entry, alone) is None]
    whole = _Scale([*own, *left])
    wrong = [one for one in left if _said_by(one, whole) != Fraction(one.factor)]
    return _Scales(alone, whole, [unit_key(one.unit) for one in wrong])


class _Scale:
    """Units that entries connect, each with its size in one unit of its group."""

    def __init__(self, entries: Iterable[UnitFactor] = ()) -> None:
        self._sizes: dict[str, Fraction] = {}
        self._groups: dict[str, list[str]] = {}
        for entry in entries:
            self.join(entry)

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


def _said_by(entry: UnitFactor, scale: _Scale) -> Fraction | None:
    """What a scale says of the two units of an entry."""
    return scale.ratio(unit_key(entry.unit), unit_key(entry.of))


def _contradiction(entry: UnitFactor, scales: dict[str, _Scale]) -> str:
    """Say what an entry contradicts: that a unit is one of itself, or what others come to."""
    known = _said_by(entry, _scale_of(entry, scales))
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
