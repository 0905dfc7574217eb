"""A small customer whose ledger really calls us: our address is served by a thread of the test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from sync.models import Integration, Subscription, Ticket
from sync.services.webhooks import Address, address_of, webhooks_enable
from tenants.models import Tenant
from tenants.scoping import tenant_scope
from tests import factories
from tests.journeys.small import COMPANY, small_world
from tests.world import World, control, integration_between

WAITS = {"notification_delay": 0, "notification_waits": []}


@pytest.fixture
def customer(tmp_path, live_server, settings) -> Iterator[World]:
    settings.PUBLIC_URL = live_server.url
    with small_world(tmp_path) as found:
        control(found.nav, "switches", WAITS)
        yield found


@pytest.fixture
def told(customer: World) -> World:
    """The customer, with the ledger's notifications on."""
    with customer.scope():
        webhooks_enable(customer.integration)
    customer.settle()
    return customer


@dataclass
class Asked:
    """A tenant that asked for notifications; there is no ledger, which most tests do not need."""

    tenant: Tenant
    integration: Integration

    def scope(self) -> Any:
        return tenant_scope(self.tenant.pk)


@pytest.fixture
def asked(db: None) -> Asked:
    tenant = factories.tenant("World Ltd")
    nowhere = SimpleNamespace(url="http://127.0.0.1:9")
    integration = integration_between(tenant, nowhere, nowhere, COMPANY)
    with tenant_scope(tenant.pk):
        webhooks_enable(integration)
    Ticket.objects.update(due_at=None)
    return Asked(tenant, integration)


def subscriptions(customer: Asked | World) -> dict[str, Subscription]:
    with customer.scope():
        rows = Subscription.objects.filter(integration=customer.integration)
        return {row.resource: row for row in rows}


def change(customer: Asked | World, resource: str, **values: Any) -> None:
    """Write into a subscription's row, as time does."""
    with customer.scope():
        Subscription.objects.filter(resource=resource).update(**values)


def address(customer: Asked | World, resource: str = "vendors") -> Address:
    with customer.scope():
        return address_of(Subscription.objects.get(resource=resource))


def at_nav(customer: World) -> list[dict[str, Any]]:
    """The subscriptions that the ledger holds."""
    return list(customer.nav.app.service.tenant.all("subscriptions"))


def eventually(is_so: Callable[[], Any], seconds: float = 10) -> Any:
    """Wait for another thread: the ledger sends from its own."""
    import threading
    import time

    until, pause = time.monotonic() + seconds, threading.Event()
    while not (found := is_so()) and time.monotonic() < until:
        pause.wait(0.02)
    assert found, "it did not happen"
    return found
