"""The last look before anything is booked: what is to be sent says exactly what the document says.

Matching, coding, splits and conversion each keep their own sums; this adds up what they made of
the document and compares it with the document itself. A difference is a fault of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connectors.documents import Invoice, JournalEntry, LedgerInvoice, Resource
from sync.domain import money
from sync.domain.booking import Booking, BookingContext
from sync.domain.currencies import derived_amounts, kept_currency
from sync.domain.money import ZERO
from sync.domain.policy import Policy
from sync.domain.reasons import Reason, reason

_Figures = tuple[str, Decimal, Decimal]


def booking_faults(
    invoice: Invoice, booking: Booking, context: BookingContext
) -> tuple[Reason, ...]:
    """Name each part of a booking that differs from its document; empty where all is well."""
    return tuple(
        reason(
            "does_not_add_up/ours",
            part=part,
            booked=booked,
            expected=expected,
            currency=invoice.currency,
            document=invoice.source_id,
        )
        for part, booked, expected in _figures(invoice, booking, context)
        if booked != expected
    )


def net_to_book(invoice: Invoice, policy: Policy) -> Decimal:
    """What a document books: lines, charges and line taxes less discount (domain rule 2.8).

    Where an account for rounding is named, all that the total says is booked but the taxes that
    are left to the ledger.
    """
    taxes = ((policy.tax.tax1, invoice.tax1), (policy.tax.tax2, invoice.tax2))
    if policy.accounts.rounding is not None and invoice.total is not None:
        left = money.total_of(tax for choice, tax in taxes if choice != "line")
        return invoice.total - left
    goods = money.total_of(line.amount for line in invoice.lines)
    charges = money.total_of(charge.amount for charge in invoice.charges)
    booked = money.total_of(tax for choice, tax in taxes if choice == "line")
    return goods + charges + booked - invoice.discount


def _figures(invoice: Invoice, booking: Booking, context: BookingContext) -> Iterator[_Figures]:
    currency = kept_currency(invoice.currency, invoice.document_date, context)
    net = net_to_book(derived_amounts(invoice, currency), context.policy)
    if booking.invoice is not None:
        yield "purchase document", _shown(booking.invoice, currency), net
    if booking.journal is not None:
        yield "sum of the journal", money.total_of(_amounts(booking.journal)), ZERO
        cost = _in_local_currency(net, booking, context.setup.local_currency)
        sign = -1 if invoice.resource is Resource.CREDIT_NOTE else 1
        yield "cost in the journal", _cost(booking.journal, cost), sign * cost


def _shown(booked: LedgerInvoice, currency: money.Currency) -> Decimal:
    """What the ledger makes of the lines: each product rounded to the currency."""
    return money.total_of(
        money.line_product(line.quantity, line.unit_price, currency) for line in booked.lines
    )


def _amounts(journal: JournalEntry) -> list[Decimal]:
    return [line.amount for line in journal.lines]


def _cost(journal: JournalEntry, expected: Decimal) -> Decimal:
    """Sum the cost lines: all but the last one, which goes against them where there is a cost."""
    amounts = _amounts(journal)
    return money.total_of(amounts[:-1] if expected else amounts)


def _in_local_currency(net: Decimal, booking: Booking, local: str) -> Decimal:
    """Convert as the rate says that is kept as evidence."""
    rate = booking.evidence.get("exchange_rate")
    if not rate:
        return net
    factor = money.divide(Decimal(rate["local_amount"]), Decimal(rate["amount"]))
    return money.round_amount(money.multiply(net, factor), local)
