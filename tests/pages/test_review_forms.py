"""Causes that a person ends: mapped, rejected, accepted, by two where the policy wants it."""

from __future__ import annotations

from django.urls import reverse

from sync.domain.reasons import reason
from sync.engine.parking import stored
from sync.models import Allocation, Document, Integration, MappingEntry, Override, ReviewItem


def test_mapping_on_the_page_of_a_cause_releases_what_waited(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(cause__startswith="mapping ledger_account").first()
        target = MappingEntry.objects.filter(kind="ledger_account", state="ok").first().target_code

    answer = admin.post(
        reverse("review-map", args=[review.pk]), {"target_code": target}, follow=True
    )

    assert f"was mapped to {target}" in answer.content.decode()
    with customer.scope():
        assert Document.objects.filter(state="received").exists()


def test_a_cause_says_that_an_order_and_its_invoice_count_once(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(cause__startswith="mapping ledger_account").first()
    address, said = reverse("review", args=[review.pk]), "an order and its invoice count once"

    both = admin.get(address).content.decode()
    with customer.scope():
        Allocation.objects.all().delete()
    unrelated = admin.get(address).content.decode()

    assert said in both
    assert said not in unrelated


def test_a_rejected_cause_leaves_the_queue_with_the_words_of_the_button(customer, admin):
    with customer.scope():
        review = ReviewItem.objects.filter(state="open").first()

    answer = admin.post(
        reverse("review-resolve", args=[review.pk]), {"action": "reject"}, follow=True
    )

    assert "rejected" in answer.content.decode()
    with customer.scope():
        assert ReviewItem.objects.get(pk=review.pk).state == "resolved"


def test_accepting_what_no_person_may_accept_says_so(customer, admin):
    with customer.scope():
        reviews = ReviewItem.objects.filter(state="open")
        review = next(row for row in reviews if not row.reason.get("acceptable"))

    answer = admin.post(
        reverse("review-resolve", args=[review.pk]),
        {"action": "accept", "note": "fine"},
        follow=True,
    )

    assert "Fix the cause instead" in answer.content.decode()


def test_with_four_eyes_a_second_person_accepts_on_the_page(customer, log_in):
    with customer.scope():
        Integration.objects.update(policy={**customer.integration.policy, "four_eyes": True})
        review = ReviewItem.objects.filter(state="open").first()
        waits = Document.objects.filter(waits__cause=review.cause)
        why = reason("price_over_tolerance", document=review.document.source_id, line=1, price=12)
        waits.update(reasons=[stored(why) | {"cause": review.cause}])
        ReviewItem.objects.filter(pk=review.pk).update(code=why.code, reason=stored(why))
    url, data = reverse("review-resolve", args=[review.pk]), {"action": "accept", "note": "agreed"}
    first, second = log_in(customer.tenant, "operator"), log_in(customer.tenant, "operator")

    asked = first.post(url, data, follow=True).content.decode()
    again = first.post(url, data, follow=True).content.decode()
    page = second.get(reverse("review", args=[review.pk])).content.decode()
    second.post(url, data, follow=True)

    assert "A second person must accept" in asked
    assert "A second person must accept" in again
    assert "Waits for a second person" in page
    with customer.scope():
        override = Override.objects.filter(code="price_over_tolerance").first()
        assert ReviewItem.objects.get(pk=review.pk).state == "resolved"
    assert override.actor != override.second_actor
    assert override.evidence["price"] == 12
