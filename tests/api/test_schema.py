"""The OpenAPI document: generated without a warning, and complete."""

import pytest
from django.core.management import call_command

from tests.api.conforming import schema
from tests.api.test_roles import ROUTES


def test_the_schema_is_valid_and_raises_no_warning(tmp_path):
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(tmp_path / "api.yml"))

    assert (tmp_path / "api.yml").stat().st_size > 10_000


def test_every_route_is_described():
    described = {
        (method, path.removeprefix("/api/v1/").count("/"), path.split("/")[3])
        for path, operations in schema()["paths"].items()
        for method in operations
    }

    assert {
        (method, path.count("/"), path.split("/")[0]) for method, path, _ in ROUTES
    } <= described


def test_repeats_and_changes_name_their_headers():
    for path, operations in schema()["paths"].items():
        for method, header in (("post", "Idempotency-Key"), ("patch", "If-Match")):
            names = [one["name"] for one in operations.get(method, {}).get("parameters", ())]
            assert method not in operations or header in names or path.endswith("/signup"), path


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema/", "/api/docs/"])
def test_schema_and_documentation_are_served(client, path):
    assert client.get(path).status_code == 200
