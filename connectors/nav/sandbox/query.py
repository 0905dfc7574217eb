"""System query options of one request, and the sorting of records by them (contract 5.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import total_ordering
from typing import Any

from connectors.nav.sandbox.catalogue import EntitySet, entity_sets
from connectors.nav.sandbox.errors import NavError, bad_request, unknown_property
from connectors.nav.sandbox.odata_filter import EVERYTHING, AllOf, Node, parse

_UNSUPPORTED = ("$apply", "$search", "$deltatoken", "$compute")
_KNOWN = {
    "$filter", "$select", "$orderby", "$top", "$skip", "$count", "$expand", "$skiptoken",
    "$schemaversion",
}  # fmt: skip


@dataclass(frozen=True)
class Options:
    """What a client asked of a list. `top` None means no limit, `order` (field, descending)."""

    filter: Node = EVERYTHING
    select: tuple[str, ...] = ()
    order: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    skip: int = 0
    count: bool = False
    expand: dict[str, Options] = field(default_factory=dict)
    skip_token: str | None = None

    def narrowed(self, node: Node) -> Options:
        """Return the same options with one more condition."""
        return replace(self, filter=AllOf((self.filter, node)))


def read_options(pairs: list[tuple[str, str]], entity_set: EntitySet, *, modern: bool) -> Options:
    """Read the `$...` parameters of a request for an entity set; NavError where they are wrong."""
    given = {name.lower(): value for name, value in pairs if name.startswith("$")}
    for name in _UNSUPPORTED:
        if name in given:
            raise bad_request(f"The query option '{name}' is not supported.")
    for name in given.keys() - _KNOWN:
        raise NavError(
            400,
            "BadRequest_InvalidRequestUrl",
            f"The query parameter '{name}' is not supported.",
        )
    return Options(
        filter=_filter(given.get("$filter"), entity_set, modern),
        select=_select(given.get("$select", ""), entity_set),
        order=_order(given.get("$orderby", ""), entity_set),
        top=_number("$top", given["$top"]) if "$top" in given else None,
        skip=_number("$skip", given.get("$skip", "0")),
        count=given.get("$count", "false").lower() == "true",
        expand=_expand(given.get("$expand", ""), entity_set, modern),
        skip_token=given.get("$skiptoken"),
    )


def _filter(text: str | None, entity_set: EntitySet, modern: bool) -> Node:
    return parse(text, entity_set, modern=modern) if text and text.strip() else EVERYTHING


def _select(text: str, entity_set: EntitySet) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.split(",") if name.strip() not in ("", "*"))
    for name in names:
        if name not in entity_set.fields and name not in entity_set.links:
            raise unknown_property(name, entity_set.type)
    return names


def _order(text: str, entity_set: EntitySet) -> tuple[tuple[str, bool], ...]:
    order = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in entity_set.fields:
            raise unknown_property(name, entity_set.type)
        if direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Syntax error in $orderby: '{part}'.")
        order.append((name, direction.strip() == "desc"))
    return tuple(order)


def _number(name: str, text: str) -> int:
    if not text.isdigit():
        raise bad_request(f"Invalid value '{text}' for {name} query option found.")
    return int(text)


def _expand(text: str, entity_set: EntitySet, modern: bool) -> dict[str, Options]:
    expanded = {}
    for part in split_outside_brackets(text, ","):
        name, bracket, inner = part.strip().partition("(")
        link = entity_set.links.get(name.strip())
        if link is None:
            raise unknown_property(name.strip(), entity_set.type)
        pairs = [
            (key.strip(), value)
            for key, _, value in (
                item.partition("=") for item in split_outside_brackets(inner[:-1], ";")
            )
        ]
        if bracket and not inner.endswith(")"):
            raise bad_request(f"Syntax error in $expand: '{part}'.")
        expanded[link.name] = read_options(pairs, entity_sets()[link.target], modern=modern)
    return expanded


def split_outside_brackets(text: str, separator: str) -> Iterator[str]:
    """Split at a separator that stands neither in brackets nor in quotes."""
    depth, quoted, start = 0, False, 0
    for place, letter in enumerate(text):
        quoted ^= letter == "'"
        if quoted:
            continue
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == separator and depth == 0:
            yield text[start:place]
            start = place + 1
    if text[start:].strip():
        yield text[start:]


@total_ordering
class Descending:
    """A sort key that compares the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Descending) and self.value == other.value

    def __lt__(self, other: Descending) -> bool:
        return other.value < self.value
