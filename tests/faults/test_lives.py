"""A database that came back from a snapshot (I7): what it forgot is looked up before it is sent."""

from __future__ import annotations

from datetime import timedelta

from django.core.management import call_command
from django.db.models import F

from sync.models import Document, Epoch, Flow, FlowName, Run
from tests.faults.conftest import SETTLE, Bench

ORDERS = FlowName.PURCHASE_ORDERS


def forget(faults: Bench, number: int) -> None:
    """Lose an order and how far the source was read, as a restore does."""
    with faults.customer.scope():
        Document.objects.filter(flow_name=ORDERS, source_id=str(700_000 + number)).delete()
        Flow.objects.update(watermark_at=None, swept_at=None)
    call_command("restored", note="test")


def test_what_was_sent_before_the_restore_is_adopted_and_not_sent_again(faults: Bench):
    number = faults.order()
    faults.run(ORDERS)
    forget(faults, number)

    sent = faults.writes_sent(lambda: faults.run(ORDERS))

    assert sent == []
    assert faults.write("purchase_order", number).adopted
    assert faults.standing("purchase_order", number) == 1


def test_what_may_still_be_on_its_way_is_sent_only_after_the_ledgers_time(faults: Bench):
    number = faults.order()
    forget(faults, number)

    at_once = faults.writes_sent(lambda: faults.run(ORDERS))
    unknown = faults.document(ORDERS, number).state
    Epoch.objects.update(begun_at=F("begun_at") - timedelta(seconds=SETTLE))
    later = faults.writes_sent(lambda: faults.pass_time(SETTLE))

    assert (at_once, unknown, len(later)) == ([], "unknown", 1)
    assert faults.standing("purchase_order", number) == 1


def test_a_new_connection_looks_before_its_first_orders_and_not_in_normal_life(faults: Bench):
    """Its ledger may hold what an integration wrote that was deleted since."""
    Epoch.objects.all().delete()  # nothing was ever restored
    number = faults.order()
    faults.run(ORDERS)
    with faults.customer.scope():
        Document.objects.filter(flow_name=ORDERS).delete()
        Run.objects.filter(flow__resource=ORDERS).delete()
        Flow.objects.update(watermark_at=None, swept_at=None)

    sent = faults.writes_sent(lambda: faults.run(ORDERS))
    faults.order()
    before = len(faults.customer.requests(faults.customer.nav))
    faults.run(ORDERS)
    normal = faults.customer.requests(faults.customer.nav)[before:]

    assert sent == []
    assert faults.write("purchase_order", number).adopted
    assert faults.standing("purchase_order", number) == 1
    assert [entry.method for entry in normal] == ["POST"]
