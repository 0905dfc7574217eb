"""A cause that was mended needs nobody any more, also before its run has ended."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from sync.engine.parking import open_reviews, restored
from sync.models import Document, LedgerItem, ReviewItem, Run
from sync.models.review import GOES_ON_WITHIN
from sync.selectors.causes import open_causes
from tests.world import World

SAID = "No ledger account is mapped for Equipment."


@pytest.fixture
def cause(customer: World) -> ReviewItem:
    with customer.scope():
        return ReviewItem.objects.get(state="open", cause="mapping ledger_account Equipment")


@pytest.fixture
def operator(customer, log_in):
    return log_in(customer.tenant, "operator")


def mend(customer: World, operator, cause: ReviewItem) -> None:
    with customer.scope():
        targets = LedgerItem.objects.filter(
            integration=cause.integration_id, kind="ledger_accounts", usable=True
        )
        code = targets.order_by("code").first().code
    operator.post(reverse("review-map", args=[cause.pk]), {"target_code": code})


def read(operator, name: str, *args) -> str:
    return re.sub(r"\s+", " ", operator.get(reverse(name, args=args)).content.decode())


def test_it_is_told_as_mended_with_the_run_that_decides_its_documents(customer, cause, operator):
    mend(customer, operator, cause)

    page = read(operator, "review", cause.pk)
    with customer.scope():
        run = Run.objects.get(state="queued", flow__resource="invoices")
    assert "Mended: 2 documents are on their way." in page
    assert f'href="{reverse("run", args=[run.pk])}"' in page
    assert "How to fix it" not in page
    assert "Without fixing it" not in page


def test_it_is_no_work_for_people(customer, cause, operator):
    with customer.scope():
        before = open_causes()
    assert SAID in read(operator, "today")
    mend(customer, operator, cause)

    with customer.scope():
        assert open_causes() == before - 1
    assert SAID not in read(operator, "today")
    row = read(operator, "reviews").split(SAID)[-1].split("</tr>")[0]
    assert "On its way" in row
    assert f'value="{cause.pk}"' not in read(operator, "reviews")


def test_it_counts_again_while_one_of_its_documents_still_waits(customer, cause, operator):
    with customer.scope():
        before = open_causes()
        one = Document.objects.filter(waits__cause=cause.cause).first()
    again = {"action": "retry", "documents": [one.pk]}
    operator.post(reverse("review-resolve", args=[cause.pk]), again)

    with customer.scope():
        assert open_causes() == before
    assert "How to fix it" in read(operator, "review", cause.pk)


def test_it_counts_again_when_a_document_comes_back(customer, cause, operator):
    with customer.scope():
        before = open_causes()
    operator.post(reverse("review-resolve", args=[cause.pk]), {"action": "retry"})

    with customer.scope():
        assert open_causes() == before - 1
        back = {cause.cause: (cause.document, restored(cause.reason))}
        open_reviews(cause.integration, back, timezone.now())

        assert open_causes() == before
    assert "How to fix it" in read(operator, "review", cause.pk)


def test_it_counts_again_when_no_run_takes_it_up(customer, cause, operator):
    with customer.scope():
        before = open_causes()
    operator.post(reverse("review-resolve", args=[cause.pk]), {"action": "retry"})
    with customer.scope():
        long_ago = timezone.now() - GOES_ON_WITHIN
        ReviewItem.objects.filter(pk=cause.pk).update(released_at=long_ago)

        assert open_causes() == before


def test_another_try_is_not_told_as_mended(customer, cause, operator):
    operator.post(reverse("review-resolve", args=[cause.pk]), {"action": "retry"})

    page = read(operator, "review", cause.pk)
    assert "2 documents are on their way." in page
    assert "Mended" not in page
