"""A customer whose ledger blocks and opens things that its API does not show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import F

from sync.models import FlowName, Refusal, ReviewItem
from tests import database, small
from tests.world import World, control

ORDERS, INVOICES = FlowName.PURCHASE_ORDERS, FlowName.INVOICES
DIALECTS = {"api": small.COMPANY, "pages": small.COMPANY_NAME}
WITHOUT_JOURNAL = {**small.POLICY, "journal": {"enabled": False}}


class Desk:
    """A customer whose ledger blocks and opens things that its API does not show."""

    def __init__(self, customer: World) -> None:
        self.customer = customer
        self.last = 0

    def invoices(self, count: int, **changes: Any) -> list[str]:
        """Bring so many orders, written, and their invoices; returns the invoices' ids."""
        numbers = range(self.last + 1, self.last + count + 1)
        self.last = numbers[-1]
        orders = [small.order(number, **changes) for number in numbers]
        control(self.customer.jaggaer, "records", [_now(one) for one in orders])
        self.customer.run(ORDERS)
        bills = [small.invoice(number, **changes) for number in numbers]
        control(self.customer.jaggaer, "records", [_now(one) for one in bills])
        return [str(900_000 + number) for number in numbers]

    def block(self, *, blocked: bool, value: str = "ADM") -> None:
        """Block or open a dimension value in the ledger."""
        values = {"blocked": blocked}
        self.type_in("dimensionValues", "patch", key={"code": value}, values=values)

    def held_back(self, count: int) -> list[str]:
        """Have one invoice refused for a blocked value, and so many after it held back unsent."""
        first = self.invoices(1)
        self.block(blocked=True)
        self.run()
        others = self.invoices(count)
        self.run()
        return first + others

    def vendor(self, number: str, **values: Any) -> None:
        self.type_in("vendors", "patch", key={"number": number}, values=values)

    def account(self, number: str, **values: Any) -> None:
        self.type_in("accounts", "patch", key={"number": number}, values=values)

    def type_in(self, entity_set: str, op: str = "insert", **wish: Any) -> None:
        """Do what a person does in the ledger's own client."""
        wish = {"set": entity_set, "op": op, "company": small.COMPANY, **wish}
        control(self.customer.nav, "records", wish)

    def run(self, *flows: str) -> int:
        """Run flows; returns how many requests the ledger saw, but for its metadata."""
        before = len(self.customer.requests(self.customer.nav))
        self.customer.run(*flows or (INVOICES,))
        seen = self.customer.requests(self.customer.nav)[before:]
        return sum("$metadata" not in entry.path for entry in seen)

    def states(self, ids: list[str]) -> list[str]:
        rows = self.customer.documents(flow_name=INVOICES, source_id__in=ids)
        return sorted({row.state for row in rows})

    def fact(self, step: str = "purchase_invoice post") -> Refusal:
        with self.customer.scope():
            return Refusal.objects.get(step=step)

    def review(self) -> ReviewItem:
        with self.customer.scope():
            return ReviewItem.objects.get(state="open")

    def grow_old(self) -> None:
        with self.customer.scope():
            Refusal.objects.update(try_at=F("try_at") - timedelta(days=1))


def _now(record: dict[str, Any]) -> dict[str, Any]:
    del record["body"]["header"]["lastUpdate"]
    return record


@contextmanager
def desk_in(
    dialect: str,
    folder: Path,
    *,
    policy: Mapping[str, Any] = WITHOUT_JOURNAL,
    suppliers: Sequence[Mapping[str, Any]] | None = None,
) -> Iterator[Desk]:
    """Open a desk with its suppliers in the ledger; everything is emptied when it closes."""
    if suppliers is None:
        suppliers = [small.supplier(number) for number in range(small.SUPPLIERS)]
    with small.small_world(
        folder,
        suppliers,
        policy=policy,
        company=DIALECTS[dialect],
        nav_settings={"dialect": dialect},
    ) as customer:
        customer.run(FlowName.SUPPLIERS)
        yield Desk(customer)
    database.empty_all()
