"""The OpenAPI document: generated without a warning, and complete."""

import json

import pytest
import yaml
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from integration_platform import described
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


@pytest.fixture
def built(monkeypatch) -> list[int]:
    """Count how often the document is built, from a fresh process on."""
    built = []

    class Counting(SchemaGenerator):
        def get_schema(self, *args, **kwargs):
            built.append(1)
            return super().get_schema(*args, **kwargs)

    monkeypatch.setattr(described, "SchemaGenerator", Counting)
    for kept in (described.rendered_as, described._document):
        kept.cache_clear()
    return built


@pytest.mark.django_db
def test_the_schema_is_built_once_for_all_requests_and_formats(client, built):
    yaml_, json_ = "application/vnd.oai.openapi", "application/vnd.oai.openapi+json"

    answers = [client.get("/api/schema/", headers={"accept": kind}) for kind in (yaml_, json_) * 2]

    assert len(built) == 1
    assert [answer["Content-Type"] for answer in answers] == [yaml_, json_] * 2
    first, second = yaml.safe_load(answers[0].content), json.loads(answers[1].content)
    assert first == second == json.loads(answers[3].content)
    assert "/api/v1/documents" in str(second["paths"])


@pytest.mark.django_db
def test_a_client_that_has_the_schema_is_not_sent_it_again(client, built):
    first = client.get("/api/schema/")

    again = client.get("/api/schema/", headers={"if-none-match": first["ETag"]})
    other = client.get("/api/schema/?format=json", headers={"if-none-match": first["ETag"]})

    assert (again.status_code, again.content, len(built)) == (304, b"", 1)
    assert (other.status_code, other["ETag"] == first["ETag"]) == (200, False)
    assert (first["Cache-Control"], "Accept" in first["Vary"]) == ("no-cache", True)
