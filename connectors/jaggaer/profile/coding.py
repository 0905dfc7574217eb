"""Accounting coding of lines: segments, splits and parallel views of them (JAGGAER contract 7.5).

A *group* is a set of fields that are split together; several groups are parallel views of the same
line. Parts of groups are joined by their split index, else by position; a group with one part
applies to all parts of the others. Shares must come to the whole, otherwise the document holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.documents import CodingPart, Problem, ShareKind
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.spoken import spoken
from connectors.jaggaer.profile.values import as_decimal, as_text, fold

HUNDRED = Decimal(100)
_ALLOWED_PER_PART = Decimal("0.01")
_KINDS = {
    "percentofprice": ShareKind.PERCENT,
    "percentofquantity": ShareKind.PERCENT,
    "percent": ShareKind.PERCENT,
    "amountofprice": ShareKind.AMOUNT,
    "amount": ShareKind.AMOUNT,
    "quantity": ShareKind.QUANTITY,
    "amountofquantity": ShareKind.QUANTITY,
}


class CodingError(ValueError):
    """A split that cannot be used; the text says why."""


@dataclass(slots=True)
class _Part:
    """One part of one group: its values by folded segment name, and its share if it has one."""

    index: str | None
    share: Decimal | None
    values: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> value, description


@dataclass(slots=True)
class _Group:
    parts: list[_Part]
    distribution: str | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One of our segments and the names it goes by at the source, in order of preference."""

    name: str
    names: tuple[str, ...]  # folded
    required: bool
    transforms: tuple[Callable[[str], str], ...]

    def of(self, values: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        for name in self.names:
            if name in values:
                value, description = values[name]
                for transform in self.transforms:
                    value = transform(value)
                if value:
                    return value, description
        return None


@dataclass(frozen=True, slots=True)
class _Style:
    """Paths of one way to write coding; `groups` is None for plain custom field sets."""

    groups: Path | None
    index_sets: Path | None
    indexes: Path | None
    sets: Path | None
    values: Path
    name: Path
    value: Path
    description: Path
    distribution: Path | None
    share: Path | None
    split_index: Path | None
    distributions: Mapping[str, str]
    missing_distribution: str

    def read(self, node: Any, wanted: frozenset[str]) -> list[_Group]:
        """The groups that hold a value of a wanted segment."""
        groups = self._sets(node, wanted) if self.sets else self._splittable(node, wanted)
        return [group for group in groups if any(part.values for part in group.parts)]

    def _splittable(self, node: Any, wanted: frozenset[str]) -> list[_Group]:
        groups = []
        for group in self.groups.nodes(node) if self.groups else ():
            for index_set in self.index_sets.nodes(group) if self.index_sets else [group]:
                indexes = self.indexes.nodes(index_set) if self.indexes else []
                parts = [self._index(index, wanted) for index in indexes]
                places = [index_set, *indexes, group]
                groups.append(_Group(parts, _first(self.distribution, places)))
        return groups

    def _index(self, index: Any, wanted: frozenset[str]) -> _Part:
        part = self._empty_part(index)
        for value in self.values.nodes(index):
            name = self.name.scalar(value)
            self._add(part, fold(as_text(name)) if name is not None else "", value, wanted)
        return part

    def _sets(self, node: Any, wanted: frozenset[str]) -> list[_Group]:
        groups = []
        for one in self.sets.nodes(node) if self.sets else ():
            name = self.name.scalar(one)
            folded = fold(as_text(name)) if name is not None else ""
            if folded not in wanted:
                continue
            parts = []
            for value in self.values.nodes(one):
                part = self._empty_part(value)
                self._add(part, folded, value, wanted)
                if part.values:
                    parts.append(part)
            groups.append(_Group(parts, _first(self.distribution, [one])))
        return groups

    def _empty_part(self, node: Any) -> _Part:
        index = self.split_index.scalar(node) if self.split_index else None
        raw = self.share.scalar(node) if self.share else None
        try:
            share = None if raw is None else as_decimal(raw)
        except ValueError:
            raise CodingError(f"the share {as_text(raw)[:30]!r} is not a number") from None
        return _Part(None if index is None else as_text(index), share)

    def _add(self, part: _Part, name: str, node: Any, wanted: frozenset[str]) -> None:
        value = self.value.scalar(node) if name in wanted else None
        if value is not None:
            text = self.description.scalar(node)
            part.values[name] = (as_text(value), "" if text is None else as_text(text))


@dataclass(frozen=True, slots=True)
class Coding:
    """The coding rules of one profile."""

    styles: tuple[_Style, ...]
    segments: tuple[Segment, ...]
    inherit: str
    wanted: frozenset[str]

    def of_line(
        self,
        line: Any,
        header: Any,
        *,
        amount: Decimal,
        quantity: Decimal,
        place: str,
        problems: list[Problem],
    ) -> tuple[CodingPart, ...]:
        """The parts of a line: its own coding, else the header's. A split that cannot be used
        joins `problems` and gives no parts."""
        try:
            parts = self._read(line, amount, quantity)
            if not parts and self.inherit == "lineElseHeader" and header is not None:
                parts = self._read(header, None, None)
            return parts
        except CodingError as error:
            words = f"The {spoken('coding', place)} cannot be used: {error}."
            problems.append(Problem("split_incomplete", place, words))
            return ()

    def _read(
        self, node: Any, amount: Decimal | None, quantity: Decimal | None
    ) -> tuple[CodingPart, ...]:
        """What a node says in any style: a later one gives the segments that the earlier ones
        lack, as another view of the same line."""
        groups: list[_Group] = []
        chosen, wanted = None, self.wanted
        for style in self.styles:
            found = style.read(node, wanted) if wanted else []
            is_split = any(len(group.parts) > 1 for group in found)
            if found and (chosen is None or is_split):
                chosen = style
            groups += found
            wanted = self._still_wanted(groups)
        if chosen is None:
            return ()
        return self._coded(chosen, _joined(groups), _distribution(groups), amount, quantity)

    def _still_wanted(self, groups: Sequence[_Group]) -> frozenset[str]:
        """The names of segments that no part has a value for."""
        seen = {name for group in groups for part in group.parts for name in part.values}
        lacking = [segment for segment in self.segments if not seen & set(segment.names)]
        return frozenset(name for segment in lacking for name in segment.names)

    def _coded(
        self,
        style: _Style,
        parts: Sequence[_Part],
        distribution: str | None,
        amount: Decimal | None,
        quantity: Decimal | None,
    ) -> tuple[CodingPart, ...]:
        segments = [self._segments(part) for part in parts]
        if not any(codes for codes, _ in segments):
            return ()
        kind, shares = _shares(style, parts, distribution, amount, quantity)
        return tuple(
            CodingPart(codes, share, kind, texts)
            for (codes, texts), share in zip(segments, shares, strict=True)
        )

    def _segments(self, part: _Part) -> tuple[dict[str, str], dict[str, str]]:
        codes: dict[str, str] = {}
        texts: dict[str, str] = {}
        for segment in self.segments:
            found = segment.of(part.values)
            if found is not None:
                codes[segment.name] = found[0]
                if found[1]:
                    texts[segment.name] = found[1]
        return codes, texts


def compile_coding(raw: Mapping[str, Any]) -> Coding:
    segments = tuple(
        Segment(
            name=name,
            names=tuple(fold(word) for word in spec["names"]),
            required=bool(spec.get("required", False)),
            transforms=tuple(compile_transform(step) for step in spec.get("transform", ())),
        )
        for name, spec in raw["segments"].items()
    )
    return Coding(
        styles=tuple(_compile_style(style) for style in raw["styles"]),
        segments=segments,
        inherit=raw.get("inherit", "lineElseHeader"),
        wanted=frozenset(name for segment in segments for name in segment.names),
    )


def compile_transform(raw: Mapping[str, Any]) -> Callable[[str], str]:
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


def _compile_style(raw: Mapping[str, Any]) -> _Style:
    def path(name: str) -> Path | None:
        return Path(raw[name]) if raw.get(name) else None

    return _Style(
        groups=path("groups"),
        index_sets=path("indexSets"),
        indexes=path("indexes"),
        sets=path("sets"),
        values=Path(raw["values"]),
        name=Path(raw["name"]),
        value=Path(raw["value"]),
        description=Path(raw.get("description", "description")),
        distribution=path("distributionType"),
        share=path("distributionValue"),
        split_index=path("splitIndex"),
        distributions={fold(k): v for k, v in (raw.get("distributionTypes") or {}).items()},
        missing_distribution=raw.get("missingDistribution", "whenSingle100"),
    )


def _first(path: Path | None, places: Iterable[Any]) -> str | None:
    if path is None:
        return None
    found = (path.scalar(place) for place in places)
    return next((as_text(value) for value in found if value is not None), None)


def _joined(groups: Sequence[_Group]) -> list[_Part]:
    """Join parallel groups into one list of parts (contract 11.3, parallel groups)."""
    split = [group for group in groups if len(group.parts) > 1]
    if len({len(group.parts) for group in split}) > 1:
        raise CodingError("parallel groups are split into different numbers of parts")
    frame = split[0].parts if split else groups[0].parts
    joined = [_Part(part.index, part.share, {}) for part in frame]
    for group in groups:
        for at, part in enumerate(joined):
            other = group.parts[0] if len(group.parts) == 1 else _counterpart(group, part, at)
            part.values.update({k: v for k, v in other.values.items() if k not in part.values})
            if part.share is None and (len(group.parts) > 1 or len(joined) == 1):
                part.share = other.share
    return joined


def _counterpart(group: _Group, part: _Part, at: int) -> _Part:
    indexes = {other.index: other for other in group.parts if other.index is not None}
    if part.index is not None and len(indexes) == len(group.parts):
        if part.index not in indexes:
            raise CodingError("the split indexes of parallel groups do not agree")
        return indexes[part.index]
    return group.parts[at]


def _distribution(groups: Sequence[_Group]) -> str | None:
    """The distribution of the group that is split; of a single part it does not matter."""
    ordered = sorted(groups, key=lambda group: len(group.parts) < 2)
    return next((g.distribution for g in ordered if g.distribution), None)


def _shares(
    style: _Style,
    parts: Sequence[_Part],
    distribution: str | None,
    amount: Decimal | None,
    quantity: Decimal | None,
) -> tuple[ShareKind, list[Decimal]]:
    if len(parts) == 1:
        return ShareKind.PERCENT, [_single(parts[0], style, distribution, amount)]
    given = [part.share for part in parts if part.share is not None]
    if len(given) < len(parts):
        raise CodingError(f"{len(parts)} parts, but only {len(given)} of them have a share")
    kind = _kind(style, distribution, given, amount)
    total = sum(given, Decimal(0))
    if kind is ShareKind.PERCENT:
        return kind, _completed(given, total, HUNDRED, "percent")
    if amount is None:  # the header's coding: its amounts are those of the whole document
        return ShareKind.PERCENT, _as_percent(given, total)
    whole = amount if kind is ShareKind.AMOUNT else quantity or Decimal(0)
    if kind is ShareKind.AMOUNT and (whole < 0) != (total < 0):
        given, total = [-share for share in given], -total
    return kind, _completed(given, total, whole, "of the line's " + kind.value)


def _single(
    part: _Part, style: _Style, distribution: str | None, amount: Decimal | None
) -> Decimal:
    """The only part has everything; one that says otherwise is incomplete."""
    if part.share is None:
        if style.missing_distribution == "hold":
            raise CodingError("the part has no share")
        return HUNDRED
    kind = _named_kind(style, distribution)
    if kind is ShareKind.PERCENT and part.share != HUNDRED:
        raise CodingError(f"the only part has {part.share} percent")
    if kind is None and part.share not in (HUNDRED, 1, amount):
        raise CodingError(f"the only part has a share of {part.share}")
    if kind is ShareKind.AMOUNT and amount is not None and abs(part.share) != abs(amount):
        raise CodingError(f"the only part has {part.share} of {amount}")
    return HUNDRED


def _named_kind(style: _Style, distribution: str | None) -> ShareKind | None:
    if distribution is None:
        return None
    ours = style.distributions.get(fold(distribution), distribution)
    kind = _KINDS.get(fold(ours))
    if kind is None:
        raise CodingError(f"the distribution {distribution[:30]!r} is not known")
    return kind


def _kind(
    style: _Style, distribution: str | None, shares: Sequence[Decimal], amount: Decimal | None
) -> ShareKind:
    named = _named_kind(style, distribution)
    if named is not None:
        return named
    total, allowed = sum(shares, Decimal(0)), _ALLOWED_PER_PART * len(shares)
    if abs(total - HUNDRED) <= allowed:
        return ShareKind.PERCENT
    if amount is not None and abs(abs(total) - abs(amount)) <= allowed:
        return ShareKind.AMOUNT
    raise CodingError(f"the shares come to {total} and do not say of what")


def _completed(
    shares: Sequence[Decimal], total: Decimal, whole: Decimal, unit: str
) -> list[Decimal]:
    """The shares with the rounding rest on the last; CodingError if more than rounding is off."""
    if abs(whole - total) > _ALLOWED_PER_PART * len(shares):
        raise CodingError(f"the shares come to {total} instead of {whole} {unit}")
    return [*shares[:-1], shares[-1] + (whole - total)]


def _as_percent(shares: Sequence[Decimal], total: Decimal) -> list[Decimal]:
    if total == 0:
        raise CodingError("the shares come to nothing")
    percents = [(share * HUNDRED / total).quantize(Decimal("0.0000000001")) for share in shares]
    return [*percents[:-1], HUNDRED - sum(percents[:-1])]
