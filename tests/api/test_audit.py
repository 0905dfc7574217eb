"""The audit trail over the API: read, taken along, verified."""

import json

import pytest

from tests.api import rows

pytestmark = pytest.mark.django_db


def test_events_are_listed_newest_first_with_a_sentence(admin, tenant):
    integration = rows.integration(tenant)

    shown = admin.get("audit?action=integration.created").json()["results"]

    assert [event["target"]["id"] for event in shown] == [str(integration.pk)]
    assert shown[0]["sentence"].startswith(integration.name.capitalize()[:1])
    assert len(shown[0]["hash"]) == 64


def test_a_documents_events_are_found(client_as, tenant):
    operator, row = client_as("operator"), rows.document(rows.integration(tenant))
    operator.post(f"documents/{row.pk}/replay")

    (event,) = operator.get(f"audit?document={row.pk}").json()["results"]

    assert (event["action"], event["document"]) == ("document.replayed", str(row.pk))
    assert event["actor"].startswith("key:")


@pytest.mark.parametrize(
    ("query", "any_left"),
    [
        ("from=2020-01-01", True),
        ("to=2020-01-01", False),
        ("from=2099-01-01T00:00:00Z", False),
        ("from=0001-01-01&to=9999-12-31", True),
        ("action=integration.", True),
        ("action=member.", False),
    ],
)
def test_events_are_chosen_by_time_and_action(admin, tenant, query, any_left):
    rows.integration(tenant)

    assert bool(admin.get(f"audit?{query}").json()["results"]) == any_left


@pytest.mark.parametrize(
    "query",
    ["from=yesterday", "to=2026-05-01T10:00:00", "to=9999-12-31T23:59:59-23:59", "document=7"],
)
def test_a_filter_that_means_nothing_is_an_error(admin, query):
    assert admin.get(f"audit?{query}").status_code == 400


def test_the_export_holds_the_chain_and_its_head(admin, tenant):
    rows.integration(tenant)

    answer = admin.get("audit/export")
    lines = [json.loads(line) for line in b"".join(answer.streaming_content).splitlines()]

    *events, head = lines
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert head["head"] == {"seq": events[-1]["seq"], "hash": events[-1]["hash"]}


def test_the_chain_verifies_up_to_its_head(admin, tenant):
    rows.integration(tenant)
    (newest, *_) = admin.get("audit").json()["results"]

    found = admin.get("audit/verify").json()

    assert (found["ok"], found["events"], found["head"]) == (True, newest["seq"], newest["hash"])
