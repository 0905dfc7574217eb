"""Review items over the API: what waits, and how it is resolved."""

from datetime import UTC, datetime

import pytest

from connectors.documents import Resource
from sync.domain.references import order_reference_keys
from sync.models import DocumentState, Override, ReviewItem, Wait
from tenants.scoping import tenant_scope
from tests import factories
from tests.api import rows

pytestmark = pytest.mark.django_db


def over_price(row):
    return rows.park(row, code="price_over_tolerance", document=row.source_id, line=1)


def test_a_cause_shows_how_many_wait_and_how_much_money(admin, integration):
    notes = rows.document(integration, Resource.CREDIT_NOTE, amount="19.50")
    review = rows.park(rows.document(integration), rows.document(integration), notes)

    shown = admin.get(f"reviews/{review.pk}").json()

    assert (shown["cause"], shown["waiting"]) == ("mapping ledger_account OFFICE", 3)
    assert shown["money_at_risk"] == [{"currency": "USD", "amount": "219.50"}]
    assert [reason["code"] for reason in shown["reasons"]] == ["mapping_missing"]
    assert len(admin.get(f"documents?review={review.pk}").json()["results"]) == 3


def test_a_review_shows_since_when_a_receipt_is_overdue(admin, integration):
    review = over_price(rows.document(integration))
    before = admin.get(f"reviews/{review.pk}").json()["alarmed_at"]
    with tenant_scope(integration.tenant_id):
        ReviewItem.objects.update(alarmed_at=datetime(2026, 3, 17, 7, tzinfo=UTC))

    assert before is None
    assert admin.get(f"reviews/{review.pk}").json()["alarmed_at"] == "2026-03-17T07:00:00Z"


def test_an_order_and_its_own_invoice_are_the_same_money(admin, integration):
    order = rows.document(integration, Resource.PURCHASE_ORDER, amount="300.00")
    other = rows.document(integration, Resource.PURCHASE_ORDER, amount="40.00")
    invoice = rows.document(integration, amount="119.50")
    rows.allocation(invoice, order)
    review = rows.park(order, other, invoice)

    shown = admin.get(f"reviews/{review.pk}").json()

    assert shown["waiting"] == 3
    assert shown["money_at_risk"] == [{"currency": "USD", "amount": "159.50"}]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=open", 2),
        ("state=resolved", 0),
        ("reason=mapping_missing", 1),
        ("owner=finance", 1),
        ("supplier=S1", 1),
    ],
)
def test_reviews_are_listed_by_what_they_are_about(admin, integration, query, count):
    rows.park(rows.document(integration, supplier_source_id="S1"))
    over_price(rows.document(integration))

    assert len(admin.get(f"reviews?{query}").json()["results"]) == count


def test_a_list_of_reviews_costs_the_same_whatever_its_length(admin, integration, queries_of):
    over_price(rows.document(integration))
    one = queries_of(lambda: admin.get("reviews"))
    for _ in range(4):
        over_price(rows.document(integration))

    assert queries_of(lambda: admin.get("reviews")) == one <= 12


def test_retry_lets_everything_that_waits_be_decided_anew(operator, integration):
    first, second = rows.document(integration), rows.document(integration)
    review = rows.park(first, second)

    answer = operator.post(f"reviews/{review.pk}/resolve", {"action": "retry"})

    assert answer.status_code == 200
    assert {rows.fresh(row).state for row in (first, second)} == {DocumentState.RECEIVED}


def test_retry_acts_on_the_documents_named(operator, integration):
    first, second = rows.document(integration), rows.document(integration)
    review = rows.park(first, second)
    body = {"action": "retry", "documents": [str(first.pk)]}

    operator.post(f"reviews/{review.pk}/resolve", body)

    assert (rows.fresh(first).state, rows.fresh(second).state) == ("received", "parked")


def test_a_document_that_waits_for_something_else_cannot_be_named(operator, integration):
    review = rows.park(rows.document(integration))
    body = {"action": "retry", "documents": [str(rows.document(integration).pk)]}

    answer = operator.post(f"reviews/{review.pk}/resolve", body)

    assert (answer.status_code, answer.json()["fields"].keys()) == (400, {"documents[0]"})


@pytest.mark.parametrize(("action", "state"), [("reject", "rejected"), ("ignore", "ignored")])
def test_what_is_taken_out_waits_for_nothing_any_more(operator, integration, action, state):
    row = rows.document(integration)
    review = rows.park(row)

    answer = operator.post(f"reviews/{review.pk}/resolve", {"action": action, "note": "typed"})

    shown = answer.json()
    assert (shown["state"], shown["resolution"]["action"]) == ("resolved", action)
    assert shown["resolution"]["note"] == "typed"
    assert shown["resolution"]["at"].endswith("Z")
    assert rows.fresh(row).state == state
    with tenant_scope(integration.tenant_id):
        assert not Wait.objects.exists()


def test_a_missing_mapping_cannot_be_accepted(operator, integration):
    review = rows.park(rows.document(integration))

    answer = operator.post(f"reviews/{review.pk}/resolve", {"action": "accept", "note": "ok"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_acceptable")


def test_accepting_needs_a_note_and_holds_for_the_document_as_it_stands(operator, integration):
    row = rows.document(integration)
    path = f"reviews/{over_price(row).pk}/resolve"

    without = operator.post(path, {"action": "accept"})
    answer = operator.post(path, {"action": "accept", "note": "agreed by phone"})

    assert (without.status_code, without.json()["fields"].keys()) == (400, {"note"})
    assert (answer.status_code, answer.json()["state"]) == (200, "resolved")
    with tenant_scope(integration.tenant_id):
        override = Override.objects.get(document=row)
    assert (override.code, override.fingerprint) == ("price_over_tolerance", row.fingerprint)
    assert rows.fresh(row).state == DocumentState.RECEIVED
    path = f"audit?document={row.pk}&action=document.accepted"
    [accepted] = operator.get(path).json()["results"]
    figures = accepted["facts"]["figures"]
    assert figures == {"line": "1"}


def test_what_people_entered_under_the_number_is_accepted_with_its_ids(operator, integration):
    row = rows.document(integration)
    entered = {"number": "RE-1", "numbers": ["107001"], "existing_ids": ["id-1"], "ours": {}}
    review = rows.park(
        row, code="duplicate_invoice/typed", document=row.source_id, fields=["price"], **entered
    )
    path = f"reviews/{review.pk}/resolve"
    shown = operator.get(f"reviews/{review.pk}").json()

    without = operator.post(path, {"action": "accept"})
    answer = operator.post(path, {"action": "accept", "note": "another delivery"})

    assert [one["code"] for one in shown["reasons"]] == ["duplicate_invoice"]
    assert set(shown["reasons"][0]) == {"code", "message", "owner", "fix", "evidence"}
    assert (without.status_code, without.json()["fields"].keys()) == (400, {"note"})
    assert (answer.status_code, set(answer.json())) == (200, set(shown))
    assert answer.json()["resolution"]["action"] == "accept"
    with tenant_scope(integration.tenant_id):
        override = Override.objects.get(document=row)
    assert (override.code, override.evidence["existing_ids"]) == ("duplicate_in_ledger", ["id-1"])
    path = f"audit?document={row.pk}&action=document.accepted"
    [accepted] = operator.get(path).json()["results"]
    assert accepted["facts"]["beside"] == {"numbers": ["107001"], "ids": ["id-1"]}


@pytest.mark.parametrize("variant", ["ledger", "posting", "entered"])
def test_what_is_ours_or_certain_cannot_be_accepted(operator, integration, variant):
    row = rows.document(integration)
    review = rows.park(row, code=f"duplicate_invoice/{variant}", document=row.source_id)

    answer = operator.post(f"reviews/{review.pk}/resolve", {"action": "accept", "note": "ok"})

    assert (answer.status_code, answer.json()["code"]) == (409, "not_acceptable")


def test_with_four_eyes_two_different_users_accept(tenant, browser, client_as):
    integration = rows.integration(tenant, policy={"four_eyes": True})
    path = f"reviews/{over_price(rows.document(integration)).pk}/resolve"
    body = {"action": "accept", "note": "agreed"}
    first, second = browser("operator"), browser("operator")
    key, other_key = client_as("operator"), client_as("operator")

    waiting = [one.post(path, body) for one in (key, other_key, first, first, key)]
    done = second.post(path, body)

    assert {answer.status_code for answer in waiting} == {202}
    assert {answer.json()["status"] for answer in waiting} == {"awaiting_second_person"}
    assert (done.status_code, done.json()["state"]) == (200, "resolved")


def test_the_order_that_is_meant_can_be_named(operator, integration):
    rows.document(
        integration,
        Resource.PURCHASE_ORDER,
        reference="PO-1",
        reference_key=order_reference_keys("PO-1").strict,
    )
    row = rows.document(integration)
    review = rows.park(row, code="order_not_found", order="P0-1")
    path = f"reviews/{review.pk}/resolve"

    unknown = operator.post(path, {"action": "retry", "order": "PO-9"})
    answer = operator.post(path, {"action": "retry", "order": "PO-1"})

    assert (unknown.status_code, unknown.json()["fields"].keys()) == (400, {"order"})
    assert answer.status_code == 200
    with tenant_scope(integration.tenant_id):
        assert Override.objects.get(document=row).order_reference == "PO-1"


def test_a_resolved_review_cannot_be_resolved_again(operator, integration):
    review = rows.park(rows.document(integration))
    operator.post(f"reviews/{review.pk}/resolve", {"action": "ignore"})

    answer = operator.post(f"reviews/{review.pk}/resolve", {"action": "retry"})

    assert (answer.status_code, answer.json()["code"]) == (409, "already_resolved")


def test_a_review_is_handed_to_a_member_and_to_nobody_else(operator, integration, tenant):
    review = rows.park(rows.document(integration))
    colleague, stranger = factories.member(tenant), factories.user()
    [listed] = operator.get("members").json()["results"]
    path = f"reviews/{review.pk}"

    handed = operator.patch(path, {"assignee": colleague.user.email})
    by_id = operator.patch(path, {"assignee": listed["id"]})
    refused = operator.patch(path, {"assignee": str(stranger.pk)})
    given_back = operator.patch(path, {"assignee": None, "due_at": "2026-06-01T08:00:00Z"})

    assert handed.json()["assignee"] == by_id.json()["assignee"] == str(colleague.user.pk)
    assert refused.json()["fields"].keys() == {"assignee"}
    assert given_back.json()["assignee"] is None
    assert given_back.json()["due_at"] == "2026-06-01T08:00:00Z"


def test_another_policy_lets_variances_be_decided_anew(admin, integration):
    row, other = rows.document(integration), rows.document(integration)
    over_price(row)
    rows.park(other, code="parent_cycle", supplier="S1", chain="S1, S2")

    admin.patch(f"integrations/{integration.pk}", {"policy": {"match": {"price_percent": "9"}}})

    assert (rows.fresh(row).state, rows.fresh(other).state) == ("received", "parked")
    with tenant_scope(integration.tenant_id):
        assert ReviewItem.objects.count() == 2
