"""Net amounts of an invoice's lines: less their share of the document's discount.

An order's price is compared with what is really paid, whether the supplier takes a discount off the
line or off the document (domain rule 1a 22).
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from connectors.documents import Invoice
from sync.domain import money
from sync.domain.money import Kept


def net_amounts(invoice: Invoice, currency: Kept) -> Mapping[int, Decimal]:
    """Give each line's amount less its share by value of the discount, the rest of rounding on the
    largest line: line number -> amount in document currency."""
    lines = invoice.lines
    amounts = [line.amount for line in lines]
    if invoice.discount and lines:
        shares = money.allocate(invoice.discount, amounts, currency)
        amounts = [amount - part for amount, part in zip(amounts, shares, strict=True)]
    return {line.number: amount for line, amount in zip(lines, amounts, strict=True)}
