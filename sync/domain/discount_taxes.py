"""At which tax rates a document's discount is booked, told by its own tax figure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from connectors.documents import Invoice
from sync.domain import money

Share = tuple[Decimal | None, Decimal]  # tax rate in percent, amount; no rate: the ledger's own


def discount_shares(invoice: Invoice, currency: money.Currency) -> list[Share]:
    """Divide the discount among the rates of the goods, by value, where the tax of the document was
    reckoned on what is left of them; else it is one share that names no rate.

    Both are right answers of a supplier (JAGGAER contract 7.2). The ledger computes the same tax
    only if the line of the discount names the rate that it lessens.
    """
    whole: list[Share] = [(None, invoice.discount)]
    if any(line.tax_rate is None for line in invoice.lines if line.amount):
        return whole
    goods = _per_rate((line.tax_rate or money.ZERO, line.amount) for line in invoice.lines)
    if not money.total_of(goods.values()):
        return whole
    parts = money.allocate(invoice.discount, list(goods.values()), currency)
    less = [(base - part, rate) for (rate, base), part in zip(goods.items(), parts, strict=True)]
    before = _tax([(base, rate) for rate, base in goods.items()], currency)
    if abs(_tax(less, currency) - invoice.tax1) > abs(before - invoice.tax1):
        return whole
    return [(rate, part) for rate, part in zip(goods, parts, strict=True) if part]


def _per_rate(amounts: Iterable[tuple[Decimal, Decimal]]) -> dict[Decimal, Decimal]:
    found: dict[Decimal, Decimal] = {}
    for rate, amount in amounts:
        found[rate] = found.get(rate, money.ZERO) + amount
    return found


def _tax(bases: list[tuple[Decimal, Decimal]], currency: money.Currency) -> Decimal:
    return money.total_of(money.tax_per_rate(bases, currency).values())
