"""One small customer per module, with faults on call and a clock that can be moved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F

from audit.models import AuditEvent
from sync.models import Document, FlowName, Run, Ticket, Write
from sync.models.refusal import Refusal
from tests import database, small
from tests.world import World, control

SETTLE = 1020


class Bench:
    """A customer who lives through a module's tests; each test brings documents of its own."""

    def __init__(self, customer: World) -> None:
        self.customer = customer
        self._next = 0

    def number(self) -> int:
        """Return a number that no test has used."""
        self._next += 1
        return self._next

    def add(self, *records: dict[str, Any]) -> None:
        """Let the source export records now, unless they say when."""
        for record in records:
            body = record.get("body", {})
            head = body.get("header", body)
            if str(head.get("lastUpdate")).startswith(small.EXPORTED):
                del head["lastUpdate"]
        control(self.customer.jaggaer, "records", list(records))

    def order(self, number: int | None = None, **changes: Any) -> int:
        number = self.number() if number is None else number
        self.add(small.order(number, **changes))
        return number

    def invoice(self, number: int | None = None, **changes: Any) -> int:
        """Let the source export an order, let it be written, and export its invoice."""
        if number is None:
            number = self.order()
            self.run(FlowName.PURCHASE_ORDERS)
        self.add(small.invoice(number, **changes))
        return number

    def run(self, *flows: str) -> list[Run]:
        return self.customer.run(*flows)

    def nav(self, *faults: dict[str, Any]) -> None:
        """Script what the ledger does to the next requests; without a fault it behaves again."""
        control(self.customer.nav, "scenario", {"faults": list(faults)})

    def jaggaer(self, *faults: dict[str, Any]) -> None:
        control(self.customer.jaggaer, "scenario", {"faults": list(faults)})

    def switch(self, server: Any, **switches: Any) -> None:
        control(server, "switches", switches)

    def pass_time(self, seconds: float, *, work: bool = True) -> None:
        """Let so much time go by for writes and tickets, then work off what is due."""
        span = timedelta(seconds=seconds)
        with self.customer.scope():
            Write.objects.update(
                **{
                    name: F(name) - span
                    for name in ("sent_at", "verify_at", "not_before", "lease_until")
                }
            )
        Ticket.objects.update(due_at=F("due_at") - span, failures=0)
        if work:
            self.customer.settle()

    @contextmanager
    def ledger_settings(self, **changes: Any) -> Iterator[None]:
        """Let the ledger's connection have other settings for a while."""
        with self.customer.scope():
            nav = self.customer.integration.ledger
            rows = type(nav).objects.filter(pk=nav.pk)
            rows.update(settings={**nav.settings, **changes})
        try:
            yield
        finally:
            with self.customer.scope():
                type(nav).objects.filter(pk=nav.pk).update(settings=nav.settings)

    def write(self, kind: str, number: int, operation: str = "create") -> Write:
        """Return the write of a document's step."""
        source_id = {"purchase_order": 700_000, "purchase_invoice": 900_000, "journal": 900_000}
        with self.customer.scope():
            return Write.objects.get(
                kind=kind, operation=operation, document__source_id=source_id[kind] + number
            )

    def document(self, flow: str, number: int) -> Document:
        base = 700_000 if flow == FlowName.PURCHASE_ORDERS else 900_000
        return self.customer.document(flow_name=flow, source_id=str(base + number))

    def told(self, kind: str, number: int) -> list[str]:
        """Return what became of a document's creation, step by step, however fast it went."""
        write = self.write(kind, number)
        with self.customer.scope():
            rows = AuditEvent.objects.filter(target_id=str(write.pk), action__startswith="write.")
            return [row.action.removeprefix("write.") for row in rows.order_by("seq")]

    def standing(self, kind: str, number: int) -> int:
        """Count how often an order or invoice stands in the ledger."""
        ledger = self.customer.ledger()
        if kind == "purchase_order":
            words = f"JAGGAER {small.order_number(number)}"
            return sum(
                any(line["description"] == words for line in row["lines"])
                for row in ledger["purchaseOrders"]
            )
        wanted = small.invoice_number(number)
        return sum(row["vendorInvoiceNumber"] == wanted for row in ledger["purchaseInvoices"])

    def writes_sent(self, action: Callable[[], Any]) -> list[Any]:
        """Return the requests other than reads that the ledger saw during an action."""
        before = len(self.customer.requests(self.customer.nav))
        action()
        seen: Sequence[Any] = self.customer.requests(self.customer.nav)[before:]
        return [entry for entry in seen if entry.method != "GET"]


@pytest.fixture(scope="module")
def bench(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    with django_db_blocker.unblock():
        lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
        settings = {"settle_seconds": SETTLE, "timeout_seconds": 1}
        folder = tmp_path_factory.mktemp("faults")
        with small.small_world(folder, lines, nav_settings=settings) as customer:
            customer.run(FlowName.SUPPLIERS)
            yield Bench(customer)
        database.empty_all()


@pytest.fixture
def faults(bench: Bench) -> Iterator[Bench]:
    """The module's customer, with nothing left over from the test before."""
    yield bench
    bench.nav()
    bench.jaggaer()
    with bench.customer.scope():
        Refusal.objects.all().delete()
    bench.pass_time(2 * SETTLE)
