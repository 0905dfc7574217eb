"""Entity sets of API v2.0: fields, links, methods and actions, read from entities.json."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

# The primary key of the source table, as far as the page shows it: the order of a plain list.
_ORDER_FIELDS = ("sequence", "lineNumber", "entryNumber", "number", "code", "startingDate", "name")

# API v1.0 and the beta of NAV 2018 know no orders and receipts (NAV contract 1.5).
_ONLY_V2 = frozenset(
    [
        "purchaseOrders",
        "purchaseOrderLines",
        "purchaseReceipts",
        "purchaseReceiptLines",
        "documentAttachments",
    ]
)


@dataclass(frozen=True)
class Field:
    """One property. `kind` is S, G, D, I, L, B, Dt, DT, Bin or E; `length` 0 means none."""

    name: str
    kind: str
    length: int
    read_only: bool
    is_code: bool
    not_null: bool
    enum: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True)
class Link:
    """One navigation property: rows of `target` whose `other` equals our `own`."""

    name: str
    target: str
    many: bool
    own: str
    other: str
    via: str


@dataclass(frozen=True)
class EntitySet:
    """One entity set with everything its metadata says."""

    name: str
    type: str
    key: str
    methods: frozenset[str]
    actions: tuple[str, ...]
    webhook: bool
    fields: dict[str, Field]
    links: dict[str, Link]
    order: str


@cache
def entity_sets() -> dict[str, EntitySet]:
    """Return every entity set the sandbox knows, by name."""
    text = Path(__file__).with_name("entities.json").read_text(encoding="utf-8")
    source = json.loads(text)
    return {name: _entity_set(name, facts, source) for name, facts in source["sets"].items()}


@cache
def enum_members() -> dict[str, tuple[str, ...]]:
    """Return the members of each enum in wire form, in order of their values."""
    text = Path(__file__).with_name("entities.json").read_text(encoding="utf-8")
    return {name: tuple(members) for name, members in json.loads(text)["enums"].items()}


@cache
def sets_of(version: str) -> dict[str, EntitySet]:
    """Return the entity sets of one API version: v2.0, v1.0 or beta."""
    known = entity_sets()
    return {n: s for n, s in known.items() if version == "v2.0" or n not in _ONLY_V2}


def _entity_set(name: str, facts: dict, source: dict) -> EntitySet:
    fields = {row[0]: _field(*row, enums=source["enums"]) for row in facts["fields"]}
    links = {row[0]: Link(row[0], row[1], bool(row[2]), *row[3:]) for row in facts["links"]}
    order = next((f for f in _ORDER_FIELDS if f in fields), facts["key"])
    return EntitySet(
        name=name,
        type=facts["type"],
        key=facts["key"],
        methods=frozenset(facts["methods"]),
        actions=tuple(facts["actions"]),
        webhook=facts["webhook"],
        fields=fields,
        links=links,
        order=order,
    )


def _field(name: str, kind: str, length: int, flags: str, *, enums: dict) -> Field:
    enum = kind.partition(":")[2]
    return Field(
        name=name,
        kind=kind[0] if enum else kind,
        length=length,
        read_only="r" in flags,
        is_code="c" in flags,
        not_null="n" in flags,
        enum=enum,
        members=tuple(enums[enum]) if enum else (),
    )
