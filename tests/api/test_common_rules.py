"""What holds for every endpoint: one shape of errors, paging, repeats, limits."""

import json
import re
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from rest_framework.throttling import UserRateThrottle

from tenants.rest.csvtext import harmless
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("method", "path", "body", "kind", "status", "code"),
    [
        ("get", "nothing/here", None, "application/json", 404, "not_found"),
        ("get", "runs/not-an-id", None, "application/json", 404, "not_found"),
        ("patch", "me", b"{}", "application/json", 405, "method_not_allowed"),
        ("post", "connections", b"{", "application/json", 400, "invalid"),
        ("post", "connections", b'{"name": NaN}', "application/json", 400, "invalid"),
        ("post", "connections", b'{"name": 1e999}', "application/json", 400, "invalid"),
        ("post", "connections", b'{"name": "a\\u0000"}', "application/json", 400, "invalid"),
        ("post", "connections", b'{"name": "\\ud800"}', "application/json", 400, "invalid"),
        ("post", "connections", b"[" * 5000, "application/json", 400, "invalid"),
        ("post", "connections", b"[]", "application/json", 400, "invalid"),
        ("post", "connections", b"<a/>", "text/xml", 415, "unsupported_media_type"),
    ],
)
def test_every_refusal_has_the_shape_of_errors(admin, method, path, body, kind, status, code):
    answer = admin._client.generic(
        method.upper(), f"/api/v1/{path}", body or b"", kind, headers=admin.headers
    )

    assert answer.status_code == status
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["code"] == code
    assert answer.json().keys() - {"fields", "details"} == {"code", "message", "request_id"}


def test_a_body_that_is_too_large_is_refused(admin, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000

    answer = admin.post("connections", {"name": "x" * 2000})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_a_client_that_accepts_nothing_we_have_is_answered_json(admin):
    assert admin.get("me", Accept="text/html").json()["role"] == "admin"
    assert admin.get("me?format=xml").json()["role"] == "admin"
    assert admin.get("runs?limit=0", Accept="text/csv").json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("*/*", "application/json"),
        ("text/csv", "text/csv"),
        ("text/csv; header=present", "text/csv"),
        ("text/csv, */*", "text/csv"),
        ("text/csv, application/json", "text/csv"),
        ("application/json, text/csv", "application/json"),
        ("application/json;q=0.5, text/csv", "text/csv"),
        ("text/csv;q=0.5, application/json", "application/json"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "application/json"),
    ],
)
def test_a_table_comes_as_the_client_likes_it_best(admin, tenant, accept, kind):
    path = f"integrations/{rows.integration(tenant).pk}/mappings/ledger_account"

    def kind_of(query):
        return admin.get(path + query, Accept=accept)["Content-Type"].partition(";")[0]

    assert kind_of("") == kind
    assert (kind_of("?format=csv"), kind_of("?format=json")) == ("text/csv", "application/json")


@pytest.mark.parametrize("limit", ["0", "501", "-1", "ten", "1.5"])
@pytest.mark.parametrize("path", ["documents", "members", "audit"])
def test_a_limit_outside_of_1_to_500_is_refused(admin, path, limit):
    answer = admin.get(f"{path}?limit={limit}")

    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"limit"})


@pytest.mark.parametrize(
    ("path", "cursor"),
    [
        ("documents", "x"),
        ("documents", "cD14"),  # p=x
        ("documents", "bD0xMjM0NTY3OA=="),  # l=12345678
        ("documents", "AAAA"),
        ("members", "x"),
        ("members", "WyJhZnRlciIsIDdd"),  # ["after", 7]
        ("members", "WzEsIDJd"),  # [1, 2]
    ],
)
def test_a_cursor_of_nobody_is_refused(admin, tenant, path, cursor):
    factories.member(tenant)

    answer = admin.get(f"{path}?cursor={cursor}")

    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"cursor"})


@pytest.mark.parametrize("listing", ["api-keys", "members"])
def test_a_cursor_of_another_list_is_refused(admin, tenant, listing):
    for _ in range(2):
        factories.member(tenant)
        factories.api_key(tenant, "viewer")
    cursor = parse_qs(urlsplit(admin.get(f"{listing}?limit=1").json()["next"]).query)["cursor"][0]

    def status(path):
        return admin.get(f"{path}?limit=1&cursor={quote(cursor)}").status_code

    assert status(listing) == 200
    others = ("documents", "connections", "runs", "api-keys", "members", "connectors")
    assert {status(other) for other in others if other != listing} == {400}


def walk(client, path, link="next"):
    """Return the pages from `path` on, following one of the links."""
    pages = []
    while path:
        answer = client.get(path).json()
        assert answer.keys() >= {"results", "next", "previous"}
        pages.append([row["id"] for row in answer["results"]])
        path, last = answer[link], path
    return pages, last


@pytest.mark.parametrize("listing", ["documents", "members"])
def test_pages_hold_everything_once_there_and_back(admin, tenant, listing):
    integration = rows.integration(tenant)
    for _ in range(5):
        rows.document(integration)
        factories.member(tenant)

    there, last = walk(admin, f"{listing}?limit=2")
    back, _ = walk(admin, last, "previous")

    assert [len(page) for page in there] == [2, 2, 1]
    assert len({one for page in there for one in page}) == 5
    assert list(reversed(back)) == there


def test_a_repeat_with_the_same_key_has_one_effect(admin):
    body = {"name": "night", "role": "viewer"}
    first = admin.post("api-keys", body, Idempotency_Key="a")
    again = admin.post("api-keys", body, Idempotency_Key="a")
    other = admin.post("api-keys", body | {"name": "day"}, Idempotency_Key="a")
    elsewhere = admin.post("members", body, Idempotency_Key="a")

    assert (first.status_code, again.status_code) == (201, 201)
    assert again["Idempotent-Replay"] == "true"
    assert "Idempotent-Replay" not in first
    assert {other.status_code, elsewhere.status_code} == {422}
    assert len(admin.get("api-keys").json()["results"]) == 2


def test_a_key_belongs_to_who_sent_it(admin, client_as):
    body = {"name": "night", "role": "viewer"}
    admin.post("api-keys", body, Idempotency_Key="a")

    answer = client_as("admin").post("api-keys", body, Idempotency_Key="a")

    assert "Idempotent-Replay" not in answer
    assert answer.status_code == 201


def test_a_request_that_was_refused_may_be_sent_again_with_its_key(admin):
    admin.post("api-keys", {"name": "", "role": "viewer"}, Idempotency_Key="a")

    answer = admin.post("api-keys", {"name": "x", "role": "viewer"}, Idempotency_Key="a")

    assert answer.status_code == 201


def test_too_many_requests_are_told_when_to_come_back(admin, monkeypatch):
    monkeypatch.setattr(UserRateThrottle, "get_rate", lambda self: "1/min")
    admin.get("me")

    answer = admin.get("me")

    assert (answer.status_code, answer.json()["code"]) == (429, "throttled")
    assert int(answer["Retry-After"]) > 0


def test_a_session_needs_its_csrf_token(tenant):
    client = Client(enforce_csrf_checks=True)
    member = factories.member(tenant)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")

    read = client.get("/api/v1/me")
    change = client.post("/api/v1/api-keys", {"name": "x"}, content_type="application/json")

    assert read.json()["user"]["email"] == member.user.email
    assert (change.status_code, change.json()["code"]) == (403, "permission_denied")


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "x"])
def test_a_session_with_its_csrf_token_may_change_things(tenant, kind):
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    member = factories.member(tenant)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    token = re.search(
        r'csrfmiddlewaretoken" value="(\w+)', client.get("/settings/connections/").text
    )[1]

    body = {"name": "x", "role": "viewer"}
    if kind != "application/json":
        body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nx\r\n--x--\r\n'
    answer = client.post(
        "/api/v1/api-keys", body, content_type=kind, headers={"X-CSRFToken": token}
    )

    assert answer.status_code == (201 if kind == "application/json" else 415)


def test_a_session_s_body_that_is_too_large_is_refused(tenant, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1000
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    member = factories.member(tenant)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")

    answer = client.post("/api/v1/api-keys", {"name": "x" * 2000}, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("path", ["%0Anothing", "documents/a%0Ab", "\u00e4/%F4%89%8C%B0", "me/"])
def test_whatever_an_unknown_path_holds_it_is_answered_in_the_shape_of_errors(admin, path):
    answer = admin.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["post", "options", "delete"])
def test_what_is_no_table_is_json_to_a_client_that_asks_for_csv(admin, tenant, method):
    path = f"integrations/{rows.integration(tenant).pk}/mappings/ledger_account"
    body = {"entries": []} if method == "post" else None
    client = Client(raise_request_exception=False)

    answer = getattr(client, method)(
        f"/api/v1/{path}",
        body,
        content_type="application/json",
        headers=admin.headers | {"Accept": "text/csv"},
    )

    assert answer.status_code in (200, 405)
    assert answer["Content-Type"] == "application/json"


def test_a_host_that_is_not_ours_is_refused_in_the_shape_of_errors():
    client = Client(raise_request_exception=False)

    answer = client.get("/api/v1/me", headers={"Host": "evil.example"})
    page = client.get("/settings/connections/", headers={"Host": "evil.example"})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert answer.json().keys() == {"code", "message", "request_id"}
    assert (page.status_code, page["Content-Type"][:9]) == (400, "text/html")


def test_a_fault_of_ours_shows_a_reference_and_nothing_else(admin, monkeypatch):
    monkeypatch.setattr("tenants.api.views.shapes.MeShape.data", property(lambda self: 1 / 0))

    answer = admin.get("me")

    assert answer.status_code == 500
    assert answer.json().keys() == {"code", "message", "request_id"}
    assert "division" not in answer.content.decode()


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+49 30", "'+49 30"),
        ("-x", "'-x"),
        ("-5.00", "-5.00"),
        ("a=b", "a=b"),
        (None, ""),
    ],
)
def test_what_a_spreadsheet_would_compute_goes_out_as_text(cell, text):
    assert harmless(cell) == text


def test_secrets_come_back_nowhere(admin, tenant):
    connection = factories.connection(tenant)
    shown = admin.get(f"connections/{connection.pk}").json()
    trail = json.dumps(admin.get("audit").json())

    assert shown["secret_hint"] == "4711"
    assert "secret" not in shown
    assert "s3cr3t" not in json.dumps(shown) + trail
