"""One API request inside the service root: what it names, what it may do, what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from connectors.nav.sandbox.attachments import read_content, write_content
from connectors.nav.sandbox.catalogue import EntitySet, sets_of
from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import (
    NavError,
    bad_request,
    dialog,
    method_not_allowed,
    no_action,
    no_route,
    no_segment,
)
from connectors.nav.sandbox.metadata import entity_definitions, metadata_xml, service_document
from connectors.nav.sandbox.paging import Bookmark, next_link, page_size, read_token, write_token
from connectors.nav.sandbox.query import Options, read_options
from connectors.nav.sandbox.reading import etag, is_blind, page_of, show, without
from connectors.nav.sandbox.records import Record, Records
from connectors.nav.sandbox.registry import ACTIONS, rules_of
from connectors.nav.sandbox.routing import (
    Root,
    Segment,
    Target,
    find_company,
    resolve,
    segments_of,
)
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import instant_text
from connectors.nav.sandbox.webhooks import Webhooks
from connectors.nav.sandbox.writing import check_token, create, delete, update
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import Request, Response, json_response

_JSON = {"Content-Type": "application/json; odata.metadata=minimal", "OData-Version": "4.0"}
_WRITES = ("POST", "PATCH", "PUT", "DELETE")


@dataclass(frozen=True)
class Visit:
    """One request on its way: where it stands and under which switches."""

    request: Request
    root: Root
    url: str
    switches: Switches
    hidden: frozenset[str]

    @property
    def modern(self) -> bool:
        """Say whether the client asked for schema version 2.1."""
        return self.request.param("$schemaversion") == "2.1"

    def options(self, entity_set: EntitySet) -> Options:
        """Return the query options, read for an entity set."""
        return read_options(list(self.request.query), entity_set, modern=self.modern)


class Service:
    """Answers API requests out of the records; the caller holds the lock and ends the work."""

    def __init__(self, records: Records, clock: Clock, webhooks: Webhooks) -> None:
        self._records = records
        self._clock = clock
        self._webhooks = webhooks
        self.tenant = Company(records, clock, "tenant")

    def answer(self, visit: Visit) -> Response:
        """Answer one request; NavError for every refusal."""
        segments = segments_of(visit.root.rest)
        _check_headers(visit.request)
        special = self._outside_companies(visit, segments)
        if special is not None:
            return special
        named = visit.request.param("company") or visit.request.headers.get("company")
        found, rest = find_company(self.tenant, segments, named)
        if not rest:
            return self._show_company(visit, found)
        company = Company(self._records, self._clock, found["id"])
        call = Call(company, visit.switches, visit.url)
        acting = visit.request.method == "POST" and "." in rest[-1].name
        target = resolve(call, rest, visit.root.version, visit.hidden, acting=acting)
        _check_permission(visit.switches, target.set_name)
        return self._perform(visit, call, target)

    def _outside_companies(self, visit: Visit, segments: list[Segment]) -> Response | None:
        """Answer what belongs to the instance and not to one company."""
        version, hidden, method = visit.root.version, visit.hidden, visit.request.method
        if not segments:
            return json_response(200, service_document(visit.url, version, hidden), _JSON)
        first = segments[0]
        if first.name == "$metadata":
            xml = metadata_xml(version, hidden, visit.modern)
            return Response(200, {"Content-Type": "application/xml", "OData-Version": "4.0"}, xml)
        if first.name == "entityDefinitions":
            return json_response(200, entity_definitions(visit.url, version, hidden), _JSON)
        if first.name == "subscriptions":
            return self._webhooks.answer(visit.request, first, visit.switches, visit.url)
        if first.name == "companies" and first.key is None:
            if method != "GET":
                raise method_not_allowed(method, "companies")
            call = Call(self.tenant, visit.switches, visit.url)
            return self._list(visit, call, Target("companies"))
        if first.name != "companies" and first.name not in sets_of(version):
            raise no_segment(first.name)
        return None

    def _show_company(self, visit: Visit, record: Record) -> Response:
        if visit.request.method != "GET":
            raise method_not_allowed(visit.request.method, "companies")
        rules = rules_of("companies")
        call = Call(self.tenant, visit.switches, visit.url)
        return self._one(visit, call, Target("companies", record=record), rules.entity_set)

    def _perform(self, visit: Visit, call: Call, target: Target) -> Response:
        method = visit.request.method
        entity_set = rules_of(target.set_name).entity_set
        if target.action:
            return self._act(visit, call, target)
        if target.stream:
            return self._stream(visit, call, target)
        fits = (method == "POST") == (target.record is None)
        if method not in entity_set.methods or (method != "GET" and not fits):
            raise method_not_allowed(method, target.set_name)
        if method == "POST":
            return self._create(visit, call, target)
        if target.record is None:
            return self._list(visit, call, target)
        if method == "GET":
            return self._one(visit, call, target, entity_set)
        return self._change(visit, call, target)

    def _list(self, visit: Visit, call: Call, target: Target) -> Response:
        rules = rules_of(target.set_name)
        options = visit.options(rules.entity_set)
        options = _general_journals(target, options)
        rules.require_parent(target.parent, options.filter)
        if target.count:
            return self._bare_count(call, target, options)
        size = page_size(
            visit.request.headers.get("prefer", ""),
            visit.switches.page_size,
            strict=visit.switches.strict_page_size,
        )
        now, lifetime = self._clock.time(), visit.switches.skiptoken_lifetime
        bookmark = (
            read_token(options.skip_token, now=now, lifetime=lifetime)
            if options.skip_token
            else None
        )
        rows = page_of(call.company, rules, target.parent, options, size, bookmark)
        body: dict[str, Any] = {"@odata.context": _context(visit, call, target.set_name)}
        if rows.count is not None:
            body["@odata.count"] = rows.count
        seen = self._replicated(visit, rows.records)
        if is_blind(target.set_name, options, visit.switches.blind_filters):
            seen = []
        shown = [show(call.company, rules, row, options, visit.url) for row in seen]
        body["value"] = without(shown, target.set_name, visit.switches.unseen_properties)
        if rows.after is not None:
            token = write_token(Bookmark(rows.after, rows.left, now))
            extra = {"tenant": visit.switches.required_tenant}
            address = f"{visit.url}{visit.root.rest}"
            query = visit.request.query
            kept = {k: v for k, v in extra.items() if v}
            body["@odata.nextLink"] = next_link(address, query, kept, token)
        return json_response(200, body, _JSON)

    def _replicated(self, visit: Visit, rows: list[Record]) -> list[Record]:
        """Return what the read replica has already: everything, unless the switch lets it lag."""
        intent = visit.request.headers.get("data-access-intent", "").lower()
        lag = visit.switches.replica_lag
        if not lag or intent == "readwrite":
            return rows
        until = instant_text(self._clock.now() - timedelta(seconds=lag))
        return [row for row in rows if str(row.get("lastModifiedDateTime", "")) <= until]

    def _bare_count(self, call: Call, target: Target, options: Options) -> Response:
        rules = rules_of(target.set_name)
        counting = Options(filter=options.filter, count=True, top=0)
        rows = page_of(call.company, rules, target.parent, counting, 1, None)
        return Response(200, {"Content-Type": "text/plain"}, str(rows.count).encode())

    def _one(self, visit: Visit, call: Call, target: Target, entity_set: EntitySet) -> Response:
        record = target.record or {}
        if visit.switches.get_changes_etag and record.get("recalculate"):
            record = call.company.put(target.set_name, {**record, "recalculate": False})
        return self._shown(visit, call, target, record, 200)

    def _create(self, visit: Visit, call: Call, target: Target) -> Response:
        body = _body(visit.request)
        record = create(call, target.set_name, body, target.parent)
        if "return-no-content" in visit.request.headers.get("prefer", "").lower():
            return Response(204, {"OData-Version": "4.0"})
        return self._shown(visit, call, target, record, 201, body=body)

    def _change(self, visit: Visit, call: Call, target: Target) -> Response:
        record, method = target.record or {}, visit.request.method
        required = method == "PATCH" or visit.switches.delete_needs_if_match
        check_token(record, visit.request.headers.get("if-match"), required=required)
        if method == "DELETE":
            delete(call, target.set_name, record)
            return Response(204, {"OData-Version": "4.0"})
        fresh = update(call, target.set_name, record, _body(visit.request), target.parent)
        return self._shown(visit, call, target, fresh, 200)

    def _act(self, visit: Visit, call: Call, target: Target) -> Response:
        action = ACTIONS.get((target.set_name, target.action))
        hidden = f"{target.set_name}.{target.action}" in visit.hidden
        if action is None or hidden:
            raise no_action(target.action)
        if visit.request.method != "POST":
            raise method_not_allowed(visit.request.method, target.action)
        record = target.record or {}
        check_token(record, visit.request.headers.get("if-match"), required=False)
        if visit.switches.background_posting:
            self._put_off(call, target)
            return Response(204, {"OData-Version": "4.0"})
        status = action(call, record)
        if status == 204:
            return Response(204, {"OData-Version": "4.0"})
        fresh = call.company.get(target.set_name, record["id"]) or record
        return self._shown(visit, call, target, fresh, status)

    def _put_off(self, call: Call, target: Target) -> None:
        """Leave the posting to the job queue; the control action run_jobs works it off."""
        record = target.record or {}
        job = {"set": target.set_name, "id": record["id"], "action": target.action}
        self._records.put(call.company.collection("jobs"), record["id"], job)

    def _stream(self, visit: Visit, call: Call, target: Target) -> Response:
        record, rules = target.record or {}, rules_of(target.set_name)
        method = visit.request.method
        if method == "GET":
            content = read_content(call.company, record)
            return Response(200, {"Content-Type": "application/octet-stream"}, content)
        if method not in ("PATCH", "PUT"):
            raise method_not_allowed(method, target.stream)
        check_token(record, visit.request.headers.get("if-match"), required=True)
        write_content(call.company, rules, record, visit.request.body)
        return Response(204, {"OData-Version": "4.0"})

    def _shown(
        self,
        visit: Visit,
        call: Call,
        target: Target,
        record: Record,
        status: int,
        body: Any = None,
    ) -> Response:
        rules = rules_of(target.set_name)
        options = visit.options(rules.entity_set)
        if visit.switches.deep_insert_returns_children and isinstance(body, dict):
            nested = {name: Options() for name in body if name in rules.entity_set.links}
            options = Options(select=options.select, expand={**nested, **options.expand})
        shown = show(call.company, rules, record, options, visit.url)
        context = f"{_context(visit, call, target.set_name)}/$entity"
        headers = {**_JSON, "ETag": etag(record)}
        if status == 201:
            scope = f"{visit.url}companies({call.company.id})"
            headers["Location"] = f"{scope}/{target.set_name}({record['_key']})"
        return json_response(status, {"@odata.context": context, **shown}, headers)


def _general_journals(target: Target, options: Options) -> Options:
    """A plain list of journals holds the general template's batches only (contract 4.8)."""
    if target.set_name != "journals" or options.filter.fields() & {"templateDisplayName", "id"}:
        return options
    from_general = read_options(
        [("$filter", "templateDisplayName eq 'GENERAL'")],
        rules_of("journals").entity_set,
        modern=False,
    )
    return options.narrowed(from_general.filter)


def _context(visit: Visit, call: Call, set_name: str) -> str:
    if set_name == "companies":
        return f"{visit.url}$metadata#companies"
    return f"{visit.url}$metadata#companies({call.company.id})/{set_name}"


def _body(request: Request) -> Any:
    """Return the JSON body of a write; NavError where there is none."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if kind.lower() != "application/json":
        raise NavError(415, "BadRequest", f"The content type '{kind}' is not supported.")
    try:
        return request.json()
    except ValueError as error:
        raise bad_request(f"Invalid JSON in the request body: {error}") from None


def _check_headers(request: Request) -> None:
    intent = request.headers.get("data-access-intent", "").lower()
    if intent == "readonly" and request.method in _WRITES:
        raise bad_request("Data-Access-Intent: ReadOnly is allowed on GET requests only.")
    if request.method not in ("GET", "HEAD", *_WRITES):
        raise no_route(request.path)


def _check_permission(switches: Switches, set_name: str) -> None:
    if set_name in switches.denied_sets:
        words = "".join(f" {c}" if c.isupper() else c for c in set_name)
        raise dialog(f"You do not have permissions to read {words[0].upper()}{words[1:]}.")
