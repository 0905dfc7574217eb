"""Connections over the API, against the sandboxes where another system is asked."""

import pytest

from sync.models import FlowName
from tests import factories
from tests.api.conftest import ApiClient
from tests.demo_world import demo_tenant, demo_world

CONNECTION = {
    "kind": "nav",
    "name": "Ledger",
    "settings": {"base_url": "https://nav.example:7048/BC/", "token_url": "https://id.example/t"},
    "secret": {"client_id": "client-4711", "client_secret": "hush-hush"},
}


@pytest.mark.django_db
def test_a_new_connection_shows_when_its_secret_was_set_and_nothing_of_it(admin):
    answer = admin.post("connections", CONNECTION)

    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["secret_hint"], shown["health"]) == ("4711", "unknown")
    assert shown["secret_set_at"].endswith("Z")
    assert "hush-hush" not in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"kind": "sap"}, "kind"),
        ({"name": ""}, "name"),
        ({"settings": {"token_url": "https://id.example/t"}}, "settings.base_url"),
        ({"settings": CONNECTION["settings"] | {"colour": "red"}}, "settings.colour"),
        ({"secret": {"client_id": "x"}}, "secret.client_secret"),
        ({"settings": []}, "settings"),
        ({"settings": {"base_url": "https://nav.example/B C/"}}, "settings.base_url"),
        (
            {"kind": "jaggaer", "settings": {"base_url": "https://j.example/{api}"}},
            "settings.base_url",
        ),
        (
            {"kind": "jaggaer", "settings": {"token_url": "https://j.example/the token"}},
            "settings.token_url",
        ),
        (
            {"settings": CONNECTION["settings"] | {"page_services": {"vendor": "a b"}}},
            "settings.page_services.vendor",
        ),
    ],
)
def test_what_does_not_hold_is_named_by_its_path(admin, change, path):
    answer = admin.post("connections", CONNECTION | change)

    assert answer.status_code == 400
    assert path in answer.json()["fields"]


@pytest.mark.django_db
def test_a_changed_secret_replaces_the_old_one(admin):
    made = admin.post("connections", CONNECTION).json()
    path = f"connections/{made['id']}"

    changed = admin.patch(path, {"secret": {"client_id": "other-0815", "client_secret": "new"}})

    assert changed.json()["secret_hint"] == "0815"
    assert changed.json()["secret_set_at"] > made["secret_set_at"]
    assert changed.json()["settings"] == made["settings"]


@pytest.mark.django_db
def test_a_whole_number_is_one_however_json_writes_it(admin):
    settings = CONNECTION["settings"] | {"max_parallel": 3.0, "timeout_seconds": 6e1}

    shown = admin.post("connections", CONNECTION | {"settings": settings}).json()["settings"]

    assert (repr(shown["max_parallel"]), repr(shown["timeout_seconds"])) == ("3", "60")
    parts = {"settings": {"max_parallel": 2.5}}
    assert admin.post("connections", CONNECTION | parts).status_code == 400


@pytest.mark.django_db
def test_a_stale_change_of_a_connection_is_refused(admin):
    made = admin.post("connections", CONNECTION)
    path = f"connections/{made.json()['id']}"
    admin.patch(path, {"name": "Books"}, If_Match=made["ETag"])

    assert admin.patch(path, {"name": "Again"}, If_Match=made["ETag"]).status_code == 412
    assert admin.patch(path, {"name": "Again"}, If_Match="*").status_code == 200


@pytest.mark.django_db
def test_connectors_say_what_they_need_to_know(admin):
    kinds = {row["kind"]: row for row in admin.get("connectors").json()["results"]}

    assert kinds["nav"]["sides"] == ["ledger"]
    assert kinds["jaggaer"]["sides"] == ["source"]
    assert all(row["settings_schema"]["properties"] for row in kinds.values())


@pytest.mark.django_db(transaction=True)
def test_a_system_that_is_away_is_a_finding_and_not_an_error():
    tenant = factories.tenant()
    connection = factories.connection(
        tenant,
        settings={"base_url": "http://127.0.0.1:9/BC/", "token_url": "http://127.0.0.1:9/token"},
    )
    admin = ApiClient(factories.api_key(tenant)[1])

    ping = admin.post(f"connections/{connection.pk}/ping", {}, Idempotency_Key="p")
    again = admin.post(f"connections/{connection.pk}/ping", {}, Idempotency_Key="p")
    companies = admin.get(f"connections/{connection.pk}/companies")

    assert (ping.status_code, ping.json()["ok"]) == (200, False)
    red = [one for one in ping.json()["findings"] if one["status"] == "fail"]
    assert red
    assert all(one["fix"] for one in red)
    assert again["Idempotent-Replay"] == "true"
    assert companies.status_code == 503
    assert companies.json()["details"].keys() >= {"cause", "owner", "fix"}
    assert admin.get(f"connections/{connection.pk}").json()["health"] == "attention"


@pytest.fixture
def customer(tmp_path):
    """A customer between the sandboxes, with the data of the smallest demo."""
    with demo_world(demo_tenant(), tmp_path) as made:
        yield made


@pytest.mark.django_db(transaction=True)
def test_against_real_servers_ping_companies_and_preview_answer(customer):
    admin = ApiClient(factories.api_key(customer.tenant)[1])
    ledger = f"connections/{customer.integration.ledger_id}"

    ping = admin.post(f"{ledger}/ping").json()
    companies = admin.get(f"{ledger}/companies").json()["results"]

    assert (ping["ok"], [one for one in ping["findings"] if one["status"] == "fail"]) == (True, [])
    listed = {company["id"]: company["name"] for company in companies}
    before = admin.get(f"integrations/{customer.integration.pk}")
    assert before.json()["company"]["name"] == customer.integration.company_id
    company = before.json()["company"] | {"name": listed[customer.integration.company_id]}
    pair = before.json() | {"name": "another", "company": company["id"], "business_units": ["x"]}
    admin.patch(f"integrations/{customer.integration.pk}", {"business_units": ["y"]})
    assert admin.post("integrations", pair).json()["company"] == company
    assert admin.get(ledger).json()["health"] == "ok"

    customer.run(FlowName.REFERENCE, FlowName.SUPPLIERS)
    (supplier, *_) = admin.get("documents?resource=supplier&state=written").json()["results"]
    preview = admin.get(f"documents/{supplier['id']}/preview")
    assert preview.status_code == 200
    assert preview.json() == {"writes": [], "decision": "skip", "reasons": [], "notes": []}
    assert supplier["ledger"]["vendor"]["number"] == supplier["supplier"]["ledger_number"]


@pytest.mark.django_db(transaction=True)
def test_a_preview_shows_the_requests_and_sends_nothing(customer):
    admin = ApiClient(factories.api_key(customer.tenant)[1])
    customer.run(FlowName.REFERENCE)
    run = f"integrations/{customer.integration.pk}/runs"
    (queued,) = admin.post(run, {"flows": ["suppliers"], "mode": "preview"}).json()["runs"]
    before = len(customer.requests(customer.nav))

    customer.settle()

    done = admin.get(f"runs/{queued['id']}").json()
    assert (done["state"], done["mode"]) == ("succeeded", "preview")
    outcomes = admin.get(f"runs/{queued['id']}/outcomes").json()["results"]
    planned = [one for row in outcomes for one in row["writes"]]
    assert planned
    assert {"operation", "method", "path", "body"} == planned[0].keys()
    sent = customer.requests(customer.nav)[before:]
    assert {entry.method for entry in sent} <= {"GET"}
