"""A client of the JAGGAER sandbox as a customer would write one: sockets, no short cuts."""

import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from connectors.jaggaer.sandbox import BASE, DEMO_CLIENT, KEYCLOAK_PATH, JaggaerSandbox
from connectors.sandboxing import SandboxServer, dumps, loads

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Customer:
    """Credentials, one connection, a token fetched at first need."""

    def __init__(self, server: SandboxServer, client=DEMO_CLIENT) -> None:
        self.server = server
        self.client = client
        self.token: str | None = None
        self._line = http.client.HTTPConnection(server.host, server.port, timeout=5)

    def close(self) -> None:
        self._line.close()

    def send(self, method: str, path: str, body: Any = None, headers: dict | None = None):
        """Return (status, headers, body bytes) of any request."""
        self._line.request(method, path, body, headers or {})
        answer = self._line.getresponse()
        return answer.status, answer.headers, answer.read()

    def ask_token(self, path: str = KEYCLOAK_PATH, **form: str):
        fields = {
            "client_id": self.client.client_id,
            "client_secret": self.client.secret,
            "grant_type": "client_credentials",
            **form,
        }
        status, _, body = self.send("POST", path, urlencode(fields), FORM)
        return status, json.loads(body)

    def raw(self, method: str, path: str, body: Any = None, base: str = BASE, **headers: str):
        """Return (status, headers, body) of an API call with the token at hand."""
        if self.token is None:
            self.token = self.ask_token()[1]["access_token"]
        bearer = {"Authorization": f"Bearer {self.token}", **headers}
        return self.send(method, base + path, body, bearer)

    def get(self, path: str) -> Any:
        status, _, body = self.raw("GET", path)
        return loads(body) if status == 200 else status

    def post(self, path: str, body: Any) -> Any:
        return loads(self.raw("POST", path, dumps(body).encode())[2])

    def ids(self, flt: str, collection: str = "ji/v1/invoices") -> list[str]:
        answer = self.get(f"/{collection}?flt={quote(flt)}")
        return [id_of(item) for item in items_of(answer)]

    def control(self, method: str, path: str, body: Any = None) -> Any:
        payload = None if body is None else dumps(body).encode()
        return loads(self.send(method, f"/__ctl/{path}", payload)[2])


def items_of(answer: dict) -> list[dict]:
    """Return the records of a list answer, whatever they are wrapped in."""
    inner = [value for value in answer.values() if isinstance(value, dict | list)][0]  # noqa: RUF015
    return next(iter(inner.values())) if isinstance(inner, dict) else inner


def id_of(item: dict) -> str:
    head = item.get("header") or item.get("returnCompanyInfo") or item
    names = ("invoiceId", "poId", "sqIntegrationNumber", "bravoId")
    return next(str(head[name]) for name in names if name in head)


@pytest.fixture
def app() -> JaggaerSandbox:
    return JaggaerSandbox(fill=3)


@pytest.fixture
def server(app: JaggaerSandbox) -> Iterator[SandboxServer]:
    with SandboxServer(app) as running:
        yield running


@pytest.fixture
def customer(server: SandboxServer) -> Iterator[Customer]:
    one = Customer(server)
    yield one
    one.close()
