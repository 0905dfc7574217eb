"""Groups of coding in a record, read in one of several styles and joined (JAGGAER contract 7.5).

A *group* is a set of fields that are split together; several groups are parallel views of the same
line. Parts of groups are joined by their split index, else by position; a group with one part
applies to all parts of the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from connectors.jaggaer.profile.coding_shares import CodingError, ShareRules
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.values import as_decimal, as_text, fold


@dataclass(slots=True)
class Part:
    """One part of one group: its values by folded segment name, and its share if it has one."""

    index: str | None
    share: Decimal | None
    values: dict[str, tuple[str, str]] = field(default_factory=dict)  # name -> value, description


@dataclass(slots=True)
class Group:
    """Fields that are split together, and the word for what their shares are."""

    parts: list[Part]
    distribution: str | None = None


@dataclass(frozen=True, slots=True)
class Style:
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
    sharing: ShareRules

    def read(self, node: Any, wanted: frozenset[str]) -> list[Group]:
        """The groups that hold a value of a wanted segment."""
        groups = self._sets(node, wanted) if self.sets else self._splittable(node, wanted)
        return [group for group in groups if any(part.values for part in group.parts)]

    def _splittable(self, node: Any, wanted: frozenset[str]) -> list[Group]:
        groups = []
        for group in self.groups.nodes(node) if self.groups else ():
            for index_set in self.index_sets.nodes(group) if self.index_sets else [group]:
                indexes = self.indexes.nodes(index_set) if self.indexes else []
                parts = [self._index(index, wanted) for index in indexes]
                places = [index_set, *indexes, group]
                groups.append(Group(parts, _first(self.distribution, places)))
        return groups

    def _index(self, index: Any, wanted: frozenset[str]) -> Part:
        part = self._empty_part(index)
        for value in self.values.nodes(index):
            name = self.name.scalar(value)
            self._add(part, fold(as_text(name)) if name is not None else "", value, wanted)
        return part

    def _sets(self, node: Any, wanted: frozenset[str]) -> list[Group]:
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
            groups.append(Group(parts, _first(self.distribution, [one])))
        return groups

    def _empty_part(self, node: Any) -> Part:
        index = self.split_index.scalar(node) if self.split_index else None
        raw = self.share.scalar(node) if self.share else None
        try:
            share = None if raw is None else as_decimal(raw)
        except ValueError:
            raise CodingError(f"the share {as_text(raw)[:30]!r} is not a number") from None
        return Part(None if index is None else as_text(index), share)

    def _add(self, part: Part, name: str, node: Any, wanted: frozenset[str]) -> None:
        value = self.value.scalar(node) if name in wanted else None
        if value is not None:
            text = self.description.scalar(node)
            part.values[name] = (as_text(value), "" if text is None else as_text(text))


def compile_style(raw: Mapping[str, Any]) -> Style:
    def path(name: str) -> Path | None:
        return Path(raw[name]) if raw.get(name) else None

    return Style(
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
        sharing=ShareRules(
            names={fold(k): v for k, v in (raw.get("distributionTypes") or {}).items()},
            missing=raw.get("missingDistribution", "whenSingle100"),
        ),
    )


def _first(path: Path | None, places: Iterable[Any]) -> str | None:
    if path is None:
        return None
    found = (path.scalar(place) for place in places)
    return next((as_text(value) for value in found if value is not None), None)


def joined(groups: Sequence[Group]) -> list[Part]:
    """Join parallel groups into one list of parts (contract 11.3, parallel groups)."""
    split = [group for group in groups if len(group.parts) > 1]
    if len({len(group.parts) for group in split}) > 1:
        raise CodingError("parallel groups are split into different numbers of parts")
    frame = split[0].parts if split else groups[0].parts
    joined = [Part(part.index, part.share, {}) for part in frame]
    for group in groups:
        for at, part in enumerate(joined):
            other = group.parts[0] if len(group.parts) == 1 else _counterpart(group, part, at)
            part.values.update({k: v for k, v in other.values.items() if k not in part.values})
            if part.share is None and (len(group.parts) > 1 or len(joined) == 1):
                part.share = other.share
    return joined


def _counterpart(group: Group, part: Part, at: int) -> Part:
    indexes = {other.index: other for other in group.parts if other.index is not None}
    if part.index is not None and len(indexes) == len(group.parts):
        if part.index not in indexes:
            raise CodingError("the split indexes of parallel groups do not agree")
        return indexes[part.index]
    return group.parts[at]


def distribution_of(groups: Sequence[Group]) -> str | None:
    """The distribution of the group that is split; of a single part it does not matter."""
    ordered = sorted(groups, key=lambda group: len(group.parts) < 2)
    return next((g.distribution for g in ordered if g.distribution), None)
