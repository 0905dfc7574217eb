"""What the tests of faults at the source ask of it, and do to it."""

from __future__ import annotations

from django.db import connection
from django.utils import timezone

from connectors.models import AccessToken
from sync.models import FlowName, PendingFetch
from tests.faults.conftest import Bench

ORDERS = FlowName.PURCHASE_ORDERS
LIST = {"method": "GET", "path": r"/purchaseorders$"}


def states(faults: Bench, numbers: list[int]) -> list[str]:
    return [faults.document(ORDERS, number).state for number in numbers]


def received(faults: Bench, number: int) -> bool:
    documents = faults.customer.documents(flow_name=ORDERS, source_id=str(700_000 + number))
    return bool(documents)


def delete(faults: Bench, number: int) -> None:
    faults.add({"collection": "purchaseorders", "id": 700_000 + number, "delete": True})


def run_and_pass_time(faults: Bench) -> None:
    faults.run(ORDERS)
    end_pauses()
    faults.pass_time(900)


def token_requests(faults: Bench) -> int:
    entries = faults.customer.jaggaer.log.entries()
    return sum(entry.path.endswith("/token") for entry in entries)


def source_health(faults: Bench) -> str:
    with faults.customer.scope():
        source = faults.customer.integration.source
        return type(source).objects.get(pk=source.pk).health


def void_tokens(faults: Bench) -> None:
    """Let every token be void, so that the next request needs a new one."""
    with faults.customer.scope():
        AccessToken.objects.all().delete()


def end_pauses() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "update connectors_principalbudget set paused_until = null, open_until = null,"
            " failures = 0, rate = 1000"
        )


def due_now(faults: Bench) -> None:
    with faults.customer.scope():
        PendingFetch.objects.update(due_at=timezone.now())
