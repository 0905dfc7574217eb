"""A customer's orders by row, at the source and in the ledger, with what happens to them."""

from __future__ import annotations

from typing import Any

from sync.models import Document, FlowName, Link, Write
from tests.journeys.small import invoice, invoice_line, order, put, type_in
from tests.world import World

ORDERS, INVOICES = FlowName.PURCHASE_ORDERS, FlowName.INVOICES


class Life:
    """A customer's orders by row, at the source and in the ledger."""

    def __init__(self, customer: World) -> None:
        self.customer = customer

    def order(self, row: int, revision: int, *lines: Any, **header: Any) -> None:
        put(self.customer, "purchaseorders", order(revision, *lines, number=row, **header))

    def bill(self, number: int, row: int, quantity: int, price: int = 10, **header: Any) -> None:
        body = invoice(number, invoice_line(f"{row:010d}", quantity, price), **header)
        put(self.customer, "invoices", body)

    def credit(self, number: int, row: int, quantity: int, **header: Any) -> None:
        """Give back what the invoice of the same row billed."""
        line = invoice_line(f"{row:010d}", -quantity)
        names = {"invoiceType": "Credit Memo", "originalInvoiceNumber": f"RE-2024-{row:04d}"}
        names |= header
        put(self.customer, "invoices", invoice(number, line, **names))

    def by_hand(self, row: int, op: str, **wish: Any) -> None:
        type_in(self.customer, "purchaseOrders", op, key={"number": self.number(row)}, **wish)

    def invoice_by_hand(self, number: int, op: str) -> None:
        books = self.customer.ledger()["purchaseInvoices"]
        [found] = [row for row in books if row["vendorInvoiceNumber"] == f"RE-2024-{number:04d}"]
        type_in(self.customer, "purchaseInvoices", op, id=found["id"])

    def receive(self, row: int, quantity: int, *, line: int = 1, **wish: Any) -> None:
        """Receive of the n-th line; `postingDate` is the day of the receipt."""
        self.by_hand(row, "receive", quantities={str(10_000 + line * 10_000): quantity}, **wish)

    def line_by_hand(self, row: int, **values: Any) -> None:
        [_, found, *_] = self.found(self.number(row))["lines"]
        type_in(self.customer, "purchaseOrderLines", "patch", id=found["id"], values=values)

    # What became of it.

    def document(self, row: int, flow: str = ORDERS) -> Document:
        prefix = f"{row:010d}" if flow == ORDERS else f"I{row:05d}"
        return self.customer.document(flow_name=flow, reference=prefix)

    def state(self, row: int, flow: str = ORDERS) -> tuple[str, list[str]]:
        found = self.document(row, flow)
        return found.state, [reason["code"] for reason in found.reasons]

    def number(self, row: int) -> str:
        with self.customer.scope():
            return Link.objects.get(document=self.document(row), kind="purchase_order").number

    def writes(self, row: int) -> list[str]:
        with self.customer.scope():
            rows = Write.objects.filter(document=self.document(row), state="confirmed")
            return list(rows.order_by("sequence").values_list("operation", flat=True))

    def stands(self, row: int, number: str = "") -> list[tuple[str, float, float]]:
        """Account lines as (account, quantity, price)."""
        found = self.found(number or self.number(row))
        lines = sorted(found["lines"], key=lambda each: each["sequence"])[1:]
        return [
            (each["lineObjectNumber"], float(each["quantity"]), float(each["directUnitCost"]))
            for each in lines
        ]

    def found(self, number: str) -> Any:
        books = self.customer.ledger()["purchaseOrders"]
        return next(each for each in books if each["number"] == number)
