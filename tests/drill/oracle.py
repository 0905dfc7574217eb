"""A stranger to the product who counts: what the source gave against what the ledger holds.

Doubled: stands more than once. Lost: does not stand, and the product believes that nothing is left
to do. Stuck: the product has not finished with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tests import small
from tests.drill.customer import Customer


@dataclass
class Count:
    """What was found about some customers; each entry names a document."""

    documents: int = 0
    doubled: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        return not (self.doubled or self.lost or self.stuck)


def count(customers: Iterable[Customer]) -> Count:
    """Compare ledger and source for each customer."""
    found = Count()
    for customer in customers:
        ledger = customer.ledger.ask("GET", f"ledger?company={customer.company_id}")
        _count_one(found, customer, ledger)
        _count_subscriptions(found, customer)
    return found


def _count_subscriptions(found: Count, customer: Customer) -> None:
    """The ledger tells each customer once of each thing."""
    told = Counter(
        row["resource"]
        for row in customer.ledger.ask("GET", "subscriptions")
        if customer.company_id in row["resource"]
    )
    for resource, count in told.items():
        if count > 1:
            found.doubled.append(f"{customer.place}/subscription {resource.rpartition('/')[2]}")
    for missing in {"vendors", "purchaseInvoices"} - {name.rpartition("/")[2] for name in told}:
        found.lost.append(f"{customer.place}/subscription {missing}")


def _count_one(found: Count, customer: Customer, ledger: Mapping[str, Any]) -> None:
    states = customer.states()
    vendors = Counter(row["number"] for row in ledger["vendors"])
    orders = Counter(_reference(row) for row in ledger["purchaseOrders"])
    invoices = Counter(row["vendorInvoiceNumber"] for row in ledger["purchaseInvoices"])
    for place in range(small.SUPPLIERS):
        state = states.get(("suppliers", small.supplier_id(place)), "")
        _sort(found, customer, small.vendor_number(place), vendors, state)
    for number in customer.orders:
        state = states.get(("purchase_orders", str(700_000 + number)), "")
        _sort(found, customer, small.order_number(number), orders, state)
    for number in customer.invoices:
        state = states.get(("invoices", str(900_000 + number)), "")
        _sort(found, customer, small.invoice_number(number), invoices, state)
    _count_journals(found, customer, ledger)


def _sort(
    found: Count, customer: Customer, key: str, standing: Mapping[str, int], state: str
) -> None:
    found.documents += 1
    name = f"{customer.place}/{key}"
    if standing.get(key, 0) > 1:
        found.doubled.append(name)
    elif state != "written":
        found.stuck.append(f"{name} ({state or 'never received'})")
    elif not standing.get(key):
        found.lost.append(name)


def _reference(order: Mapping[str, Any]) -> str:
    """Return the source's order number that the first comment line of an order names."""
    lines: Sequence[Mapping[str, Any]] = order.get("lines") or order.get("purchaseOrderLines") or ()
    for line in lines:
        for word in str(line.get("description", "")).replace("#", " ").split():
            if word.startswith("PO") and word[2:].isdigit():
                return word
    return ""


def _count_journals(found: Count, customer: Customer, ledger: Mapping[str, Any]) -> None:
    """Each invoice moved its cost once: two lines of 100, which add up to nothing."""
    lines: dict[str, list[Decimal]] = {}
    for batch in ledger["journals"]:
        for line in batch["lines"]:
            key = str(line.get("externalDocumentNumber") or line["documentNumber"])
            lines.setdefault(key, []).append(Decimal(str(line["amount"])))
    wanted = [Decimal(-100), Decimal(100)]
    for number in customer.invoices:
        key = small.invoice_number(number)
        amounts = sorted(lines.get(key, []))
        if amounts and amounts != wanted:
            found.doubled.append(f"{customer.place}/{key} journal")
        elif not amounts and f"{customer.place}/{key}" not in " ".join(found.stuck):
            found.lost.append(f"{customer.place}/{key} journal")
