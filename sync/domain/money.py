"""Money and quantities: exponents, rounding, allocation and tax, with Decimal alone.

Amounts are rounded half up (away from zero), once per figure, to the currency's own exponent. Unit
prices are never rounded: quantity times price is (domain rules 2.3 to 2.5).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext

from tenants.currencies import decimals_of

ZERO = Decimal(0)
HUNDRED = Decimal(100)
_PRECISION = Context(prec=60, rounding=ROUND_HALF_UP)
_LONGEST = 60


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency as one ledger keeps it: its code, and how many decimals its amounts have there."""

    code: str
    decimals: int


Kept = Currency | str | None  # a bare code has the decimals of ISO 4217


def exponent(currency: Kept) -> int:
    """Say how many decimals an amount has: as the target system says, else as ISO 4217 does."""
    return currency.decimals if isinstance(currency, Currency) else decimals_of(currency)


def unit(currency: Kept) -> Decimal:
    """The smallest amount of a currency: 0.01, 1 or 0.001."""
    return Decimal(1).scaleb(-exponent(currency))


def decimals_in(step: Decimal) -> int:
    """How many decimals amounts have that are rounded to a step: 2 for 0.01 and 0.05, 0 for 1."""
    return max(-int(step.normalize().as_tuple().exponent), 0)


def round_to(value: Decimal, decimals: int) -> Decimal:
    """Round half up to a number of decimals; raises ValueError for what is no number."""
    try:
        return value.quantize(Decimal(1).scaleb(-decimals), context=_PRECISION)
    except InvalidOperation as error:
        raise ValueError(f"{value} cannot be rounded to {decimals} decimals") from error


def round_amount(amount: Decimal, currency: Kept) -> Decimal:
    """Round an amount half up to its currency."""
    return round_to(amount, exponent(currency))


def cut(amount: Decimal, currency: Kept) -> Decimal:
    """Cut an amount to its currency's decimals, towards zero: a limit is never exceeded so."""
    return amount.quantize(unit(currency), rounding=ROUND_DOWN, context=_PRECISION)


def fits(amount: Decimal, currency: Kept) -> bool:
    """Say whether an amount has no more decimals than its currency: JPY 100.5 has."""
    return round_amount(amount, currency) == amount


def line_product(quantity: Decimal, unit_price: Decimal, currency: Kept) -> Decimal:
    """Quantity times price, rounded; the price itself is never rounded."""
    return round_amount(multiply(quantity, unit_price), currency)


def multiply(left: Decimal, right: Decimal) -> Decimal:
    """The exact product of two received numbers, whatever their length."""
    return _PRECISION.multiply(left, right)


def divide(left: Decimal, right: Decimal) -> Decimal:
    """A quotient with 60 digits; raises ZeroDivisionError."""
    if not right:
        raise ZeroDivisionError("division of money by zero")
    return _PRECISION.divide(left, right)


def total_of(amounts: Iterable[Decimal]) -> Decimal:
    """Sum exactly; the empty sum is zero."""
    with localcontext(_PRECISION):
        return sum(amounts, ZERO)


def percent_of(amount: Decimal, percent: Decimal) -> Decimal:
    """A percentage of an amount at full precision, not rounded."""
    return _PRECISION.divide(multiply(amount, percent), HUNDRED)


def percent_above(actual: Decimal, base: Decimal) -> Decimal | None:
    """By how many percent `actual` lies above `base`; None where the base is zero."""
    return multiply(divide(actual - base, base), HUNDRED) if base else None


def allocate(
    total: Decimal,
    weights: Sequence[Decimal],
    currency: Kept,
    *,
    rest: str = "largest",
) -> list[Decimal]:
    """Divide an amount by weights so that the parts sum to it exactly.

    What rounding leaves goes to the part with the largest weight, or to the last part with
    `rest="last"`. Weights that sum to zero count as equal ones. Raises ValueError without weights.
    """
    if not weights:
        raise ValueError("an amount cannot be allocated to nothing")
    whole = total_of(weights)
    if not whole:
        weights, whole = [Decimal(1)] * len(weights), Decimal(len(weights))
    parts = [round_amount(divide(multiply(total, weight), whole), currency) for weight in weights]
    keeper = len(parts) - 1
    if rest == "largest":
        keeper = max(range(len(parts)), key=lambda index: (abs(weights[index]), -index))
    parts[keeper] += total - total_of(parts)
    return parts


def tax_per_rate(
    lines: Iterable[tuple[Decimal, Decimal]], currency: Kept
) -> dict[Decimal, Decimal]:
    """Tax on the summed base of each rate: (base, percent) pairs -> percent -> rounded tax."""
    bases: dict[Decimal, Decimal] = {}
    for base, percent in lines:
        bases[percent] = bases.get(percent, ZERO) + base
    return {
        percent: round_amount(percent_of(round_amount(base, currency), percent), currency)
        for percent, base in bases.items()
    }


def tax_per_line(lines: Iterable[tuple[Decimal, Decimal]], currency: Kept) -> Decimal:
    """Tax rounded on each line and then summed, as some suppliers compute it."""
    return total_of(round_amount(percent_of(base, percent), currency) for base, percent in lines)


def convert(
    amounts: Sequence[Decimal], rate: Decimal, currency: Kept, total: Decimal | None = None
) -> list[Decimal]:
    """Convert line by line with one rate: `rate` units of `currency` for one unit of theirs.

    The lines sum to the converted total (by default of their sum); what rounding leaves goes to
    the largest line.
    """
    whole = total_of(amounts) if total is None else total
    parts = [round_amount(multiply(amount, rate), currency) for amount in amounts]
    rest = round_amount(multiply(whole, rate), currency) - total_of(parts)
    if parts and rest:
        parts[max(range(len(parts)), key=lambda index: (abs(parts[index]), -index))] += rest
    return parts


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount or a price as a sentence says it; what is stored beside it is its `plain` value."""

    value: Decimal
    currency: Kept = None

    def __str__(self) -> str:
        return spoken(self.value, self.currency)


def spoken(amount: Decimal, currency: Kept) -> str:
    """Write an amount with its currency, and with all decimals of that one.

    100 is "100.00 GBP" and "100 JPY"; a price with more decimals than its currency keeps them.
    """
    text = plain(amount)
    if amount.is_finite() and "E" not in text:
        whole, _, decimals = text.partition(".")
        decimals = decimals.rstrip("0").ljust(exponent(currency), "0")
        text = f"{whole}.{decimals}" if decimals else whole
    code = currency.code if isinstance(currency, Currency) else currency
    return f"{text} {code or ''}".strip()


def plain(value: Decimal) -> str:
    """Write a number as people and JSON clients read it: no exponent, no trailing zeros beyond 2.

    1E+3 is "1000", 0.500000 is "0.50", 12.3456 stays "12.3456", and zero has no sign. What would
    be longer than any amount keeps its exponent.
    """
    if not value.is_finite() or abs(value.adjusted()) > _LONGEST:
        return str(value)
    if not value:
        return "0" if value.as_tuple().exponent >= 0 else "0.00"
    text = format(value, "f")
    if "." not in text:
        return text
    whole, _, decimals = text.partition(".")
    kept = decimals.rstrip("0")
    return f"{whole}.{kept.ljust(2, '0')}"
