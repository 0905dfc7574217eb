"""Numbers that no ledger could hold: said as what they are, before anybody computes with them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from connectors.documents import Invoice
from sync.domain import money
from sync.domain.reasons import Reason, reason

_DIGITS = 15  # before the point; the ledger's decimals hold no more (999,999,999,999,999.99)
_FINEST = -20  # powers of ten


def strange_figures(invoice: Invoice) -> tuple[Reason, ...]:
    """Name every figure that is infinite, beyond what a ledger holds, or absurdly fine."""
    return tuple(
        reason("unreadable/figure", path=path, figure=_spoken(path), document=invoice.source_id)
        for path, value in _figures(invoice)
        if value is not None and not _is_plausible(value)
    )


def too_fine(invoice: Invoice, currency: money.Currency) -> tuple[Reason, ...]:
    """Name every amount with more decimals than its currency has in the ledger, which would book
    another one: JPY 100.5 (domain rule 2.18). Unit prices have no limit."""
    return tuple(
        reason(
            "unreadable/decimals",
            path=path,
            figure=_spoken(path),
            amount=format(amount, "f"),
            currency=currency.code,
            decimals=currency.decimals,
            document=invoice.source_id,
        )
        for path, amount in _amounts(invoice)
        if amount is not None and not money.fits(amount, currency)
    )


def _is_plausible(value: Decimal) -> bool:
    return value.is_finite() and (not value or _FINEST < value.adjusted() < _DIGITS)


def _spoken(path: str) -> str:
    """Return a figure as people call it: `lines[3].unit_price` is the unit price of line 3."""
    place, _, name = path.rpartition(".")
    words = name.replace("_", " ")
    if place.startswith("lines["):
        return f"{words} of line {place.removeprefix('lines[').removesuffix(']')}"
    return f"{words} charge" if place else words


def _amounts(invoice: Invoice) -> Iterator[tuple[str, Decimal | None]]:
    yield "total", invoice.total
    yield "tax1", invoice.tax1
    yield "tax2", invoice.tax2
    yield "discount", invoice.discount
    for charge in invoice.charges:
        yield f"charges.{charge.kind}", charge.amount
    for line in invoice.lines:
        if line.amount_received:
            yield f"lines[{line.number}].amount", line.amount


def _figures(invoice: Invoice) -> Iterator[tuple[str, Decimal | None]]:
    yield "total", invoice.total
    yield "tax1", invoice.tax1
    yield "tax2", invoice.tax2
    yield "tax_engine", invoice.tax_engine
    yield "withholding_tax", invoice.withholding_tax
    yield "discount", invoice.discount
    for charge in invoice.charges:
        yield f"charges.{charge.kind}", charge.amount
    for line in invoice.lines:
        yield f"lines[{line.number}].quantity", line.quantity
        yield f"lines[{line.number}].unit_price", line.unit_price
        yield f"lines[{line.number}].amount", line.amount
        yield f"lines[{line.number}].tax_rate", line.tax_rate
