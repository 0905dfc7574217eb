"""Amounts of a purchase document: discounts, tax, totals. Pure: rates go in, amounts come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from connectors.nav.sandbox.values import CENT, ZERO, money, number_of, plain

Amounts = dict[str, Decimal]
_HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Rate:
    """Tax of one line: its group (rounding is per group) and its percentage."""

    group: str
    percent: Decimal


def document_amounts(
    header: dict[str, Any],
    lines: Sequence[dict[str, Any]],
    rates: Sequence[Rate],
    cost_field: str,
    precision: Decimal = CENT,
) -> tuple[Amounts, list[Amounts]]:
    """Return the header's totals and each line's amounts.

    The invoice discount (`discountAmount` of the header) is spread by value, the remainder goes
    to the last line with a value. Tax is rounded per group over the document; the rounding
    difference of a line is carried into the next line of the group.
    """
    inclusive = bool(header.get("pricesIncludeTax"))
    gross = [_line_amount(line, cost_field, precision) for line in lines]
    shares = _spread(number_of(header, "discountAmount"), gross, precision)
    carried: dict[str, Decimal] = {}
    rows = []
    for line_amount, share, rate in zip(gross, shares, rates, strict=True):
        factor = 1 + rate.percent / _HUNDRED
        excluding = money(line_amount / factor, precision) if inclusive else line_amount
        net = excluding - share
        exact = net * rate.percent / _HUNDRED + carried.get(rate.group, ZERO)
        tax = money(exact, precision)
        carried[rate.group] = exact - tax
        line_tax = money(excluding * rate.percent / _HUNDRED, precision)
        rows.append(
            {
                "amountExcludingTax": plain(excluding),
                "taxPercent": plain(rate.percent),
                "totalTaxAmount": plain(line_tax),
                "amountIncludingTax": plain(excluding + line_tax),
                "invoiceDiscountAllocation": plain(share),
                "netAmount": plain(net),
                "netTaxAmount": plain(tax),
                "netAmountIncludingTax": plain(net + tax),
            }
        )
    net_total = sum((row["netAmount"] for row in rows), ZERO)
    tax_total = sum((row["netTaxAmount"] for row in rows), ZERO)
    totals = {
        "totalAmountExcludingTax": plain(net_total),
        "totalTaxAmount": plain(tax_total),
        "totalAmountIncludingTax": plain(net_total + tax_total),
    }
    return totals, rows


def _line_amount(line: dict[str, Any], cost_field: str, precision: Decimal) -> Decimal:
    amount = money(number_of(line, "quantity") * number_of(line, cost_field), precision)
    return amount - number_of(line, "discountAmount")


def _spread(discount: Decimal, amounts: Sequence[Decimal], precision: Decimal) -> list[Decimal]:
    """Share a document discount among the lines by value; the last one takes the remainder."""
    total = sum(amounts, ZERO)
    if not discount or not total:
        return [ZERO] * len(amounts)
    shares = [money(discount * amount / total, precision) for amount in amounts]
    last = max(place for place, amount in enumerate(amounts) if amount)
    shares[last] += discount - sum(shares, ZERO)
    return shares
