"""One request: its path, its method, its headers (NAV contract 1.2, 3.1, 3.2, 5.1, 5.2, 5.4)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from connectors.nav.sandbox.catalogue import EntitySet, entity_sets
from connectors.sandboxing.messages import Request
from tests.connectors.nav.strict.bodies import body_breaches, read_json
from tests.connectors.nav.strict.queries import query_breaches

GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_SEGMENT = re.compile(r"([$A-Za-z][\w.]*)(?:\((.*)\))?")
_ETAG = re.compile(r'\*|W/"[^"]+"')
_MOST_LETTERS = 4000  # of an address: what common servers and proxies take in one line
_MOST_OPERATIONS = 100
# Reached through a parent only (3.3, 3.4, 4.9): by path or by this property; "" by path alone.
_NEED_PARENT = {
    "purchaseOrderLines": "documentId",
    "purchaseInvoiceLines": "documentId",
    "purchaseCreditMemoLines": "documentId",
    "journalLines": "journalId",
    "dimensionSetLines": "",
}


class Broken(Exception):
    """What stops a request from being understood at all."""


@dataclass(frozen=True)
class Place:
    """What a path names: a set or one record of it, under a parent or not, or an action."""

    entity_set: EntitySet
    has_key: bool
    is_child: bool = False
    action: str = ""


def breaches(request: Request) -> list[str]:
    """Return what is wrong with a request; empty for one that keeps to the contract."""
    inside = request.raw_path.partition("/api/v2.0/")[2]
    found = list(_outside(request))
    if inside == "$batch":
        return found + list(_batch(request))
    return found + list(_one(request.method, inside, request.raw_query, request.headers, request))


def _outside(request: Request) -> Iterator[str]:
    letters = len(request.raw_path) + len(request.raw_query)
    if letters > _MOST_LETTERS:
        yield f"an address of {letters} letters"
    if not request.headers.get("authorization", "").startswith(("Bearer ", "Basic ")):
        yield "no credentials"
    if request.headers.get("accept-language") != "en-US":
        yield "no language asked for"
    if request.method != "GET" and "data-access-intent" in request.headers:
        yield "Data-Access-Intent on a write"
    if "return=" in request.headers.get("prefer", ""):
        yield "Prefer: return is not documented"


def _one(
    method: str, inside: str, query: str, headers: Mapping[str, str], request: Any
) -> Iterator[str]:
    """Judge a request, by itself or inside a batch (then `request` is the body, read already)."""
    if inside in ("", "$metadata"):
        if method != "GET" or not re.fullmatch(r"(tenant=[^&]*)?", query):
            yield "the document is read and nothing else"
        return
    try:
        place = _resolve(inside)
    except Broken as broken:
        yield str(broken)
        return
    yield from _method(method, place)
    yield from _headers(method, place, headers)
    yield from query_breaches(method, place.entity_set, query, has_key=place.has_key)
    body = read_json(request.body) if isinstance(request, Request) else request
    if body is None and "content-type" in headers:
        yield "the type of a body that is not there"
    yield from _parent(method, place, query, body)
    if place.action or method in ("GET", "DELETE"):
        if body:
            yield "a body where none belongs"
    else:
        yield from body_breaches(method, place.entity_set, body)


def _resolve(inside: str) -> Place:
    parts = [_SEGMENT.fullmatch(unquote(part)) for part in inside.split("/")]
    if not all(parts):
        raise Broken("a path segment that cannot be read")
    names = [(part[1], part[2]) for part in parts if part]
    (first, key), *rest = names
    sets = entity_sets()
    if first == "subscriptions" and not rest:
        if key is not None and not re.fullmatch(r"'([^']|'')+'", key):
            raise Broken("a text key without quotes")
        return Place(sets[first], key is not None)
    if first != "companies":
        raise Broken(f"{first} is not asked for inside a company")
    place = _step(sets[first], key, is_child=False)
    for name, key in rest:
        place = _follow(place, name, key)
    return place


def _follow(place: Place, name: str, key: str | None) -> Place:
    if not place.has_key or place.action:
        raise Broken(f"{name} behind something that is no record")
    if name.startswith("Microsoft.NAV."):
        action = name.removeprefix("Microsoft.NAV.")
        if action not in place.entity_set.actions:
            raise Broken(f"{place.entity_set.name} has no action {action}")
        return Place(place.entity_set, True, place.is_child, action)
    if place.entity_set.name == "companies":
        if name not in entity_sets() or name in ("companies", "subscriptions"):
            raise Broken(f"a company has no {name}")
        return _step(entity_sets()[name], key, is_child=False)
    link = place.entity_set.links.get(name)
    if link is None or not link.many:
        raise Broken(f"{place.entity_set.name} leads to no list of {name}")
    return _step(entity_sets()[link.target], key, is_child=True)


def _step(entity_set: EntitySet, key: str | None, *, is_child: bool) -> Place:
    if key is not None and not GUID.fullmatch(key):
        raise Broken(f"the key {key!r} is no record id")
    return Place(entity_set, key is not None, is_child)


def _method(method: str, place: Place) -> Iterator[str]:
    fitting = {"POST"} if place.action else {"GET", "PATCH", "DELETE"}
    if not place.has_key:
        fitting = {"GET", "POST"}
    if method not in fitting:
        yield f"{method} does not fit the path"
    if not place.action and method not in place.entity_set.methods:
        yield f"{place.entity_set.name} does not take {method}"


def _headers(method: str, place: Place, headers: Mapping[str, str]) -> Iterator[str]:
    if "application/json" not in headers.get("accept", ""):
        yield "Accept is not JSON"
    writes_body = method in ("POST", "PATCH") and not place.action
    if writes_body and not headers.get("content-type", "").startswith("application/json"):
        yield "Content-Type is not JSON"
    match = headers.get("if-match")
    if method in ("PATCH", "DELETE") and match is None:
        yield "If-Match is missing"
    if match is not None and not _ETAG.fullmatch(match):
        yield f"If-Match {match!r} is no version"
    prefer = headers.get("prefer", "")
    if prefer and not (method == "GET" and re.fullmatch(r"odata\.maxpagesize=\d+", prefer)):
        yield f"Prefer {prefer!r} does not belong here"


def _parent(method: str, place: Place, query: str, body: Any) -> Iterator[str]:
    name = place.entity_set.name
    if name not in _NEED_PARENT or place.is_child or place.action:
        return
    by = _NEED_PARENT[name]
    if by and (place.has_key or (method == "POST" and by in (body or {}))):
        return
    if by and method == "GET" and re.search(rf"\b{by} eq ", unquote(query)):
        return
    yield f"{name} without its parent"


# Batches.


def _batch(request: Request) -> Iterator[str]:
    if request.method != "POST":
        yield "a batch is sent by POST"
        return
    for name in ("accept", "content-type"):
        if not request.headers.get(name, "").startswith("application/json"):
            yield f"a batch with {name} that is not JSON"
    prefer, isolation = request.headers.get("prefer"), request.headers.get("isolation")
    if prefer not in (None, "odata.continue-on-error") or isolation not in (None, "snapshot"):
        yield f"a batch with Prefer {prefer!r} and Isolation {isolation!r}"
    operations = (read_json(request.body) or {}).get("requests") or []
    if not 1 <= len(operations) <= _MOST_OPERATIONS:
        yield f"a batch of {len(operations)} operations"
    ids = [each.get("id") for each in operations]
    if len(set(ids)) != len(ids) or not all(isinstance(each, str) and each for each in ids):
        yield "operations without ids of their own"
    for each in operations:
        yield from _operation(each)


def _operation(each: Mapping[str, Any]) -> Iterator[str]:
    unknown = set(each) - {"id", "method", "url", "headers", "body"}
    if unknown:
        yield f"an operation with {sorted(unknown)}"
    url = str(each.get("url"))
    if not url.startswith("companies("):
        yield f"the address {url!r} of an operation is not relative to the root"
        return
    inside, _, query = url.partition("?")
    headers = {str(name).lower(): value for name, value in (each.get("headers") or {}).items()}
    if "data-access-intent" in headers or "isolation" in headers:
        yield "headers of reads or batches in an operation"
    yield from _one(str(each.get("method")), inside, query, headers, each.get("body"))
