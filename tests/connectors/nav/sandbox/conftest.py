"""A running sandbox per test, and a client that speaks plain HTTP to it."""

import http.client
import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from connectors.nav.sandbox.app import NavSandbox
from connectors.sandboxing import Clock, SandboxServer

COMPANY = "824820a2-508c-ed11-aada-000d3a298ab3"
# A line for cleaning, on an account that takes direct posting.
CLEANING = {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 1, "unitCost": 100}
BASE = f"/BC/api/v2.0/companies({COMPANY})"


class Answer:
    """Status, headers and parsed body of one answer."""

    def __init__(self, status: int, headers: Any, body: bytes) -> None:
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self) -> Any:
        return json.loads(self.body, parse_float=Decimal)

    @property
    def code(self) -> str:
        return self.json["error"]["code"]

    @property
    def text(self) -> str:
        return self.json["error"]["message"]


class Api:
    """One keep-alive connection to a sandbox, with a token; paths are below the company."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.app = server.app
        self._connection = http.client.HTTPConnection(server.host, server.port, timeout=10)
        self.token = self.new_token()

    def new_token(self) -> str:
        form = (
            "grant_type=client_credentials&client_id=connector&client_secret=connector-secret"
            "&scope=https%3A%2F%2Fapi.businesscentral.dynamics.com%2F.default"
        )
        answer = self.raw("POST", "/tenant/oauth2/v2.0/token", form, {})
        return answer.json["access_token"]

    def raw(self, method: str, path: str, body: Any = None, headers: Any = None) -> Answer:
        if isinstance(body, dict | list):
            body = json.dumps(body, default=str)
        self._connection.request(method, path, body, headers or {})
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        sent = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        full = path if path.startswith("/") else f"{BASE}/{path}"
        return self.raw(method, quote(full, safe="/?=&$(),'%:;"), body, sent)

    def get(self, path: str, **headers: str) -> Answer:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any, match: str | None = "*") -> Answer:
        return self.call("PATCH", path, body, **({"If_Match": match} if match else {}))

    def delete(self, path: str, match: str = "*") -> Answer:
        return self.call("DELETE", path, If_Match=match)

    def rows(self, path: str) -> list[dict[str, Any]]:
        answer = self.get(path)
        assert answer.status == 200, answer.body
        return answer.json["value"]

    def batch(self, requests: list[dict[str, Any]], **headers: str) -> Answer:
        for place, request in enumerate(requests):
            request.setdefault("id", str(place))
            request.setdefault("headers", {"Content-Type": "application/json"})
            request["url"] = f"companies({COMPANY})/{request['url']}"
        headers = {"Accept": "application/json", **headers}
        return self.post("/BC/api/v2.0/$batch", {"requests": requests}, **headers)

    def control(self, path: str, body: Any = None, method: str = "POST") -> Any:
        answer = self.raw(method, f"/__ctl/{path}", body)
        assert answer.status == 200, answer.body
        return answer.json

    def switch(self, **switches: Any) -> None:
        self.control("switches", switches)

    def setup(self, **values: Any) -> None:
        self.control("setup", {"values": values})

    def types(self, set_name: str, op: str, **wish: Any) -> Any:
        """Let a person at the keyboard do something."""
        return self.control("records", {"set": set_name, "op": op, **wish})["records"][0]

    def ledger(self) -> dict[str, Any]:
        return self.control("ledger", method="GET")

    def vendor(self, number: str = "20000") -> dict[str, Any]:
        return self.rows(f"vendors?$filter=number eq '{number}'")[0]

    def order(self, vendor: str = "20000", **fields: Any) -> dict[str, Any]:
        """Create an order of ten cleaning hours at 50."""
        line = {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 10}
        lines = fields.pop("lines", [{**line, "directUnitCost": 50}])
        body = {"vendorNumber": vendor, **fields, "purchaseOrderLines": lines}
        answer = self.post("purchaseOrders", body)
        assert answer.status == 201, answer.body
        return answer.json

    def invoice(self, number: str = "INV-1", vendor: str = "20000", **fields: Any) -> Any:
        """Create a draft invoice with one line of 100 on account 8110."""
        line = {"lineType": "Account", "lineObjectNumber": "8110", "quantity": 1, "unitCost": 100}
        lines = fields.pop("lines", [line])
        body = {"vendorNumber": vendor, "vendorInvoiceNumber": number, **fields}
        answer = self.post("purchaseInvoices", {**body, "purchaseInvoiceLines": lines})
        assert answer.status == 201, answer.body
        return answer.json

    def action(self, set_name: str, key: str, name: str) -> Answer:
        return self.post(f"{set_name}({key})/Microsoft.NAV.{name}")


@pytest.fixture
def make_api() -> Iterator[Callable[..., Api]]:
    """Start sandboxes with chosen constructor arguments."""
    servers: list[SandboxServer] = []

    def make(**arguments: Any) -> Api:
        servers.append(SandboxServer(NavSandbox(**arguments)).start())
        return Api(servers[-1])

    yield make
    for server in servers:
        server.stop()


@pytest.fixture
def clock() -> Clock:
    """The sandbox's clock, stopped."""
    stopped = Clock()
    stopped.change({"now": "2026-03-10T09:00:00+00:00", "freeze": True})
    return stopped


@pytest.fixture
def api(make_api: Callable[..., Api], clock: Clock) -> Api:
    """A sandbox with the CRONUS company."""
    return make_api(clock=clock)
