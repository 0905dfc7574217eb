"""Accounting coding of lines: the segments that a profile names, read from any of its styles.

Source: JAGGAER contract 7.5. How groups are read and joined stands in `coding_groups`, what each
part of a split has in `coding_shares`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.documents import CodingPart, Problem
from connectors.jaggaer.profile.coding_groups import (
    Group,
    Part,
    Style,
    compile_style,
    distribution_of,
    joined,
)
from connectors.jaggaer.profile.coding_shares import CodingError
from connectors.jaggaer.profile.spoken import spoken
from connectors.jaggaer.profile.transforms import Transform, compile_transform
from connectors.jaggaer.profile.values import fold


@dataclass(frozen=True, slots=True)
class Segment:
    """One of our segments and the names it goes by at the source, in order of preference."""

    name: str
    names: tuple[str, ...]  # folded
    required: bool
    transforms: tuple[Transform, ...]

    def of(self, values: Mapping[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Return our value and its description, of the first name that leaves one; else None."""
        for name in self.names:
            if name in values:
                value, description = values[name]
                for transform in self.transforms:
                    value = transform(value)
                if value:
                    return value, description
        return None


@dataclass(frozen=True, slots=True)
class Coding:
    """The coding rules of one profile."""

    styles: tuple[Style, ...]
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
        """Return the parts of a line: its own coding, else the header's.

        A split that cannot be used joins `problems` and gives no parts.
        """
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
        """Read what a node says in any style: a later one gives the segments that the earlier ones
        lack, as another view of the same line."""
        groups: list[Group] = []
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
        return self._coded(chosen, joined(groups), distribution_of(groups), amount, quantity)

    def _still_wanted(self, groups: Sequence[Group]) -> frozenset[str]:
        """The names of segments that no part has a value for."""
        seen = {name for group in groups for part in group.parts for name in part.values}
        lacking = [segment for segment in self.segments if not seen & set(segment.names)]
        return frozenset(name for segment in lacking for name in segment.names)

    def _coded(
        self,
        style: Style,
        parts: Sequence[Part],
        distribution: str | None,
        amount: Decimal | None,
        quantity: Decimal | None,
    ) -> tuple[CodingPart, ...]:
        segments = [self._segments(part) for part in parts]
        if not any(codes for codes, _ in segments):
            return ()
        said = [part.share for part in parts]
        kind, shares = style.sharing.shares(said, distribution, amount=amount, quantity=quantity)
        return tuple(
            CodingPart(codes, share, kind, texts)
            for (codes, texts), share in zip(segments, shares, strict=True)
        )

    def _segments(self, part: Part) -> tuple[dict[str, str], dict[str, str]]:
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
    """Make the `coding` of a validated profile ready for use."""
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
        styles=tuple(compile_style(style) for style in raw["styles"]),
        segments=segments,
        inherit=raw.get("inherit", "lineElseHeader"),
        wanted=frozenset(name for segment in segments for name in segment.names),
    )
