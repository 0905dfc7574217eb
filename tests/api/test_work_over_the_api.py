"""A customer's work by program alone, between two real servers: mapped, run, reviewed, replayed."""

import pytest

from sync.models import RunMode
from tests import factories
from tests.api.conftest import ApiClient
from tests.demo_world import demo_tenant, demo_world
from tests.small import FLOWS, records, small_world
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo():
    return demo_tenant()


@pytest.fixture
def customer(demo, tmp_path):
    with demo_world(demo, tmp_path) as made:
        yield made


@pytest.fixture
def client(customer):
    return ApiClient(factories.api_key(customer.tenant, "operator")[1])


@pytest.fixture
def integration(customer):
    return f"integrations/{customer.integration.pk}"


def run(customer: World, client: ApiClient, integration: str, *flows: str) -> list[dict]:
    queued = client.post(f"{integration}/runs", {"flows": list(flows)}).json()["runs"]
    customer.settle()
    return [client.get(f"runs/{one['id']}").json() for one in queued]


def writes(customer: World) -> int:
    """Count the requests that could have changed something in the ledger."""
    return sum(entry.method != "GET" for entry in customer.requests(customer.nav))


def test_mapped_run_accepted_rejected_and_replayed(customer, client, integration, demo):
    run(customer, client, integration, "reference")
    for kind, path in demo.mappings.items():
        sent = client._client.post(
            f"/api/v1/{integration}/mappings/{kind}?invalid=keep",
            data=path.read_bytes(),
            content_type="text/csv",
            headers=client.headers,
        )
        assert sent.status_code == 200, sent.json()

    runs = run(customer, client, integration, "suppliers", "purchase_orders", "invoices")
    assert all(one["state"] in ("succeeded", "partial") for one in runs)
    assert runs[2]["counts"]["written"] > 0
    for one in runs:
        read = one["counts"].pop("read")
        assert read == sum(one["counts"].values()) > 0

    accepted = accept_one(customer, client)
    assert accepted["resolution"]["action"] == "accept"

    rejected = reject_one(client)
    run(customer, client, integration, "invoices")
    assert client.get(f"documents/{rejected}").json()["state"] == "rejected"

    before = writes(customer)
    body = {"filter": {"integration": str(customer.integration.pk), "state": "written"}}
    replayed = client.post("documents/replay", body).json()["runs"]
    customer.settle()
    done = [client.get(f"runs/{one['id']}").json() for one in replayed]
    assert {one["state"] for one in done} == {"succeeded"}
    assert sum(one["counts"]["unchanged"] for one in done) > 0
    assert writes(customer) == before


def test_a_document_that_a_preview_received_is_counted_once_by_the_live_run(tmp_path):
    with small_world(tmp_path, records(4)) as customer:
        client = ApiClient(factories.api_key(customer.tenant, "viewer")[1])
        customer.run(*FLOWS, mode=RunMode.PREVIEW)
        counts = [
            client.get(f"runs/{run.pk}").json()["counts"]
            for run in (*customer.run(*FLOWS), *customer.run(*FLOWS))
        ]

    first, second = counts[:3], counts[3:]
    assert [one["read"] for one in first] == [one["written"] for one in first] == [3, 4, 4]
    assert [one["read"] for one in second] == [one["unchanged"] for one in second] == [3, 4, 4]


def accept_one(customer: World, client: ApiClient) -> dict:
    """Accept the first variance and see its documents leave for the ledger."""
    reviews = client.get("reviews?state=open&limit=500").json()["results"]
    review = next(one for one in reviews if one["acceptable"])
    waiting = client.get(f"documents?review={review['id']}").json()["results"]
    resolved = client.post(
        f"reviews/{review['id']}/resolve", {"action": "accept", "note": "agreed with the buyer"}
    ).json()
    customer.settle()
    code = review["reasons"][0]["code"]
    for document in waiting:
        shown = client.get(f"documents/{document['id']}").json()
        assert code not in [reason["code"] for reason in shown["reasons"]]
        assert "document.accepted" in [event["action"] for event in shown["timeline"]]
    return resolved


def reject_one(client: ApiClient) -> str:
    """Reject what waits for the first open cause; returns one of the documents."""
    (review, *_) = client.get("reviews?state=open&reason=mapping_missing").json()["results"]
    client.post(f"reviews/{review['id']}/resolve", {"action": "reject", "note": "not ours"})
    return review["document"]
