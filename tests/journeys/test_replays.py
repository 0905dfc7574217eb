"""Bulk replay and preview from the pages to their end: page, worker, sandbox, page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from sync.engine import runner
from sync.engine.accounting import account
from sync.engine.deciding import block
from sync.models import Document, Outcome, Run
from tests import database, factories, small
from tests.world import World, control

PAGE = reverse("documents-replay")
COUNT = 5


@pytest.fixture(scope="module")
def customer(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[World]:
    """Five orders and invoices, of which two wait: they were billed above their orders.

    One customer for all tests here: what they replay comes out as it was.
    """
    lines = list(small.records(COUNT))
    for line in lines[-2:]:
        line["body"]["lineList"]["invoiceLine"][0]["unitPrice"] = 60
        line["body"]["header"]["total"]["value"] = 120
    with django_db_blocker.unblock():
        folder = tmp_path_factory.mktemp("replays")
        with small.small_world(folder, lines, policy=POLICY) as made:
            batch = {"set": "journals", "op": "insert", "values": {"code": "JAGGAER"}}
            control(made.nav, "records", {"company": small.COMPANY, **batch})
            made.run(*small.FLOWS)
            yield made
        database.empty_all()


POLICY = {**small.POLICY, "match": {"mode": "two_way", "price_percent": "2"}}


@pytest.fixture
def operator(customer: World) -> Client:
    client = Client()
    client.force_login(factories.member(customer.tenant, "operator").user)
    return client


def ask(client: Client, chosen: str, mode: str = "live", mapping: str = "current") -> HttpResponse:
    answer = client.post(f"{PAGE}?{chosen}", {"mode": mode, "mapping": mapping})
    assert answer.status_code == 302
    return answer


def run_of(customer: World, answer: HttpResponse) -> Run:
    with customer.scope():
        return Run.objects.get(pk=re.search(r"[0-9a-f-]{36}", answer.url)[0])


def sent(customer: World) -> int:
    return sum(one.method != "GET" for one in customer.requests(customer.nav))


def decided(customer: World, run: Run) -> set[Any]:
    with customer.scope():
        return set(Outcome.objects.filter(run=run).values_list("document", flat=True))


def test_a_replay_decides_exactly_what_was_shown_and_tells_how_far_it_is(customer, operator):
    parked = {row.pk for row in customer.documents(state="parked", resource="invoice")}

    answer = ask(operator, "state=parked&resource=invoice")
    queued = run_of(customer, answer)
    meanwhile = operator.get(answer.url).content.decode()
    customer.settle()
    run = run_of(customer, answer)

    assert (queued.mode, queued.expected, queued.seen, len(parked)) == ("live", 2, 0, 2)
    assert 'max="2" value="0"' in meanwhile
    assert (run.state, run.seen, run.counts["parked"]) == ("partial", 2, 2)
    assert decided(customer, run) == parked


def test_replaying_what_stands_writes_nothing(customer, operator):
    before = sent(customer)

    answer = ask(operator, "state=written")
    customer.settle()

    assert sent(customer) == before
    assert run_of(customer, answer).state == "succeeded"


def test_a_run_is_previewed_and_changes_nothing(customer, operator):
    with customer.scope():
        first = Run.objects.filter(flow__resource="invoices").earliest("queued_at")
        states = dict(Document.objects.values_list("pk", "state"))
    before = sent(customer)
    address = f"{PAGE}?run={first.pk}"

    assert f'href="{address}"' in operator.get(reverse("run", args=[first.pk])).content.decode()
    answer = ask(operator, f"run={first.pk}", "preview", "pinned")
    customer.settle()
    run = run_of(customer, answer)

    assert (run.mode, run.mapping, run.seen) == ("preview", "pinned", COUNT)
    assert decided(customer, run) == decided(customer, first)
    assert sent(customer) == before
    with customer.scope():
        assert dict(Document.objects.values_list("pk", "state")) == states


def test_the_counts_of_a_run_cost_no_pass_over_its_documents_after_each_block(
    customer, operator, monkeypatch
):
    monkeypatch.setattr(runner, "SHOW_COUNTS_EVERY", 3600.0)
    monkeypatch.setattr(block, "BLOCK", 1)
    counted: list[UUID] = []
    monkeypatch.setattr(runner, "account", lambda run: counted.append(run.pk) or account(run))

    asked = ask(operator, "state=written&resource=invoice")
    customer.settle()

    run = run_of(customer, asked)
    assert len(decided(customer, run)) == run.counts["read"] == COUNT - 2
    assert counted.count(run.pk) == 2  # when it began to show and at its end
