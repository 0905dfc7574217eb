"""What booking a document comes to, as tests read it."""

from __future__ import annotations

from decimal import Decimal

from sync.domain.booking import Booking, book_invoice
from sync.domain.cost_lines import OwnCoding
from tests.sync.building import booking, invoice, policy

D = Decimal
JOURNAL = {"balancing_account": "2999"}
WITH_JOURNAL = policy(journal=JOURNAL)


def booked(document=None, rules=None, **details) -> Booking:
    """Book a document on the coding of its own lines, as a matched one is on its orders'."""
    document = document or invoice()
    shares = [OwnCoding(item) for item in document.lines]
    return book_invoice(document, shares, booking(rules, **details))


def lines_of(result: Booking) -> list[tuple]:
    return [
        (item.account, item.quantity, item.unit_price, item.dimensions.get("DEPARTMENT"))
        for item in result.invoice.lines
    ]


def reason_codes(result: Booking) -> list[str]:
    return [item.code for item in result.reasons]


def causes(result: Booking) -> list[str]:
    return [item.cause for item in result.reasons]
