"""Exact lines: the ledger shows the document's amount, always (domain rule 2.19).

A line is sent with quantity and price as received when their product, rounded, is its amount; else
as one piece of that amount, with quantity, unit and price in the text. The ledger keeps five
decimals of a quantity and of a unit price.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from sync.domain import money
from sync.domain.money import plain

DECIMALS = 5
_ONE = Decimal(1)


class ExactLine(NamedTuple):
    """Quantity and price that the ledger multiplies to the amount."""

    quantity: Decimal
    unit_price: Decimal
    description: str
    is_one_piece: bool = False


def exact_line(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    amount: Decimal,
    currency: money.Kept,
    description: str,
    unit: str | None,
    longest: int,
) -> ExactLine | None:
    """Give the line to send; None where the ledger's five decimals of the quantity change it."""
    if money.line_product(quantity, unit_price, currency) == amount:
        kept = _kept(quantity)
        if kept != quantity and money.line_product(kept, unit_price, currency) != amount:
            return None
        price = _kept(unit_price)
        if money.line_product(kept, price, currency) == amount:
            return ExactLine(kept, price, description)
    return one_piece(
        quantity=quantity,
        unit_price=unit_price,
        amount=amount,
        description=description,
        unit=unit,
        longest=longest,
    )


def net_price_line(
    *, quantity: Decimal, amount: Decimal, currency: money.Kept, description: str
) -> ExactLine | None:
    """Keep the quantity and take amount / quantity as price, where that gives the amount."""
    if not quantity or _kept(quantity) != quantity:
        return None
    price = money.round_to(money.divide(amount, quantity), DECIMALS)
    if money.line_product(quantity, price, currency) != amount:
        return None
    return ExactLine(quantity, price, description)


def one_piece(
    *,
    quantity: Decimal,
    unit_price: Decimal,
    amount: Decimal,
    description: str,
    unit: str | None,
    longest: int,
) -> ExactLine:
    """Quantity 1 and the amount as price; the text is shortened for what was received."""
    said = f" ({plain(quantity)}{f' {unit}' if unit else ''} x {plain(unit_price)})"
    text = f"{description[: max(longest - len(said), 0)].rstrip()}{said}".strip()
    return ExactLine(_ONE, amount, text, is_one_piece=True)


def _kept(value: Decimal) -> Decimal:
    """What the ledger keeps of a number, in the spelling received where that is all of it."""
    kept = money.round_to(value, DECIMALS)
    return value if kept == value else kept
