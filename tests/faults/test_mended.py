"""A connection that is mended: what stopped because of it goes on by itself, at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.models import AccessToken, Connection
from connectors.services import connection_ping, connection_update
from sync.models import Flow, FlowName, Run
from tests.faults.conftest import Bench
from tests.world import CLIENT, SECRET, control

ORDERS = FlowName.PURCHASE_ORDERS
DAILY = {"kind": "interval", "every_minutes": 900}
REGISTERED = {"client_id": CLIENT, "dataset": "default"}


def replace_credentials(faults: Bench, connection: Connection) -> None:
    control(faults.customer.jaggaer, "clients", {**REGISTERED, "secret": "rotated"})
    with faults.customer.scope():
        found = Connection.objects.get(pk=connection.pk)
        connection_update(found, secret={"client_id": CLIENT, "client_secret": "rotated"})


def ping_again(faults: Bench, connection: Connection) -> None:
    control(faults.customer.jaggaer, "clients", {**REGISTERED, "secret": SECRET})
    assert connection_ping(faults.customer.tenant.pk, connection.pk).ok


@pytest.fixture
def refused(faults: Bench):
    """The source refuses our credentials: its flow stopped, the next time is far away."""
    number = faults.order()
    source = faults.customer.integration.source
    control(faults.customer.jaggaer, "clients", {**REGISTERED, "secret": "another"})
    with faults.customer.scope():
        AccessToken.objects.all().delete()
        orders = Flow.objects.filter(integration=faults.customer.integration, resource=ORDERS)
        before = orders.values("schedule", "next_run_at").get()
        far = timezone.now() + timedelta(hours=9)
        orders.update(schedule=DAILY, next_run_at=far)
    [run] = faults.run(ORDERS)
    with faults.customer.scope():
        assert (run.state, Connection.objects.get(pk=source.pk).health) == ("failed", "attention")
    yield number, source
    with faults.customer.scope():
        orders.update(**before)
        secret = {"client_id": CLIENT, "client_secret": SECRET}
        connection_update(Connection.objects.get(pk=source.pk), secret=secret)
    control(faults.customer.jaggaer, "clients", {**REGISTERED, "secret": SECRET})


@pytest.mark.parametrize("mend", [replace_credentials, ping_again])
def test_a_flow_that_its_connection_stopped_goes_on_when_that_is_mended(
    faults: Bench, refused, mend: Callable[[Bench, Connection], None]
):
    number, source = refused

    faults.customer.settle()
    still = faults.customer.documents(flow_name=ORDERS, source_id=str(700_000 + number))
    mend(faults, source)
    faults.customer.settle()

    assert still == []
    assert faults.document(ORDERS, number).state == "written"
    with faults.customer.scope():
        assert Run.objects.filter(flow__resource=ORDERS).latest("queued_at").trigger == "schedule"
