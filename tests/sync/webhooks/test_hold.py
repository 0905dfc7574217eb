"""The whole way of a hold: blocked in the ledger by hand, told by it, on hold at the source."""

from __future__ import annotations

import time
from datetime import datetime, timedelta

import pytest

from integration_platform.celery import BEAT_ENTRIES, TICK_TASK
from sync.models import FlowName, Notice, Run, Trigger, Write
from tests.journeys.small import put, type_in
from tests.journeys.test_supplier_write_back import allow, company, profile
from tests.sync.webhooks.conftest import eventually
from tests.sync.webhooks.test_notifications import early_runs, woken
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_vendor_blocked_by_hand_is_on_hold_at_the_source_by_the_notice_alone(told):
    allow(told, "Status")
    put(told, "companyprofiles", profile())
    told.run(FlowName.SUPPLIERS)
    assert company(told)["status"] == "ACTIVE"

    type_in(told, "vendors", "patch", key={"number": "20000"}, values={"blocked": "Payment"})
    due = eventually(lambda: woken(told))
    began = time.process_time()
    told.settle()
    taken = time.process_time() - began

    assert (company(told)["status"], early_runs(told)) == ("SUSPENDED", ["suppliers"])
    told_at, started_at, held_at = instants(told)
    tick = next(each for each in BEAT_ENTRIES if each.task == TICK_TASK)
    assert told_at <= due["suppliers"] <= started_at <= held_at
    # Due at once: the next tick takes it up. Processor time, for the machine may be busy; `make
    # bench` takes the seconds of the running product.
    assert due["suppliers"] - told_at < timedelta(seconds=tick.every_seconds)
    assert tick.every_seconds + taken <= 5


def instants(customer: World) -> tuple[datetime, ...]:
    """When the notice came, when the flow ran because of it and when the source said yes."""
    with customer.scope():
        [notice] = Notice.objects.filter(subscription__resource="vendors")
        run = Run.objects.get(trigger=Trigger.WEBHOOK)
        write = Write.objects.get(kind="supplier")
    return notice.received_at, run.started_at, write.confirmed_at
