"""Integrations and flows over the API: paired, changed, scheduled, deleted."""

import pytest

from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(tenant):
    return {
        "name": "WVU",
        "source": str(factories.connection(tenant, "jaggaer").pk),
        "ledger": str(factories.connection(tenant, "nav").pk),
        "company": "c-1",
    }


def test_a_new_integration_has_four_manual_flows_in_their_order(admin, pair):
    answer = admin.post("integrations", pair)

    assert answer.status_code == 201
    flows = answer.json()["flows"]
    assert [flow["resource"] for flow in flows] == [
        "reference",
        "suppliers",
        "purchase_orders",
        "invoices",
    ]
    assert {flow["schedule"]["kind"] for flow in flows} == {"manual"}
    assert all(flow["enabled"] for flow in flows)
    assert flows[3]["depends_on"] == ["reference", "suppliers", "purchase_orders"]


def test_the_policy_is_answered_whole_and_merged_by_a_change(admin, pair):
    made = admin.post("integrations", pair | {"policy": {"match": {"price_percent": "5"}}}).json()

    answer = admin.patch(f"integrations/{made['id']}", {"policy": {"tax": {"tax1": "line"}}})

    policy = answer.json()["policy"]
    assert policy["match"]["price_percent"] == "5"
    assert policy["tax"] == {"tax1": "line", "tax2": "line"}
    assert policy["four_eyes"] is False


def test_a_limit_that_is_sent_as_a_whole_number_is_answered_as_text(admin, pair):
    override = {"supplier": "V1", "price_amount": 10, "price_percent": None}
    match = {"price_percent": 5, "overrides": [override]}

    made = admin.post("integrations", pair | {"policy": {"match": match}}).json()

    shown = admin.get(f"integrations/{made['id']}").json()["policy"]["match"]
    assert (shown["price_percent"], shown["price_amount"]) == ("5", None)
    assert shown["overrides"] == [override | {"price_amount": "10"}]


@pytest.mark.parametrize(
    ("policy", "code", "path"),
    [
        ({"nonsense": 1}, "invalid", "policy.nonsense"),
        ({"match": {"mode": "four_way"}}, "invalid", "policy.match.mode"),
        ({"match": {"overrides": [{"supplier": "1", "x": "1"}]}}, "invalid", None),
        (
            {"invoice": {"lines_account": "balancing"}},
            "balancing_account_missing",
            "policy.journal.balancing_account",
        ),
        (
            {"invoice": {"lines_account": "mapped"}, "journal": {"balancing_account": "5460"}},
            "would_book_twice",
            "policy.invoice.lines_account",
        ),
    ],
)
def test_a_policy_that_cannot_hold_names_its_path(admin, pair, policy, code, path):
    answer = admin.post("integrations", pair | {"policy": policy})

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert path is None or path in answer.json()["fields"]


def test_the_sides_cannot_be_swapped(admin, pair):
    swapped = pair | {"source": pair["ledger"], "ledger": pair["source"]}

    answer = admin.post("integrations", swapped)

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {"source", "ledger"}


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        (["0004"], ["0004", "0005"], 400),
        (["0004"], ["0005"], 201),
        ([], ["0004"], 400),
        (["0004"], [], 400),
    ],
)
def test_business_units_of_one_source_belong_to_one_integration(admin, pair, first, second, status):
    admin.post("integrations", pair | {"business_units": first})

    answer = admin.post("integrations", pair | {"name": "other", "business_units": second})

    assert answer.status_code == status
    assert status == 201 or answer.json()["code"] == "units_overlap"


def test_what_is_missing_is_named_with_its_fix(admin, tenant):
    integration = rows.integration(tenant)

    setup = admin.get(f"integrations/{integration.pk}").json()["setup"]

    codes = {one["code"] for one in setup}
    assert {"balancing_account_missing", "reference_missing", "mapping_empty"} <= codes
    assert all(one["message"] and one["fix"] for one in setup)


def test_a_change_of_a_stale_state_is_refused(admin, tenant):
    path = f"integrations/{rows.integration(tenant).pk}"
    seen = admin.get(path)["ETag"]
    admin.patch(path, {"name": "first"}, If_Match=seen)

    answer = admin.patch(path, {"name": "second"}, If_Match=seen)

    assert (answer.status_code, answer.json()["code"]) == (412, "stale")
    assert admin.get(path).json()["name"] == "first"


def test_an_integration_does_not_move_to_another_ledger(admin, tenant, pair):
    path = f"integrations/{rows.integration(tenant).pk}"

    answer = admin.patch(path, {"ledger": pair["ledger"]})

    assert answer.json()["fields"].keys() == {"ledger"}


def test_a_connection_in_use_stays(admin, tenant):
    integration = rows.integration(tenant)

    answer = admin.delete(f"connections/{integration.ledger_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "connection_in_use")


def test_a_deleted_integration_is_gone_and_frees_its_connections(admin, tenant):
    integration = rows.integration(tenant)
    rows.park(rows.document(integration))

    assert admin.delete(f"integrations/{integration.pk}").status_code == 204
    assert admin.get(f"integrations/{integration.pk}").status_code == 404
    assert admin.delete(f"connections/{integration.ledger_id}").status_code == 204


def test_a_flow_on_a_schedule_knows_when_it_is_due(admin, tenant):
    path = f"integrations/{rows.integration(tenant).pk}/flows/invoices"

    answer = admin.patch(path, {"schedule": {"kind": "interval", "every_minutes": 15}})

    assert answer.status_code == 200
    assert answer.json()["next_run_at"] is not None
    assert admin.patch(path, {"enabled": False}).json()["next_run_at"] is None


@pytest.mark.parametrize(
    ("schedule", "path"),
    [
        ({"kind": "hourly"}, "schedule.kind"),
        ({"kind": "interval", "every_minutes": 0}, "schedule.every_minutes"),
        ({"kind": "daily", "at": ["7:00"]}, "schedule.at"),
        ({"kind": "cron", "expression": "often"}, "schedule.expression"),
        ({"kind": "manual", "x": 1}, "schedule.x"),
        ({"kind": ["manual"]}, "schedule.kind"),
        ({"kind": "daily", "at": ["07:00"], "days": [{}]}, "schedule.days"),
    ],
)
def test_a_schedule_that_cannot_hold_names_its_path(admin, tenant, schedule, path):
    address = f"integrations/{rows.integration(tenant).pk}/flows/invoices"

    answer = admin.patch(address, {"schedule": schedule})

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {path}


def test_lifting_four_eyes_takes_two_users_and_keys_are_nobody(admin, tenant, browser):
    path = f"integrations/{rows.integration(tenant, policy={'four_eyes': True}).pk}"
    lift = {"policy": {"four_eyes": False}}
    first, second = browser("admin"), browser("admin")

    asked = [admin.patch(path, lift), first.patch(path, lift), first.patch(path, lift)]

    assert [answer.status_code for answer in asked] == [202, 202, 202]
    assert asked[0].json()["status"] == "awaiting_second_person"
    assert asked[2].json()["policy"]["four_eyes"] is True
    agreed = second.patch(path, lift)
    assert agreed.status_code == 200
    assert agreed.json()["policy"]["four_eyes"] is False


def test_a_list_of_integrations_costs_the_same_whatever_its_length(admin, tenant, queries_of):
    rows.integration(tenant)
    one = queries_of(lambda: admin.get("integrations"))

    for _ in range(4):
        rows.integration(tenant)

    assert len(admin.get("integrations").json()["results"]) == 5
    assert queries_of(lambda: admin.get("integrations")) == one <= 18
