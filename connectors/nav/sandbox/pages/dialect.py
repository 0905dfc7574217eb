"""One request to the page web services: company, service, key, lines (NAV contract 1.4)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import (
    NavError,
    bad_request,
    bad_syntax,
    method_not_allowed,
    no_segment,
)
from connectors.nav.sandbox.pages.controls import Service, services
from connectors.nav.sandbox.pages.metadata import metadata_xml, service_document
from connectors.nav.sandbox.pages.rules import PageRules
from connectors.nav.sandbox.paging import Bookmark, next_link, page_size, read_token, write_token
from connectors.nav.sandbox.query import Options, read_options
from connectors.nav.sandbox.reading import etag, is_blind, page_of, show, without
from connectors.nav.sandbox.records import Record, Records
from connectors.nav.sandbox.registry import rules_of
from connectors.nav.sandbox.rules import Call, Draft, Parent
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import as_guid
from connectors.nav.sandbox.writing import check_token
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import Request, Response, json_response

_ROOT = re.compile(r"^(?P<prefix>(?:/[^/]+){0,3}?)/ODataV4(?:/(?P<rest>.*))?$")
_SEGMENT = re.compile(r"^(?P<name>[\w$.]+)(?:\((?P<key>.*)\))?$")
_KEY_PART = re.compile(r"(?:(?P<name>\w+)=)?(?:'(?P<text>(?:[^']|'')*)'|(?P<bare>[^',]+))(?:,|$)")
_JSON = {"Content-Type": "application/json; odata.metadata=minimal", "OData-Version": "4.0"}


@dataclass(frozen=True)
class PagesRoot:
    """Where the page services are mounted and what follows."""

    prefix: str
    rest: str


@dataclass(frozen=True)
class Visit:
    """One request with all that its answer depends on."""

    request: Request
    root: PagesRoot
    url: str
    switches: Switches
    services: dict[str, Service]
    call: Call


def find_pages_root(raw_path: str) -> PagesRoot | None:
    """Split a path at /ODataV4; None if it has no such part."""
    found = _ROOT.match(raw_path)
    return PagesRoot(unquote(found["prefix"]), found["rest"] or "") if found else None


class PagesDialect:
    """Answers page web service requests; the caller holds the lock and ends the work."""

    def __init__(self, records: Records, clock: Clock) -> None:
        self._records = records
        self._clock = clock
        self._tenant = Company(records, clock, "tenant")

    def answer(self, request: Request, root: PagesRoot, host: str, switches: Switches) -> Response:
        """Answer one request; NavError for every refusal."""
        if not switches.pages_enabled:
            raise NavError(405, "BadRequest_MethodNotAllowed", "OData services are not enabled.")
        url = f"http://{host}{root.prefix}/ODataV4/"
        published = services(
            switches.page_services, switches.page_name_length, switches.hidden_controls
        )
        segments = _segments(root.rest)
        if not segments:
            return json_response(200, service_document(url, published), _JSON)
        if segments[0][0] == "$metadata":
            return Response(200, {"Content-Type": "application/xml"}, metadata_xml(published))
        if segments[0] == ("Company", None):
            return self._companies(url)
        company, rest = self._company(request, segments)
        if not rest:
            return json_response(200, service_document(url, published), _JSON)
        call = Call(company, switches, url)
        return self._resolve(Visit(request, root, url, switches, published, call), rest)

    def _companies(self, url: str) -> Response:
        rows = [
            {"Name": row["name"], "Display_Name": row["displayName"], "Id": row["id"]}
            for row in self._tenant.all("companies")
        ]
        return json_response(200, {"@odata.context": f"{url}$metadata#Company", "value": rows})

    def _company(
        self, request: Request, segments: list[tuple[str, str | None]]
    ) -> tuple[Company, list[tuple[str, str | None]]]:
        """Return the company of the path or of `?company=`, else the only one there is."""
        name, key = segments[0]
        named = request.param("company") or ""
        wanted = read_key(named)[""] if named.startswith("'") else named
        rest = segments
        if name == "Company":
            wanted, rest = next(iter(read_key(key or "").values()), ""), segments[1:]
        rows = self._tenant.all("companies")
        if wanted or name == "Company":
            guid = as_guid(wanted)
            rows = [row for row in rows if row["name"] == wanted or row["id"] == guid]
        if len(rows) != 1:
            raise NavError(404, "Internal_CompanyNotFound", "The company could not be found.")
        return Company(self._records, self._clock, rows[0]["id"]), rest

    def _resolve(self, visit: Visit, segments: list[tuple[str, str | None]]) -> Response:
        """Follow service, key, lines, key."""
        parent: Parent | None = None
        rules: PageRules | None = None
        record: Record | None = None
        for name, key in segments:
            if rules is not None:
                link = rules.entity_set.links.get(name)
                if record is None or link is None:
                    raise no_segment(name)
                parent = Parent(rules.set_name, record, link)
            if name not in visit.services:
                raise no_segment(name)
            rules = PageRules(visit.services[name], visit.services)
            record = None if key is None else _find(visit.call, rules, key)
        if rules is None:
            raise bad_syntax()
        return self._perform(visit, rules, parent, record)

    def _perform(
        self, visit: Visit, rules: PageRules, parent: Parent | None, record: Record | None
    ) -> Response:
        method = visit.request.method
        fits = (method == "POST") == (record is None)
        if method not in rules.entity_set.methods or (method != "GET" and not fits):
            raise method_not_allowed(method, rules.service.name)
        if method == "POST":
            return self._create(visit, rules, parent)
        if record is None:
            return self._list(visit, rules, parent)
        if method == "GET":
            return _shown(visit, rules, record, 200)
        check_token(
            record,
            visit.request.headers.get("if-match"),
            required=method == "PATCH" or visit.switches.delete_needs_if_match,
        )
        if method == "DELETE":
            rules_of(rules.set_name).delete(visit.call, record)
            return Response(204, {"OData-Version": "4.0"})
        draft = Draft(dict(record), old=record)
        return _shown(visit, rules, rules.change(visit.call, _body(visit.request), draft), 200)

    def _create(self, visit: Visit, rules: PageRules, parent: Parent | None) -> Response:
        body = _body(visit.request)
        draft = Draft(visit.call.company.new(rules.set_name), parent=parent)
        return _shown(visit, rules, rules.change(visit.call, body, draft), 201)

    def _list(self, visit: Visit, rules: PageRules, parent: Parent | None) -> Response:
        options = _options(visit, rules)
        prefer = visit.request.headers.get("prefer", "")
        switches = visit.switches
        size = page_size(prefer, switches.page_size, strict=switches.strict_page_size)
        now = self._clock.time()
        bookmark = None
        if options.skip_token:
            bookmark = read_token(options.skip_token, now=now, lifetime=switches.skiptoken_lifetime)
        rows = page_of(visit.call.company, rules, parent, options, size, bookmark)
        body: dict[str, Any] = {"@odata.context": f"{visit.url}$metadata#{rules.service.name}"}
        if rows.count is not None:
            body["@odata.count"] = rows.count
        seen = rows.records
        if is_blind(rules.service.name, options, switches.blind_filters):
            seen = []
        shown = [show(visit.call.company, rules, row, options, visit.url) for row in seen]
        body["value"] = without(shown, rules.service.name, switches.unseen_properties)
        if rows.after is not None:
            token = write_token(Bookmark(rows.after, rows.left, now))
            tenant = {"tenant": switches.required_tenant} if switches.required_tenant else {}
            address = f"{visit.url}{visit.root.rest}"
            body["@odata.nextLink"] = next_link(address, visit.request.query, tenant, token)
        return json_response(200, body, _JSON)


def read_key(text: str) -> dict[str, str]:
    """Read `('X')` or `(A='X',B=10000)` without its brackets; '' names the only key."""
    found = {}
    for part in _KEY_PART.finditer(text):
        value = part["bare"] if part["text"] is None else part["text"].replace("''", "'")
        found[part["name"] or ""] = value
    if not found:
        raise bad_syntax()
    return found


def _segments(rest: str) -> list[tuple[str, str | None]]:
    segments = []
    for text in filter(None, rest.split("/")):
        found = _SEGMENT.match(unquote(text))
        if not found:
            raise bad_syntax()
        segments.append((found["name"], found["key"]))
    return segments


def _find(call: Call, rules: PageRules, key: str) -> Record:
    values = read_key(key)
    if "" in values:
        values = {rules.entity_set.key: values[""]}
    record = rules.by_key(call.company, values)
    if record is None:
        raise NavError(
            call.switches.missing_record_status,
            "Internal_RecordNotFound",
            f"The record ({key}) could not be found in '{rules.service.name}'.",
        )
    return record


def _options(visit: Visit, rules: PageRules) -> Options:
    """Read the query options; $expand of lines is read for the page behind them."""
    pairs = [pair for pair in visit.request.query if pair[0].lower() != "$expand"]
    options = read_options(pairs, rules.entity_set, modern=False)
    wanted = visit.request.param("$expand")
    if not wanted:
        return options
    if wanted not in rules.entity_set.links:
        raise bad_request(
            f"Could not find a property named '{wanted}' on type 'NAV.{rules.service.name}'."
        )
    return Options(**{**vars(options), "expand": {wanted: Options()}})


def _shown(visit: Visit, rules: PageRules, record: Record, status: int) -> Response:
    options = _options(visit, rules)
    shown = show(visit.call.company, rules, record, options, visit.url)
    context = f"{visit.url}$metadata#{rules.service.name}/$entity"
    headers = {**_JSON, "ETag": etag(record)}
    if status == 201:
        headers["Location"] = f"{visit.url}{quote(visit.root.rest)}"
    return json_response(status, {"@odata.context": context, **shown}, headers)


def _body(request: Request) -> dict[str, Any]:
    try:
        body = request.json()
    except ValueError as error:
        raise bad_request(f"Invalid JSON in the request body: {error}") from None
    if not isinstance(body, dict):
        raise bad_request("The request body must be a JSON object.")
    return body
