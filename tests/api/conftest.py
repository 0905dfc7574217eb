"""Clients of the API in each role, each with its own key."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sync.models import Integration
from tenants.models import Role, Tenant
from tests import factories
from tests.api import rows
from tests.api.conforming import assert_conforms


class ApiClient:
    """Sends JSON with a key; answers are Django's, each as the OpenAPI document describes it."""

    def __init__(self, key: str | None = None) -> None:
        self._client = Client(raise_request_exception=False)
        self.headers = {"Authorization": f"Bearer {key}"} if key else {}

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send a request below /api/v1/; `if_match="x"` becomes the header `If-Match: x`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        extra = {} if body is None else {"data": body, "content_type": "application/json"}
        address = path if path.startswith("http") else f"/api/v1/{path}"
        answer = getattr(self._client, method)(address, **extra, headers=self.headers | named)
        assert_conforms(method, urlsplit(address).path, answer)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.send("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("post", path, {} if body is None else body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.send("patch", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.send("delete", path)


@pytest.fixture
def tenant(db: None) -> Tenant:
    return factories.tenant()


@pytest.fixture
def client_as(tenant: Tenant) -> Callable[..., ApiClient]:
    """Return a client with a key of this role; of the fixture's tenant unless another is given."""

    def make(role: str = Role.ADMIN, of: Tenant | None = None) -> ApiClient:
        return ApiClient(factories.api_key(of or tenant, role)[1])

    return make


@pytest.fixture
def admin(client_as: Callable[..., ApiClient]) -> ApiClient:
    return client_as(Role.ADMIN)


@pytest.fixture
def operator(client_as: Callable[..., ApiClient]) -> ApiClient:
    return client_as(Role.OPERATOR)


@pytest.fixture
def integration(tenant: Tenant) -> Integration:
    return rows.integration(tenant)


@pytest.fixture
def anybody() -> ApiClient:
    return ApiClient()


class BrowserClient(ApiClient):
    """A person's session, with its CSRF token."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client


@pytest.fixture
def browser(tenant: Tenant) -> Callable[..., BrowserClient]:
    """Return a client of a new person with this role, logged in."""

    def make(role: str = Role.ADMIN) -> BrowserClient:
        client = Client(raise_request_exception=False)
        member = factories.member(tenant, role)
        client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
        return BrowserClient(client)

    return make


@pytest.fixture
def queries_of() -> Callable[[Callable[[], Any]], int]:
    """Count the queries of a call, once it has been made before: a key's first use is noted."""

    def counted(call: Callable[[], Any]) -> int:
        call()
        with CaptureQueriesContext(connection) as seen:
            call()
        return len(seen)

    return counted
