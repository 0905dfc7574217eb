"""Many documents replayed from the pages: how many is said before, how far it is meanwhile."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from sync.models import Document, Run
from tests.world import World

PAGE = reverse("documents-replay")


@pytest.fixture
def operator(customer: World, log_in) -> Client:
    return log_in(customer.tenant, "operator")


def wanted(mode: str = "live", mapping: str = "current") -> dict[str, str]:
    return {"mode": mode, "mapping": mapping}


def count(customer: World, **filters: object) -> int:
    return len(customer.documents(**filters))


def run_of(customer: World, answer) -> Run:
    with customer.scope():
        return Run.objects.get(pk=re.search(r"[0-9a-f-]{36}", answer.url)[0])


def test_the_list_of_documents_offers_to_replay_what_it_shows(customer, operator, log_in):
    address = f"{reverse('documents')}?state=parked"
    parked = count(customer, state="parked")

    text = operator.get(address).content.decode()

    assert f'href="{PAGE}?state=parked">Replay these {parked}' in text
    assert "Replay" not in log_in(customer.tenant, "viewer").get(address).content.decode()


def test_the_page_says_how_many_it_would_replay_and_why_these(customer, operator):
    parked = count(customer, state="parked", resource="invoice")

    text = operator.get(f"{PAGE}?state=parked&resource=invoice").content.decode()

    assert f"<h2>{parked} documents</h2>" in text
    assert "<dt>State</dt><dd>Needs review</dd>" in text
    assert "<dt>Kind</dt><dd>Invoice</dd>" in text


def test_a_period_is_replayed_with_both_of_its_days(customer, operator):
    days = sorted({row.document_date for row in customer.documents(resource="invoice")})
    since, until = days[0], days[len(days) // 2]
    inside = count(customer, resource="invoice", document_date__range=(since, until))

    answer = operator.post(
        f"{PAGE}?resource=invoice&since={since}&until={until}", wanted("preview")
    )

    assert run_of(customer, answer).expected == inside < count(customer, resource="invoice")


def test_documents_of_several_flows_are_replayed_in_a_run_of_each(customer, operator):
    answer = operator.post(PAGE, wanted("preview"))

    with customer.scope():
        first = run_of(customer, answer)
        runs = Run.objects.filter(queued_at=first.queued_at).order_by("position")
        flows = list(runs.values_list("flow__resource", flat=True))
        assert flows == ["suppliers", "purchase_orders", "invoices"]
        assert sum(run.expected for run in runs) == Document.objects.count()


@pytest.mark.parametrize("broken", ["review=x", "run=1", "state=lost", "since=31.13.2026"])
def test_a_filter_that_does_not_hold_chooses_nothing_instead_of_everything(
    customer, operator, broken
):
    shown = operator.get(f"{PAGE}?{broken}").content.decode()
    answer = operator.post(f"{PAGE}?{broken}", wanted())

    assert "nothing is chosen" in shown
    assert "<form method" not in shown.split("<main")[1]
    assert answer.status_code == 422
    with customer.scope():
        assert not Run.objects.filter(trigger="replay", state="queued").exists()


def test_what_is_being_written_is_left_alone_and_said_so(customer, operator):
    with customer.scope():
        busy = Document.objects.filter(state="written", resource="invoice").first()
        Document.objects.filter(pk=busy.pk).update(state="writing")

    text = operator.get(f"{PAGE}?resource=invoice").content.decode()
    answer = operator.post(f"{PAGE}?state=writing", wanted())

    assert "1 more is being written" in text
    assert (answer.status_code, b"No document fits" in answer.content) == (422, True)
