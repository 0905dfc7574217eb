"""The ledger calls, or somebody in its place, as fast as they can: at most one early run."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sync.models import Link, Notice
from sync.services.webhooks import webhooks_enable
from tests.journeys.small import type_in
from tests.small import FLOWS, records, small_world
from tests.sync.webhooks.conftest import WAITS, address, eventually, subscriptions
from tests.sync.webhooks.test_notifications import early_runs, note, queue, woken
from tests.world import control

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_vendor_changed_by_hand_makes_the_suppliers_flow_run_early(told):
    type_in(told, "vendors", "patch", key={"number": "20000"}, values={"blocked": "All"})
    eventually(lambda: woken(told))
    row = subscriptions(told)["vendors"]
    told.settle()

    assert (row.notices, early_runs(told)) == (1, ["suppliers"])
    assert woken(told) == {}


def test_the_ledger_says_the_wrong_state_and_nothing_happens(told):
    control(told.nav, "switches", {"notification_state": "wrong"})
    type_in(told, "vendors", "patch", key={"number": "20000"}, values={"city": "Leeds"})
    seen = told.nav.app.webhooks
    eventually(lambda: not seen.waiting())

    assert (woken(told), subscriptions(told)["vendors"].notices) == ({}, 0)
    assert len(seen.kept()) == 2


def test_ten_thousand_notices_in_a_burst_make_one_early_run(asked, full_size):
    known = note(asked)
    whole = full_size(10_000)
    size = whole if whole == 10_000 else whole // 10  # each is a whole request
    moments = [f"2026-01-01T00:{n % 60:02}:00.{n:06}Z" for n in range(size // 2)]
    sent = [{**known, "lastModifiedDateTime": at} for at in moments] + [known] * (size // 2)
    path = f"/webhooks/nav/{address(asked).token}"

    def send(part: list[dict[str, Any]]) -> set[int]:
        client = Client()
        try:
            bodies = [json.dumps({"value": [each]}) for each in part]
            return {client.post(path, body, "application/json").status_code for body in bodies}
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as senders:
        assert set().union(*senders.map(send, [sent[n::4] for n in range(4)])) == {202}
    queue(asked)
    queue(asked)

    assert early_runs(asked) == ["suppliers"]
    with asked.scope():
        assert Notice.objects.count() == 1


def test_an_invoice_paid_by_hand_shows_as_paid_once_its_notice_woke_a_run(
    tmp_path, live_server, settings
):
    settings.PUBLIC_URL = live_server.url
    with small_world(tmp_path, records(1)) as customer:
        control(customer.nav, "switches", WAITS)
        customer.run(*FLOWS)
        with customer.scope():
            webhooks_enable(customer.integration)
            number = Link.objects.get(kind="purchase_invoice").number
        customer.settle()
        posted = type_in(customer, "purchaseInvoices", "post", key={"number": number})
        type_in(customer, "purchaseInvoices", "pay", id=posted["id"])
        eventually(lambda: "invoices" in woken(customer))
        eventually(lambda: not customer.nav.app.webhooks.waiting())
        customer.settle()

        with customer.scope():
            link = Link.objects.get(kind="purchase_invoice")
        assert (link.payment, link.status) == ("paid", "Paid")
        assert early_runs(customer) == ["invoices"]
