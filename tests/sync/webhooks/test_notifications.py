"""What arrives at the public address: taken up once, and nothing else has any effect."""

from __future__ import annotations

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from sync.engine import tickets
from sync.engine.notices import changed_in_ledger, take_notices
from sync.engine.queue import queue_due_flows
from sync.engine.site import NO_FENCE, Site
from sync.models import Flow, Notice, Run, RunState, Trigger
from sync.services.webhooks import MOST_KEPT, webhooks_disable
from tests.journeys.small import COMPANY
from tests.sync.webhooks.conftest import Asked, address, subscriptions

pytestmark = pytest.mark.django_db

VENDOR = "5d115c9c-44e3-ea11-bb43-000d3a2feca1"


def note(customer: Asked, **changes: Any) -> dict[str, Any]:
    """One notice as NAV sends it; `changes` make it wrong."""
    return {
        "subscriptionId": subscriptions(customer)["vendors"].remote_id,
        "clientState": address(customer).client_state,
        "expirationDateTime": "2026-01-04T07:52:31Z",
        "resource": f"api/v2.0/companies({COMPANY})/vendors({VENDOR})",
        "changeType": "updated",
        "lastModifiedDateTime": "2026-01-01T07:52:31Z",
        **changes,
    }


def call(customer: Asked, *notes: Any, token: str = "", body: Any = None) -> Any:
    """POST notices to our address, as NAV does; returns the answer."""
    sent = json.dumps({"value": list(notes)}) if body is None else body
    path = f"/webhooks/nav/{token or address(customer).token}"
    return Client().post(path, sent, content_type="application/json; charset=utf-8")


def woken(customer: Asked) -> dict[str, Any]:
    with customer.scope():
        flows = Flow.objects.filter(integration=customer.integration).exclude(woken_at=None)
        return {flow.resource: flow.woken_at for flow in flows}


def queue(customer: Asked) -> None:
    """Do what a worker does first: queue the flows that are due, and let their runs end."""
    with customer.scope():
        queue_due_flows(customer.integration)
        Run.objects.update(state=RunState.SUCCEEDED)


def early_runs(customer: Asked) -> list[str]:
    with customer.scope():
        runs = Run.objects.filter(trigger=Trigger.WEBHOOK).select_related("flow")
        return sorted(run.flow.resource for run in runs)


def test_the_wake_is_due_with_the_notice_and_in_front_of_the_line(asked):
    call(asked, note(asked))

    at = woken(asked)["suppliers"]
    assert at <= subscriptions(asked)["vendors"].last_notice_at + timedelta(seconds=2)
    assert tickets.due_tickets()[0] == asked.integration.pk


def test_an_invoice_changed_by_hand_wakes_the_invoices_flow(asked):
    resource = f"/api/v2.0/companies({COMPANY})/purchaseInvoices({VENDOR})"
    state = address(asked, "purchaseInvoices")
    call(asked, note(asked, resource=resource, clientState=state.client_state), token=state.token)

    assert set(woken(asked)) == {"invoices"}


def test_the_same_notice_again_changes_nothing(asked):
    for _ in range(3):
        assert call(asked, note(asked)).status_code == 202
        queue(asked)

    assert subscriptions(asked)["vendors"].notices == 1
    assert early_runs(asked) == ["suppliers"]


def test_a_run_sees_which_records_were_named_and_takes_them_up(asked):
    collection = f"api/v2.0/companies({COMPANY})/vendors?$filter=lastModifiedDateTime%20gt%20x"
    held = tickets.Claim(asked.integration.pk, asked.tenant.pk, NO_FENCE, 0)
    site = Site(asked.integration, held)

    call(asked, note(asked))
    with site.rows():
        assert changed_in_ledger(site, "vendors") == [VENDOR]
    call(asked, note(asked, resource=collection, changeType="collection"))
    with site.rows():
        assert changed_in_ledger(site, "vendors") is None
    queue(asked)
    with site.rows():
        run = Run.objects.select_related("flow").get()
        run.started_at = timezone.now()
        take_notices(site, run)
        assert changed_in_ledger(site, "vendors") == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_handshake_is_echoed_for_a_known_address_only(asked, method):
    echo = getattr(Client(), method)
    word = "a+b<script>"
    known = echo(f"/webhooks/nav/{address(asked).token}?validationToken=a%2Bb%3Cscript%3E")
    unknown = echo("/webhooks/nav/unknown?validationToken=a")
    long = echo(f"/webhooks/nav/{address(asked).token}?validationToken={'x' * 2_049}")

    assert (known.status_code, known.content.decode()) == (200, word)
    assert known["Content-Type"].startswith("text/plain")
    assert known["X-Content-Type-Options"] == "nosniff"
    assert (unknown.status_code, unknown.content) == (202, b"")
    assert (long.status_code, long.content) == (202, b"")


FORGED = {
    "another state": {"clientState": "wrong"},
    "no state": {"clientState": None},
    "a state that is no text": {"clientState": ["x"]},
    "another company": {"resource": f"api/v2.0/companies({uuid.uuid4()})/vendors({VENDOR})"},
    "another set": {"resource": f"api/v2.0/companies({COMPANY})/items({VENDOR})"},
    "no resource": {"resource": 7},
    "an id that is none": {"resource": f"api/v2.0/companies({COMPANY})/vendors(x' or 1)"},
}


@pytest.mark.parametrize("changes", FORGED.values(), ids=list(FORGED))
def test_a_forged_notice_is_answered_alike_and_does_nothing(asked, changes):
    answer = call(asked, note(asked, **changes))

    assert (answer.status_code, answer.content) == (202, b"")
    assert (woken(asked), subscriptions(asked)["vendors"].notices) == ({}, 0)


BODIES = {
    "nothing": b"",
    "no JSON": b"{",
    "a list": b"[]",
    "a number for the notices": b'{"value": 5}',
    "no notices": b'{"value": [null, 3, "x"]}',
    "endless nesting": b"[" * 100_000,
    "other bytes": b"\xff\xfe\x00",
}


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_a_body_that_is_none_does_nothing(asked, body):
    assert call(asked, body=body).status_code == 202
    assert woken(asked) == {}


def test_a_huge_body_is_not_read(asked):
    huge = json.dumps({"value": [note(asked)], "x": "y" * (9 * 1024 * 1024)})

    assert call(asked, body=huge).status_code == 202
    assert woken(asked) == {}


def test_an_unknown_address_is_answered_like_a_known_one(asked):
    answer = call(asked, note(asked), token="x" * 43)

    assert (answer.status_code, answer.content, woken(asked)) == (202, b"", {})
    assert call(asked, note(asked), token="x" * 5_000).status_code == 202
    assert Client().delete(f"/webhooks/nav/{address(asked).token}").status_code == 202


def test_what_was_switched_off_takes_no_notice(asked):
    sent, token = note(asked), address(asked).token
    with asked.scope():
        webhooks_disable(asked.integration)

    assert call(asked, sent, token=token).status_code == 202
    assert woken(asked) == {}


def test_more_notices_than_are_kept_become_one_that_means_anything(asked):
    known, company = note(asked), f"api/v2.0/companies({COMPANY})"
    many = [
        {**known, "resource": f"{company}/vendors({uuid.uuid4()})"} for _ in range(MOST_KEPT + 1)
    ]
    call(asked, *many)

    with asked.scope():
        assert [row.remote_id for row in Notice.objects.all()] == [""]
    assert set(woken(asked)) == {"suppliers"}


def test_a_second_early_run_keeps_its_distance_to_the_first(asked):
    call(asked, note(asked))
    queue(asked)
    call(asked, note(asked, lastModifiedDateTime="2026-01-01T08:00:00Z"))
    queue(asked)

    with asked.scope():
        flow = Flow.objects.get(resource="suppliers")
    assert early_runs(asked) == ["suppliers"]
    assert flow.woken_at == flow.early_at + timedelta(seconds=30)
