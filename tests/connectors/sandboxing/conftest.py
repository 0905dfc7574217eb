"""A tiny app on the sandbox server: a counter that POST raises and GET shows."""

import http.client
import json
from collections.abc import Iterator

import pytest

from connectors.sandboxing import Clock, Request, Response, SandboxServer, json_response


class Counter:
    """`POST /count` adds one; `GET` anything shows the count and the path."""

    name = "counter"

    def __init__(self) -> None:
        self.clock = Clock()
        self.count = 0

    def handle(self, request: Request) -> Response:
        if request.path == "/broken":
            raise RuntimeError("on purpose")
        if request.method == "POST":
            self.count += 1
        return json_response(200, {"count": self.count, "path": request.path})

    def control(self, request: Request) -> Response | None:
        if (request.method, request.path) == ("POST", "/__ctl/reset"):
            self.count = 0
        return None


class Client:
    """One keep-alive connection; `call` returns (status, body bytes)."""

    def __init__(self, server: SandboxServer) -> None:
        self.server = server
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=5)

    def call(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        payload = None if body is None else json.dumps(body)
        self.connection.request(method, path, payload, {"Authorization": "Bearer secret"})
        answer = self.connection.getresponse()
        self.headers = answer.headers
        return answer.status, answer.read()

    def control(self, method: str, path: str, body: object = None) -> dict:
        connection = http.client.HTTPConnection(self.server.host, self.server.port, timeout=5)
        connection.request(method, f"/__ctl/{path}", None if body is None else json.dumps(body))
        answer = json.loads(connection.getresponse().read())
        connection.close()
        return answer


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(Counter()) as running:
        yield running


@pytest.fixture
def client(server: SandboxServer) -> Iterator[Client]:
    caller = Client(server)
    yield caller
    caller.connection.close()
