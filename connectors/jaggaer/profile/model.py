"""A profile made ready for use: every path, rule and pattern compiled once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from connectors.jaggaer.profile.coding import Coding, compile_coding
from connectors.jaggaer.profile.fields import Fields, compile_fields
from connectors.jaggaer.profile.paths import Path
from connectors.jaggaer.profile.rules import Rule, Status, compile_rules, compile_status
from connectors.jaggaer.profile.values import Converter, DatePattern

Raw = Mapping[str, Any]

FLOWS = {"suppliers": "supplier", "purchase_orders": "purchaseOrder", "invoices": "invoice"}

_COMMON_TYPES = {"modifiedAt": "instant", "revision": "int"}
_COMMON_TYPES |= dict.fromkeys(("termsNetDays", "termsDiscountDays"), "int")
_COMMON_TYPES |= dict.fromkeys(
    ("total", "tax1", "tax2", "freight", "handling", "discount", "termsDiscountPercent"), "decimal"
)
_COMMON_TYPES |= dict.fromkeys(("taxEngine", "withholdingTax"), "decimal")
_COMMON_TYPES |= dict.fromkeys(("invoiceDate", "orderDate", "postingDate", "dueDate"), "date")
_COMMON_TYPES |= dict.fromkeys(("approvedForErpSync",), "bool")
_LIST_TYPES = dict.fromkeys(
    ("quantity", "unitPrice", "extendedPrice", "taxRate", "tax1", "tax2", "amount"), "decimal"
)
_LIST_TYPES |= dict.fromkeys(("freight", "handling", "discount", "unitFactor"), "decimal")
_LIST_TYPES |= {"lineNumber": "int", "requestedDelivery": "date"}
_LIST_TYPES |= dict.fromkeys(("active", "primary"), "bool")
_LIST_TYPES |= {key: _COMMON_TYPES[key] for key in ("termsNetDays", "termsDiscountDays")}
_LIST_TYPES |= {"termsDiscountPercent": "decimal"}


@dataclass(frozen=True, slots=True)
class ListSpec:
    """How a resource is listed; `items` are the places where records may be in an answer."""

    path: str
    items: tuple[Path, ...]
    modified_field: str | None
    static_filters: tuple[Raw, ...]
    params: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class DetailSpec:
    """When the whole record is fetched by itself, and where; `missing`: a field that says so."""

    mode: str  # always, whenMissing, never
    path: str
    missing: Path | None
    item: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class ElementList:
    """A list inside a record: lines, addresses, fees ..."""

    path: Path
    collect_all: bool
    fields: Fields
    cancelled: tuple[Rule, ...]

    def elements(self, record: Any) -> list[Any]:
        found = self.path.all_nodes(record, record) if self.collect_all else None
        found = self.path.nodes(record, record) if found is None else found
        return [element for element in found if isinstance(element, dict)]


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record: where it is listed, how it is identified, what it says."""

    name: str
    role: str
    list: ListSpec
    detail: DetailSpec
    id: Path
    version: Path | None
    modified: Path
    overlap_seconds: int
    sweep_hours: int
    sweep_back_days: int | None
    status: Status
    node: Path
    fields: Fields
    lists: Mapping[str, ElementList]
    confidence: Raw


@dataclass(frozen=True, slots=True)
class Profile:
    """A compiled profile. Make it from a raw one that `validate` found without fault."""

    raw: Raw
    name: str
    converter: Converter
    resources: Mapping[str, Resource]  # flow -> resource
    coding: Coding
    filter_pattern: DatePattern
    known: Mapping[str, str]  # what the placeholders stand for

    def filled(self, text: str) -> str:
        """A text of the profile with the connection's own settings in place of their names."""
        for name, value in self.known.items():
            text = text.replace(name, value)
        return text

    @property
    def connection(self) -> Raw:
        return self.raw["connection"]

    @property
    def envelope(self) -> Raw:
        return self.raw["envelope"]

    @property
    def paging(self) -> Raw:
        return self.raw["paging"]

    @property
    def filter(self) -> Raw:
        return self.raw["filter"]

    def seconds(self, what: str, default: float) -> float:
        """A timeout of the profile: `connect`, `list` or `detail`."""
        return float((self.connection.get("timeoutSeconds") or {}).get(what, default))


class Envelope:
    """Compiled paths of the answer around a list."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw
        self.ok = frozenset(map(str, raw.get("okCodes", ("0",))))
        self.warn = frozenset(map(str, raw.get("warnCodes", ())))
        self.items_auto = bool(raw.get("itemsAuto", True))

    @cached_property
    def code(self) -> Path | None:
        return self._path("returnCode")

    @cached_property
    def message(self) -> Path | None:
        return self._path("message")

    @cached_property
    def total(self) -> Path | None:
        return self._path("total")

    @cached_property
    def returned(self) -> Path | None:
        return self._path("returned")

    @cached_property
    def start(self) -> Path | None:
        return self._path("start")

    @cached_property
    def next(self) -> Path | None:
        return self._path("next")

    def _path(self, name: str) -> Path | None:
        return Path(self._raw[name]) if self._raw.get(name) else None


def compile_profile(raw: Raw, known: Mapping[str, str] | None = None) -> Profile:
    """Compile a validated profile; of each role the one enabled resource serves its flow.

    `known` gives the values of placeholders (contract 11.3), by their names.
    """
    converter = Converter(raw["dates"], raw.get("text") or {})
    by_role = {
        spec["role"]: (name, spec)
        for name, spec in raw["resources"].items()
        if spec["enabled"] and spec["role"] != "reference"
    }
    resources = {
        flow: compile_resource(*by_role[role], converter)
        for flow, role in FLOWS.items()
        if role in by_role
    }
    return Profile(
        raw=raw,
        name=raw["profileName"],
        converter=converter,
        resources=resources,
        coding=compile_coding(raw["coding"]),
        filter_pattern=DatePattern(raw["dates"].get("filterFormat", "yyyy-MM-dd'T'HH:mm:ss'Z'")),
        known=known or {},
    )


def compile_resource(name: str, raw: Raw, converter: Converter) -> Resource:
    identity, cursor = raw["identity"], raw["cursor"]
    return Resource(
        name=name,
        role=raw["role"],
        list=_list_spec(raw["list"]),
        detail=_detail_spec(raw.get("detail") or {"mode": "never"}),
        id=Path(identity["id"]),
        version=Path(identity["version"]) if identity.get("version") else None,
        modified=Path(cursor["field"]),
        overlap_seconds=int(cursor["overlapSeconds"]),
        sweep_hours=int(cursor.get("sweepHours") or 24),
        sweep_back_days=cursor.get("sweepBackDays"),
        status=compile_status(raw["status"], raw["fields"]),
        node=Path(raw.get("node") or "."),
        fields=compile_fields(raw["fields"], converter, _COMMON_TYPES),
        lists={
            key: ElementList(
                path=Path(spec["path"]),
                collect_all=spec.get("collect") == "all",
                fields=compile_fields(spec["fields"], converter, _LIST_TYPES),
                cancelled=compile_rules(spec.get("cancelledWhen", ())),
            )
            for key, spec in (raw.get("lists") or {}).items()
        },
        confidence=raw.get("confidence") or {},
    )


def _list_spec(raw: Raw) -> ListSpec:
    return ListSpec(
        path=raw["path"],
        items=tuple(Path(text) for text in raw.get("items", ())),
        modified_field=raw.get("modifiedFilterField"),
        static_filters=tuple(raw.get("staticFilters", ())),
        params=tuple((str(k), str(v)) for k, v in (raw.get("params") or {}).items()),
    )


def _detail_spec(raw: Raw) -> DetailSpec:
    item = raw.get("item") or "$"
    return DetailSpec(
        mode=raw["mode"],
        path=raw.get("path") or "",
        missing=Path(raw["missingPath"]) if raw.get("missingPath") else None,
        item=tuple(Path(text) for text in ([item] if isinstance(item, str) else item)),
    )
