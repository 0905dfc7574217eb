"""From a URL to what it names: root, company, set, record, link, action (contract 1)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote

from connectors.nav.sandbox.catalogue import sets_of
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError, bad_syntax, dialog, no_segment
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.registry import rules_of
from connectors.nav.sandbox.rules import Call, Parent
from connectors.nav.sandbox.values import as_guid

_ROOT = re.compile(
    r"^(?P<prefix>(?:/[^/]+){0,3}?)/api/(?P<version>v2\.0|v1\.0|beta)(?:/(?P<rest>.*))?$"
)
_SEGMENT = re.compile(r"^(?P<name>[$A-Za-z][\w.$]*)(?:\((?P<key>.*)\))?$")
_ACTION = "Microsoft.NAV."
_MISSING = {
    "purchaseInvoices": "The invoice cannot be found.",
    "purchaseOrders": "The order cannot be found.",
    "purchaseCreditMemos": "The credit memo cannot be found.",
}


@dataclass(frozen=True)
class Root:
    """The service root of one request: where it is mounted, which version, what follows."""

    prefix: str
    version: str
    rest: str

    def url(self, host: str) -> str:
        """Return the absolute service root with a slash at its end."""
        return f"http://{host}{self.prefix}/api/{self.version}/"


@dataclass(frozen=True)
class Segment:
    """One path segment: a name and the key in its brackets, if any."""

    name: str
    key: str | None


@dataclass(frozen=True)
class Target:
    """What a path names inside a company. `record` None means the whole (child) set."""

    set_name: str
    parent: Parent | None = None
    record: Record | None = None
    action: str = ""
    stream: str = ""
    count: bool = False


def find_root(raw_path: str) -> Root | None:
    """Split a path into service root and rest; None if there is no API below it."""
    found = _ROOT.match(raw_path)
    if not found:
        return None
    return Root(unquote(found["prefix"]), found["version"], found["rest"] or "")


def segments_of(rest: str) -> list[Segment]:
    """Split what follows the root; NavError for a segment that cannot be parsed."""
    segments = []
    for text in filter(None, rest.split("/")):
        found = _SEGMENT.match(unquote(text))
        if not found:
            raise bad_syntax()
        segments.append(Segment(found["name"], found["key"]))
    return segments


def guid_key(segment: Segment) -> str:
    """Return the GUID in a segment's brackets; NavError if it is none."""
    text = (segment.key or "").strip()
    text = text.partition("=")[2].strip() if "=" in text else text
    key = as_guid(text)
    if key is None or text.startswith("'"):
        raise bad_syntax()
    return key


def resolve(
    call: Call, segments: list[Segment], version: str, hidden: frozenset[str], *, acting: bool
) -> Target:
    """Follow a path inside a company to its end.

    Raises NavError 404 for an unknown segment or record; with `acting` (a bound action) a missing
    document is the page's own error.
    """
    first, *others = segments
    if first.name not in sets_of(version) or first.name in hidden or first.name == "companies":
        raise no_segment(first.name)
    target = _step(call, Target(first.name), first, acting)
    for segment in others:
        target = _follow(call, target, segment, hidden, acting)
    return target


def _step(call: Call, target: Target, segment: Segment, acting: bool) -> Target:
    """Pick the record a segment's key names."""
    if segment.key is None:
        return target
    key = guid_key(segment)
    record = rules_of(target.set_name).one(call, key, target.parent)
    if record is None:
        raise missing(call, target.set_name, key, acting=acting)
    return Target(target.set_name, target.parent, record)


def missing(call: Call, set_name: str, key: str, *, acting: bool = False) -> NavError:
    """Return the refusal of an id that no record has."""
    if acting and set_name in _MISSING:
        return dialog(_MISSING[set_name])
    return NavError(
        call.switches.missing_record_status,
        "Internal_RecordNotFound",
        f"The record with id {key} could not be found in '{set_name}'.",
    )


def _follow(
    call: Call, target: Target, segment: Segment, hidden: frozenset[str], acting: bool
) -> Target:
    """Go one segment further from a record or a set."""
    name, record = segment.name, target.record
    if name == "$count" and record is None:
        return Target(target.set_name, target.parent, count=True)
    if record is None or target.action or target.stream:
        raise no_segment(name)
    if name.startswith(_ACTION):
        return Target(target.set_name, target.parent, record, name.removeprefix(_ACTION))
    entity_set = rules_of(target.set_name).entity_set
    field = entity_set.fields.get(name)
    if field is not None and field.kind == "Bin":
        return Target(target.set_name, target.parent, record, stream=name)
    link = entity_set.links.get(name)
    if link is None or link.target in hidden:
        raise no_segment(name)
    return _through_link(call, Parent(target.set_name, record, link), segment, acting)


def _through_link(call: Call, parent: Parent, segment: Segment, acting: bool) -> Target:
    below = Target(parent.link.target, parent)
    if parent.link.many:
        return _step(call, below, segment, acting)
    rows = rules_of(parent.link.target).rows_under(call.company, parent)
    if not rows:
        raise missing(call, parent.link.target, parent.record[parent.link.own])
    return Target(parent.link.target, parent, rows[0])


def find_company(
    tenant: Company, segments: list[Segment], named: str | None
) -> tuple[Record, list[Segment]]:
    """Return the company of a request and what follows it in the path.

    The path wins over `named` (parameter or header: GUID or name); without either it is the only
    company there is. NavError 404 `Internal_CompanyNotFound` otherwise.
    """
    companies = tenant.all("companies")
    if segments[0].name == "companies" and segments[0].key is not None:
        found = tenant.get("companies", guid_key(segments[0]))
        rest = segments[1:]
    elif named:
        text = named.strip("'")
        found = tenant.get("companies", as_guid(text) or "") or tenant.first(
            "companies", "name", text
        )
        rest = segments
    else:
        found = companies[0] if len(companies) == 1 else None
        rest = segments
    if found is None:
        raise NavError(404, "Internal_CompanyNotFound", "The company could not be found.")
    return found, rest
