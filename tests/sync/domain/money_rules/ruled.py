"""What the rules of money are shown on: documents that are booked, and proved each time."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import Invoice
from sync.domain import money
from sync.domain.booking import Booking, book_invoice
from sync.domain.booking_proof import booking_faults
from sync.domain.cost_lines import OwnCoding
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import (
    booking,
    invoice,
    line,
    mapping,
    order,
    order_line,
    tables,
)

D = Decimal
JOURNAL = {"journal": {"balancing_account": "2999"}}
ACCOUNTS = {"freight": "8310", "tax": "8320", "discount": "8330", "rounding": "8340"}
ON = date(2025, 2, 1)
USD = RateTable([ExchangeRate("USD", date(2025, 1, 1), D(100), D(80))])
YEN = money.Currency("JPY", 0)
FORINT = money.Currency("HUF", 0)


def booked(document: Invoice | None = None, rules: Any = None, **details: Any) -> Booking:
    """Book a document on the coding of its own lines; nothing of it may differ from it."""
    document = document or invoice()
    context = booking(rules, **details)
    result = book_invoice(document, [OwnCoding(item) for item in document.lines], context)
    assert booking_faults(document, result, context) == ()
    return result


def shown(result: Booking, currency: money.Kept = "EUR") -> list[Decimal]:
    """Return the amounts that the ledger computes of the lines."""
    assert result.invoice is not None, result.reasons
    return [
        money.line_product(each.quantity, each.unit_price, currency)
        for each in result.invoice.lines
    ]


def three_at_25(tax: str) -> Invoice:
    rows = [line("1", "99.99", number=at, at=str(at), tax_rate=D(25)) for at in (1, 2, 3)]
    return invoice(*rows, tax1=tax)


def three_ordered() -> Any:
    return order(*(order_line("1", "99.99", number=at) for at in (1, 2, 3)))


def in_dollars() -> dict[str, Any]:
    return {"mappings": tables(currency=mapping("currency", USD="USD"))}


def dollars() -> Any:
    return booking(**in_dollars())
