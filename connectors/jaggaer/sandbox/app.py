"""JAGGAER's J1P API as a sandbox app: tokens, gate, routes, switches (JAGGAER contract 3 to 8)."""

import json
import threading
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from connectors.jaggaer.sandbox.attachments import attachment_answer
from connectors.jaggaer.sandbox.catalogue import COLLECTIONS, Collection
from connectors.jaggaer.sandbox.companies import write_company
from connectors.jaggaer.sandbox.gate import Gate
from connectors.jaggaer.sandbox.listing import list_answer
from connectors.jaggaer.sandbox.ordering import Ordering
from connectors.jaggaer.sandbox.records import Records, respelled
from connectors.jaggaer.sandbox.seed import load_seed
from connectors.jaggaer.sandbox.switches import Switches, check
from connectors.jaggaer.sandbox.tokens import KEYCLOAK_PATH, OLD_PATH, Client, Tokens
from connectors.jaggaer.sandbox.variations import VARIATIONS
from connectors.sandboxing import Clock, Request, Response, Store, json_response, switched

BASE = "/j1p/api/public"
OLD_BASE = "/esop/jint/api/public"
DEMO_CLIENT = Client("sandbox", "sandbox-secret")
_ATTACHMENTS = "/ja/v1/attachments"


class JaggaerSandbox:
    """The gateway with all its customers. Give it to `SandboxServer`.

    `clients` are the credentials with their data sets, `state` a file or ":memory:", `seeds`
    files for `load_seed`, `switches` keyword arguments of `Switches`.
    """

    name = "jaggaer-sandbox"

    def __init__(
        self,
        *,
        state: str | Path = ":memory:",
        clients: Iterable[Client] = (DEMO_CLIENT,),
        seeds: Iterable[str | Path] = (),
        clock: Clock | None = None,
        **switches: Any,
    ) -> None:
        self.clock = clock or Clock()
        self.store = Store(state)
        self.records = Records(self.store, self.clock)
        self.tokens = Tokens(self.store, self.clock, tuple(clients))
        self.switches = Switches()
        self._base_switches = switches
        self._ordering = Ordering(self.store, self.records)
        self._gate = Gate()
        self._lock = threading.RLock()
        self.switch(**switches)
        for seed in seeds:
            load_seed(Path(seed), self.store, self.records)

    def switch(self, **changes: Any) -> Switches:
        """Change switches, all or none; raises ValueError for one that does not exist or fit."""
        with self._lock:
            wanted = check(switched(self.switches, changes))
            unknown = set(wanted.variations) - set(VARIATIONS)
            if unknown:
                raise ValueError(f"unknown variations: {', '.join(sorted(unknown))}")
            self.switches = wanted
            self.records.forget()
            if wanted.fill:
                self._ordering.fill(wanted.fill)
            return wanted

    def order(self, order: Mapping[str, Any]) -> dict[str, Any]:
        """Carry out one record order (see `Ordering.obey`), as `POST /__ctl/records` does."""
        return self._ordering.obey(order, self.switches)

    def handle(self, request: Request) -> Response:
        """Answer a request of a client."""
        if request.path in (KEYCLOAK_PATH, OLD_PATH):
            return self.tokens.issue(request, self.switches)
        base, path = self._split(request.path)
        if not path:
            return _not_found()
        switches = self.switches
        refused = self._gate.refuse(switches)
        if refused:
            return refused
        dataset = self.tokens.dataset_of(request, switches)
        if dataset is None:
            malformed = switches.malformed_401 or base == OLD_BASE
            return _unauthorized(switches.refused_status, malformed=malformed)
        if path.split("/")[1] in switches.denied_modules:
            return json_response(403, {"error": "Forbidden"})
        return self._route(request, path.rstrip("/"), dataset, switches)

    def control(self, request: Request) -> Response | None:
        """Answer `/__ctl/` switches, records, clients and tokens; forget everything on a reset."""
        answer = {
            ("GET", "/__ctl/switches"): self._show_switches,
            ("POST", "/__ctl/switches"): self._set_switches,
            ("GET", "/__ctl/records"): self._show_record,
            ("POST", "/__ctl/records"): self._put_records,
            ("DELETE", "/__ctl/records"): self._delete_record,
            ("POST", "/__ctl/clients"): self._admit_client,
            ("DELETE", "/__ctl/tokens"): self._revoke_tokens,
            ("POST", "/__ctl/reset"): self._reset,
        }.get((request.method, request.path))
        return answer(request) if answer else None

    def _split(self, path: str) -> tuple[str, str]:
        bases = (BASE, OLD_BASE) if self.switches.serves_old_base else (BASE,)
        for base in bases:
            if path.startswith(base + "/"):
                return base, path.removeprefix(base)
        return "", ""

    def _route(self, request: Request, path: str, dataset: str, switches: Switches) -> Response:
        if path == _ATTACHMENTS and request.method == "GET":
            return attachment_answer(request, dataset, self.store)
        for shape in COLLECTIONS.values():
            root = switches.paths.get(shape.name, shape.path)
            if path == root and request.method == "GET":
                return self._list(request, dataset, shape, switches)
            if path == root and request.method == "POST" and shape.name == "companyprofiles":
                return write_company(request, dataset, self.records, switches)
            if path == root:
                return json_response(405, {"error": "Method Not Allowed"})
            if path.startswith(root + "/") and request.method == "GET":
                return self._detail(path.removeprefix(root + "/"), dataset, shape, switches)
        return _not_found()

    def _list(
        self, request: Request, dataset: str, shape: Collection, switches: Switches
    ) -> Response:
        entries = self.records.entries(dataset, shape.name, switches)
        answer = list_answer(request, shape, entries, self.clock.time() * 1000, switches)
        if switches.between_pages:
            self._move_between_pages(shape.name)
        return answer

    def _detail(self, key: str, dataset: str, shape: Collection, switches: Switches) -> Response:
        entry = self.records.entry(dataset, shape.name, key, switches)
        if entry is None or {key, "*"} & set(switches.detail_missing):
            return _not_found()
        body = entry.seen(self.clock.time() * 1000, switches.visibility_lag_seconds)
        if switches.behind == "detail" and entry.previous:
            body = entry.previous
        if body is None:
            return _not_found()
        return json_response(200, respelled(body, switches))

    def _move_between_pages(self, collection: str) -> None:
        """Carry out what waits first for this collection, after a page was made up."""
        with self._lock:
            waiting = list(self.switches.between_pages)
            moves = [each if isinstance(each, list | tuple) else [each] for each in waiting]
            due = next((at for at, m in enumerate(moves) if m[0]["collection"] == collection), None)
            if due is None:
                return
            del waiting[due]
            self.switches = switched(self.switches, {"between_pages": waiting})
            with self.store.transaction():
                for order in moves[due]:
                    self.order(order)

    def _show_switches(self, request: Request) -> Response:
        return json_response(200, vars(self.switches))

    def _set_switches(self, request: Request) -> Response:
        self.switch(**(request.json() or {}))
        return self._show_switches(request)

    def _show_record(self, request: Request) -> Response:
        dataset, collection = _place(request)
        key = request.param("id")
        if key is None:
            keys = self.records.keys(dataset, collection)
            return json_response(200, {"ids": keys})
        body = self.records.stored(dataset, collection, key)
        return json_response(200, {"body": body}) if body else _not_found()

    def _put_records(self, request: Request) -> Response:
        wish = request.json()
        orders = wish if isinstance(wish, list) else [wish]
        with self.store.transaction():
            done = [self.order(order) for order in orders]
        return json_response(200, {"records": done})

    def _delete_record(self, request: Request) -> Response:
        dataset, collection = _place(request)
        key = request.param("id")
        keys = self.records.keys(dataset, collection) if key is None else [key]
        deleted = [k for k in keys if self.records.delete(dataset, collection, k)]
        return json_response(200, {"deleted": len(deleted)})

    def _admit_client(self, request: Request) -> Response:
        wish = request.json() or {}
        client = Client(wish["client_id"], wish["secret"], wish.get("dataset", "default"))
        self.tokens.admit(client)
        return json_response(200, {"client_id": client.client_id, "dataset": client.dataset})

    def _revoke_tokens(self, request: Request) -> Response:
        return json_response(200, {"revoked": self.tokens.revoke()})

    def _reset(self, request: Request) -> Response:
        """Empty the store and go back to the switches given at the start; seeds are not read."""
        self.store.clear()
        self.switches = Switches()
        self.switch(**self._base_switches)
        return json_response(200, {"reset": True})


def _place(request: Request) -> tuple[str, str]:
    return request.param("dataset") or "default", request.param("collection") or "invoices"


def _not_found() -> Response:
    return json_response(404, {"returnCode": "404", "returnMessage": "Not Found"})


def _unauthorized(status: int, *, malformed: bool) -> Response:
    """A 401; malformed: unusable Content-Type, no WWW-Authenticate (contract 3.3)."""
    body = json.dumps({"error": "invalid_token"}).encode()
    if malformed:
        return Response(status, {"Content-Type": "; charset=UTF-8"}, body)
    challenge = 'Bearer realm="J1p-integrations", error="invalid_token"'
    headers = {"Content-Type": "application/json", "WWW-Authenticate": challenge}
    return Response(status, headers, body)
