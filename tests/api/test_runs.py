"""Runs over the API: asked for, clashing, stopped, looked at."""

from decimal import Decimal

import pytest

from sync.models import Document, Outcome, Run, RunState
from tenants.scoping import tenant_scope
from tests.api import rows

pytestmark = pytest.mark.django_db


def test_all_flows_run_in_dependency_order_when_none_is_named(operator, integration):
    answer = operator.post(f"integrations/{integration.pk}/runs")

    assert answer.status_code == 202
    runs = answer.json()["runs"]
    assert [run["flow"] for run in runs] == [
        "reference",
        "suppliers",
        "purchase_orders",
        "invoices",
    ]
    assert {(run["state"], run["trigger"], run["mode"]) for run in runs} == {
        ("queued", "api", "live")
    }


def test_the_named_flows_run_in_dependency_order_too(operator, integration):
    body = {"flows": ["invoices", "reference"]}

    runs = operator.post(f"integrations/{integration.pk}/runs", body).json()["runs"]

    assert [run["flow"] for run in runs] == ["reference", "invoices"]


def test_a_member_of_a_list_that_does_not_hold_is_named_by_its_place(operator, integration):
    path = f"integrations/{integration.pk}/runs"

    for flow in (None, "receipts"):
        answer = operator.post(path, {"flows": ["invoices", flow]})

        assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"flows[1]"})


def test_a_flow_that_runs_already_is_not_queued_twice(operator, integration):
    path = f"integrations/{integration.pk}/runs"
    first = operator.post(path, {"flows": ["invoices"]}).json()["runs"][0]

    answer = operator.post(path)

    assert (answer.status_code, answer.json()["code"]) == (409, "run_active")
    assert answer.json()["details"] == {"run": first["id"]}


def test_a_preview_does_not_wait_for_a_live_run(operator, integration):
    path = f"integrations/{integration.pk}/runs"
    operator.post(path, {"flows": ["invoices"]})

    answer = operator.post(path, {"flows": ["invoices"], "mode": "preview"})

    assert answer.status_code == 202


def test_a_disabled_flow_cannot_be_named_and_is_left_out_otherwise(admin, integration):
    admin.patch(f"integrations/{integration.pk}/flows/invoices", {"enabled": False})
    path = f"integrations/{integration.pk}/runs"

    named = admin.post(path, {"flows": ["invoices"]})
    unnamed = admin.post(path)

    assert (named.status_code, named.json()["code"]) == (409, "flow_disabled")
    assert "invoices" not in [run["flow"] for run in unnamed.json()["runs"]]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"flows": ["orders"]}, "flows[0]"),
        ({"mode": "dry"}, "mode"),
        ({"full": "perhaps"}, "full"),
    ],
)
def test_a_request_that_names_nothing_known_is_refused(operator, integration, body, field):
    answer = operator.post(f"integrations/{integration.pk}/runs", body)

    assert answer.status_code == 400
    assert answer.json()["fields"].keys() == {field}


def test_the_same_key_starts_one_run(operator, integration):
    path = f"integrations/{integration.pk}/runs"
    first = operator.post(path, {"flows": ["invoices"]}, Idempotency_Key="night-1")
    again = operator.post(path, {"flows": ["invoices"]}, Idempotency_Key="night-1")
    other = operator.post(path, {"flows": ["reference"]}, Idempotency_Key="night-1")

    assert again.status_code == 202
    assert again["Idempotent-Replay"] == "true"
    assert again.json() == first.json()
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_queued_run_stops_at_once_and_lets_its_documents_go(operator, integration):
    row = rows.document(integration)
    run = operator.post(f"documents/{row.pk}/replay").json()

    stopped = operator.post(f"runs/{run['id']}/stop").json()

    assert (stopped["state"], stopped["finished_at"] is None) == ("stopped", False)
    assert rows.fresh(row).queued_run_id is None


def test_a_run_that_goes_on_is_asked_to_stop(operator, integration):
    (run,) = operator.post(f"integrations/{integration.pk}/runs", {"flows": ["invoices"]}).json()[
        "runs"
    ]
    with tenant_scope(integration.tenant_id):
        Run.objects.filter(pk=run["id"]).update(state=RunState.RUNNING)

    answer = operator.post(f"runs/{run['id']}/stop")

    assert (answer.status_code, answer.json()["state"]) == (200, "running")
    with tenant_scope(integration.tenant_id):
        assert Run.objects.get(pk=run["id"]).stop_requested


def test_a_run_shows_every_count_and_sums_without_padding(operator, integration):
    (run,) = operator.post(f"integrations/{integration.pk}/runs", {"flows": ["invoices"]}).json()[
        "runs"
    ]
    sums = dict.fromkeys(("read", "written", "parked", "rejected", "unknown", "failed"), "0")
    with tenant_scope(integration.tenant_id):
        Run.objects.filter(pk=run["id"]).update(
            counts={"read": 2, "written": 2},
            totals=[{"currency": "USD", **sums, "read": "12.5000000000"}],
        )

    shown = operator.get(f"runs/{run['id']}").json()

    assert (shown["counts"]["written"], shown["counts"]["ignored"]) == (2, 0)
    assert (shown["totals"][0]["read"], shown["totals"][0]["failed"]) == ("12.50", "0.00")


def test_outcomes_show_reasons_without_what_they_group_by(operator, integration):
    row = rows.document(integration)
    review = rows.park(row)
    (run,) = operator.post(f"integrations/{integration.pk}/runs", {"flows": ["invoices"]}).json()[
        "runs"
    ]
    with tenant_scope(integration.tenant_id):
        Outcome.objects.create(
            run_id=run["id"],
            document=Document.objects.get(pk=row.pk),
            reference=row.reference,
            decision="park",
            state="parked",
            reasons=[review.reason],
            amount=Decimal("1"),
        )

    (outcome,) = operator.get(f"runs/{run['id']}/outcomes").json()["results"]

    assert (outcome["document"], outcome["decision"]) == (str(row.pk), "park")
    assert outcome["reasons"][0].keys() == {"code", "message", "owner", "fix", "evidence"}


def test_runs_are_listed_by_flow_and_state(operator, integration):
    operator.post(f"integrations/{integration.pk}/runs")

    found = operator.get(f"runs?integration={integration.pk}&flow=invoices&state=queued")

    assert [run["flow"] for run in found.json()["results"]] == ["invoices"]
    assert operator.get("runs?state=asleep").status_code == 400
