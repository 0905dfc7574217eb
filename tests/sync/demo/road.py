"""The pure road of the demo's invoices: body, document, verdict, booking; no database, no HTTP.

A short stand-in for the engine: what it loads from rows, this keeps in dictionaries.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import connectors.jaggaer
from connectors.documents import Invoice, LedgerSetup, Readiness, ReferenceKind
from connectors.jaggaer.profile import compile_profile
from connectors.jaggaer.translate import MAKERS, understand_with
from sync.demo.payloads import dumps, seed_lines
from sync.demo.records import Tables, Unit, ledger
from sync.domain.booking import Booking, BookingContext, book_invoice, targets_of
from sync.domain.mapping import MappingEntry, MappingTable
from sync.domain.ordering import OrderContext, ledger_order
from sync.domain.policy import Policy
from sync.matching import (
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    OrderView,
    SupplierView,
    Usage,
    index_orders,
    match,
)

FLOWS = {"suppliers": "suppliers", "purchaseorders": "purchase_orders", "invoices": "invoices"}
BLOCKED = {"inactive": "inactive", "blocked": "blocked", "onboarding": "not approved"}


@dataclass(frozen=True)
class End:
    """What became of one invoice."""

    invoice: Invoice
    state: str
    codes: frozenset[str]
    booking: Booking | None = None


def documents(unit: Unit) -> Mapping[str, list[Any]]:
    """Understand every body of a unit with the default profile: flow -> documents, in order."""
    folder = Path(next(iter(connectors.jaggaer.__path__)))
    profile = compile_profile(json.loads((folder / "profile.json").read_text()))
    found: dict[str, list[Any]] = {flow: [] for flow in FLOWS.values()}
    for line in seed_lines(unit):
        body = json.loads(dumps(line["body"]), parse_float=Decimal, parse_int=Decimal)
        flow = FLOWS[line["collection"]]
        record = understand_with(profile, profile.resources[flow], MAKERS[flow], body, salt="x")
        found[flow].append(record.document)
    return found


def reference(kind: ReferenceKind, code: str) -> SimpleNamespace | None:
    """Look a target up in the demo's chart; kinds it has no table for are taken as usable."""
    if kind not in {ReferenceKind.LEDGER_ACCOUNTS, ReferenceKind.DIMENSION_VALUES}:
        return SimpleNamespace(usable=True, why_not="")
    usable = ledger().targets.get(code)
    if usable is not None and kind is ReferenceKind.DIMENSION_VALUES:
        usable = True  # API v2.0 does not show that a value is blocked
    return None if usable is None else SimpleNamespace(usable=usable, why_not="not usable")


@dataclass
class Road:
    """Everything that one unit's invoices are matched and booked with."""

    unit: Unit
    policy: Policy
    tables: Tables
    used: dict[tuple[str, int], Usage] = field(default_factory=dict)
    earlier: EarlierInvoices = field(default_factory=EarlierInvoices)

    def __post_init__(self) -> None:
        found = documents(self.unit)
        self.received_orders = found["purchase_orders"]
        self.suppliers = {row["supplier_code"]: self._supplier(row) for row in self.unit.suppliers}
        self.orders = index_orders(map(self._order, self.received_orders))
        self.invoices: list[Invoice] = found["invoices"]
        setup = LedgerSetup(local_currency=self.unit.suppliers[0]["currency"])
        tables = {
            kind: MappingTable(kind, [MappingEntry(s, t) for s, t in table.items()])
            for kind, table in self.tables.items()
        }
        common = {
            "policy": self.policy,
            "setup": setup,
            "targets": targets_of(self.policy, setup, tables, reference),
            "today": date(2024, 3, 9),
        }
        self.order_context = OrderContext(**common)
        self.booked_with: Callable[[str | None], BookingContext] = lambda number: BookingContext(
            **common, vendor_number=number, document_number="J1"
        )

    def _supplier(self, row: Mapping[str, Any]) -> SupplierView:
        code = row["supplier_code"]
        return SupplierView(
            key=code,
            name=row["name"],
            erp_number=code,
            family=row.get("parent_supplier_code") or code,
            blocked_because=BLOCKED.get(row["status"], ""),
        )

    def _order(self, document: Any) -> OrderView:
        supplier = self.suppliers[document.supplier.erp_number]
        return OrderView(document.source_id, document, supplier.key, supplier.family)

    def order_states(self) -> Counter[str]:
        """Count the orders by the state in which they end."""
        return Counter(map(self._order_state, self.received_orders))

    def _order_state(self, order: Any) -> str:
        if order.readiness in {Readiness.CANCELLED, Readiness.SETTLED}:
            return "settled"
        if self.suppliers[order.supplier.erp_number].blocked_because:
            return "parked"
        booked = ledger_order(order, order.supplier.erp_number, self.order_context)
        return "parked" if isinstance(booked, tuple) else "written"

    def ends(self) -> Iterator[End]:
        """Take every invoice down the road, in the order of change."""
        for place, invoice in enumerate(self.invoices):
            yield self._end(f"{place:06d}", invoice)

    def _end(self, key: str, invoice: Invoice) -> End:
        supplier = self.suppliers.get(invoice.supplier.erp_number or "")
        if invoice.readiness in {Readiness.CANCELLED, Readiness.SETTLED}:
            return End(invoice, "settled", frozenset())
        strict, digits = self.orders
        context = MatchContext(
            policy=self.policy,
            supplier=supplier,
            orders=strict,
            orders_by_digits=digits,
            used=self.used,
            earlier=self.earlier,
            document_id=key,
        )
        verdict = match(invoice, context)
        number = supplier.key if supplier else None
        booking = book_invoice(invoice, verdict.allocations, self.booked_with(number))
        reasons = {reason.code for reason in (*verdict.reasons, *booking.reasons)}
        written = not reasons and invoice.readiness is Readiness.POSTABLE
        for line, usage in verdict.usage.items():
            self.used[line] = self.used.get(line, Usage()) + usage
        if supplier:
            self.earlier.add(InvoiceView.of(invoice, supplier, id=key, in_ledger=written))
        if invoice.readiness is Readiness.WAITING:
            return End(invoice, "waiting", frozenset(reasons))
        return End(invoice, "written" if written else "parked", frozenset(reasons), booking)
