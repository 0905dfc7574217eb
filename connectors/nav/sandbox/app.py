"""The sandbox as an app of the base's server: authentication, limits, locks, transactions."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.nav.sandbox import batch
from connectors.nav.sandbox.auth import Gate
from connectors.nav.sandbox.control import Control
from connectors.nav.sandbox.errors import NavError, no_route
from connectors.nav.sandbox.limits import Limits
from connectors.nav.sandbox.pages.dialect import PagesDialect, find_pages_root
from connectors.nav.sandbox.records import Records
from connectors.nav.sandbox.routing import Root, find_root
from connectors.nav.sandbox.seed import default_seed, plant, read_seed
from connectors.nav.sandbox.service import Service, Visit
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.webhooks import Webhooks
from connectors.sandboxing.clock import Clock
from connectors.sandboxing.messages import Request, Response, json_response
from connectors.sandboxing.store import Store
from connectors.sandboxing.switches import switched

DEFAULT_CLIENTS = {"connector": "connector-secret"}
_RUNTIME = "/api/microsoft/runtime/"


class NavSandbox:
    """Business Central API v2.0, purchase-ledger side.

    `state` is a SQLite file or ":memory:"; `seed` a dict, a path of a JSON file (.gz allowed) or
    None for a small CRONUS company, planted only into an empty state. `clients` maps client id to
    secret, `keys` user name to web service access key (basic authentication).
    """

    name = "nav"

    def __init__(
        self,
        *,
        state: str | Path = ":memory:",
        seed: Mapping[str, Any] | str | Path | None = None,
        clients: Mapping[str, str] | None = None,
        keys: Mapping[str, str] | None = None,
        switches: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.clock = clock or Clock()
        self.lock = threading.RLock()
        self.records = Records(Store(state))
        self._initial_switches = switched(Switches(), switches or {})
        self.switches = self._initial_switches
        self._seed = seed
        gate_clients = DEFAULT_CLIENTS if clients is None else clients
        self.gate = Gate(self.records, self.clock, gate_clients, keys or {})
        self.limits = Limits(self.clock)
        self.webhooks = Webhooks(self.records, self.clock, self.lock, lambda: self.switches)
        self.service = Service(self.records, self.clock, self.webhooks)
        self.pages = PagesDialect(self.records, self.clock)
        self._control = Control(self)
        self._plant_if_empty()

    def handle(self, request: Request) -> Response:
        """Answer one request of a client."""
        if self.gate.is_token_path(request.path):
            with self.lock:
                return self.gate.issue(request, self.switches)
        try:
            return self._answer(request)
        except NavError as error:
            if not error.code:
                return Response(error.status, error.headers)
            return error.response()

    def control(self, request: Request) -> Response | None:
        """Answer a request under /__ctl/; None for paths the base answers."""
        with self.lock:
            try:
                return self._control.answer(request)
            except NavError as error:
                self.records.roll_back()
                return error.response()

    def reset(self) -> None:
        """Drop all data, switches and waiting notifications; plant the seed again."""
        self.webhooks.clear()
        self.records.clear()
        self.switches = self._initial_switches
        self._plant_if_empty()

    def plant(self, seed: Mapping[str, Any]) -> None:
        """Add the companies of a seed."""
        plant(self.records, self.clock, seed)

    def _plant_if_empty(self) -> None:
        with self.lock:
            self.gate.prepare()
            if self.service.tenant.all("companies"):
                return
            seed = self._seed
            if seed is None:
                seed = default_seed()
            elif isinstance(seed, str | Path):
                seed = read_seed(Path(seed))
            self.plant(seed)

    def _answer(self, request: Request) -> Response:
        switches = self.switches
        raw_path = request.raw_path or request.path
        root = find_root(raw_path)
        pages = find_pages_root(raw_path)
        if root is None and pages is None and _RUNTIME not in raw_path:
            raise no_route(raw_path)
        if pages is None and not switches.api_enabled:
            raise NavError(405, "BadRequest_MethodNotAllowed", "API services are not enabled.")
        user = self.gate.user_of(request, switches)
        if len(request.body) > switches.max_body_bytes:
            raise NavError(413, "BadRequest", "The request body is too large.")
        _check_tenant(request, switches)
        with self.limits.slot(user, switches):
            if pages is not None:
                host = _host(request)
                return self._whole(lambda: self.pages.answer(request, pages, host, switches))
            if root is None:
                body = self.webhooks.supported(f"http://{_host(request)}{_RUNTIME}", switches)
                return json_response(200, body)
            if root.rest.strip("/") == "$batch":
                return self._batch(request, root, switches)
            return self._single(request, root, switches)

    def _single(self, request: Request, root: Root, switches: Switches) -> Response:
        """Answer one request as a transaction of its own."""
        if root.rest.startswith("subscriptions"):
            self.webhooks.handshake(request, switches)
        return self._whole(lambda: self._visit(request, root, switches))

    def _whole(self, answer: Callable[[], Response]) -> Response:
        """Keep or undo all that an answer changes."""
        with self.lock:
            try:
                response = answer()
            except BaseException:
                self.records.roll_back()
                raise
            self.records.commit()
            return response

    def _visit(self, request: Request, root: Root, switches: Switches) -> Response:
        url = root.url(_host(request))
        visit = Visit(request, root, url, switches, frozenset(switches.hidden))
        return self.service.answer(visit)

    def _batch(self, request: Request, root: Root, switches: Switches) -> Response:
        if request.method != "POST":
            raise NavError(405, "BadRequest_MethodNotAllowed", "A batch is sent by POST.")
        parts = batch.read_parts(request, f"{root.prefix}/api/{root.version}")
        one_transaction = batch.is_snapshot(request)

        def answer(part: Request) -> Response:
            rest = part.raw_path.removeprefix(f"{root.prefix}/api/{root.version}/")
            inner = replace(root, rest=rest)
            try:
                if one_transaction:
                    return self._visit(part, inner, switches)
                return self._single(part, inner, switches)
            except NavError as error:
                return error.response()

        if not one_transaction:
            go_on = batch.continues(request) and not switches.batch_stops
            answers, _ = batch.run(parts, answer, go_on=go_on)
            answers = batch.disarranged(answers, switches.batch_answers)
            return batch.write_answers(request, answers)
        with self.lock:
            answers, failed = batch.run(parts, answer, go_on=False)
            if failed:
                self.records.roll_back()
            self.records.commit()
        return batch.write_answers(request, answers)

    def change_switches(self, changes: Mapping[str, Any]) -> None:
        """Set switches anew; ValueError for an unknown one."""
        self.switches = switched(self.switches, changes)


def _check_tenant(request: Request, switches: Switches) -> None:
    """A multitenant server wants its tenant named in every request."""
    wanted = switches.required_tenant
    if wanted and request.param("tenant") != wanted:
        raise NavError(404, "Internal_TenantNotFound", "The tenant could not be found.")


def _host(request: Request) -> str:
    return request.headers.get("host", "localhost")
