"""Units of measure: how many of the order's units one of the invoice's is.

Asked in this order: the policy's entries for the item, what the documents' own lines say of their
unit, the policy's general entries.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from connectors.documents import InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.references import text_key
from sync.domain.unit_factors import spoken, unit_key
from sync.matching.context import QUANTITY_DECIMALS, MatchContext
from sync.matching.tolerance import basis_of
from sync.matching.verdict import Basis

_ONE = Decimal(1)
_PRICE_DECIMALS = 10
Known = tuple[Fraction, str]  # how many of the order's units one of the invoice's is; who says so


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many of the order's units `per` of the invoice's are: a fraction, so that twelve pieces
    are exactly one dozen."""

    units: Decimal = _ONE
    per: Decimal = _ONE
    source: str = field(default="", compare=False)  # who says so: "the policy"

    def quantity(self, quantity: Decimal) -> Decimal:
        """Give a quantity of the invoice in the order's unit, as exact as one is stored."""
        if self is SAME:
            return quantity
        return _short(money.divide(money.multiply(quantity, self.units), self.per))

    def back(self, quantity: Decimal) -> Decimal:
        """Give a quantity in the order's unit in the invoice's."""
        if self is SAME:
            return quantity
        return _short(money.divide(money.multiply(quantity, self.per), self.units))

    def price(self, price: Decimal) -> Decimal:
        """Give a price of the invoice for one of the order's units."""
        if self is SAME:
            return price
        return _short(money.divide(money.multiply(price, self.per), self.units), _PRICE_DECIMALS)

    def says(self, line: InvoiceLine, ordered: OrderLine) -> str:
        """Say the factor in the units of both lines: `1 BX = 12 EA`."""
        ratio = Fraction(Fraction(self.units), Fraction(self.per))
        if unit_key(line.unit) == unit_key(ordered.unit):
            return spoken(_with_content(line), _with_content(ordered), ratio)
        return spoken(line.unit or "", ordered.unit or "", ratio)


SAME = Conversion()


def _short(value: Decimal, decimals: int = QUANTITY_DECIMALS) -> Decimal:
    """A quotient that has no end, rounded; one that has an end stays as it is."""
    if -int(value.as_tuple().exponent) <= decimals:
        return value
    return money.round_to(value, decimals)


def compares_amounts(ordered: OrderLine, line: InvoiceLine) -> bool:
    """Whether units are of no matter: money, or one piece billed as one amount."""
    basis = basis_of(ordered)
    return basis is Basis.MONEY or (basis is Basis.LUMP and abs(line.quantity) == _ONE)


def conversion(line: InvoiceLine, ordered: OrderLine, context: MatchContext) -> Conversion | None:
    """Give what turns the invoice's unit into the order's, None where nobody knows.

    A side without a unit is taken as the other's; units that map to one unit of the ledger agree,
    unless both lines say that theirs hold differently much of the same.
    """
    if _agree(line, ordered, context):
        own = _by_both_lines(line, ordered)
        is_same = own is None or own[0] == 1 or compares_amounts(ordered, line)
        return SAME if is_same else _conversion(own)
    if compares_amounts(ordered, line):
        return SAME
    return next((_conversion(known) for known in _known(line, ordered, context) if known), None)


def _agree(line: InvoiceLine, ordered: OrderLine, context: MatchContext) -> bool:
    if line.unit == ordered.unit:
        return True
    ours, theirs = unit_key(line.unit), unit_key(ordered.unit)
    if not ours or not theirs or ours == theirs:
        return True
    if context.units is None:
        return False
    target = context.units.optional(line.unit)
    return bool(target) and target == context.units.optional(ordered.unit)


def _known(line: InvoiceLine, ordered: OrderLine, context: MatchContext) -> Iterable[Known | None]:
    """Everything that relates the two units, the most particular first."""
    factors = context.policy.match.unit_factors
    unit, of = line.unit or "", ordered.unit or ""
    items = [each for each in (ordered.catalog_number, line.catalog_number) if factors.names(each)]
    for item in items:
        ratio = factors.of_item(unit, of, item)
        yield (ratio, f"the policy for item {item}") if ratio else None
    yield _by_both_lines(line, ordered)
    yield _by_one_line(line, ordered)
    ratio = factors.general(unit, of, items[0] if items else None)
    yield (ratio, "the policy") if ratio else None


def _by_both_lines(line: InvoiceLine, ordered: OrderLine) -> Known | None:
    """Both lines say how much of one base unit theirs is."""
    ours, theirs = _content(line), _content(ordered)
    if ours is None or theirs is None or unit_key(line.unit_base) != unit_key(ordered.unit_base):
        return None
    return Fraction(ours, theirs), "both lines"


def _by_one_line(line: InvoiceLine, ordered: OrderLine) -> Known | None:
    """One line says how many of the other's unit its own is."""
    ours, theirs = _content(line), _content(ordered)
    if ours is not None and unit_key(line.unit_base) == unit_key(ordered.unit):
        return ours, "the line of the invoice"
    if theirs is not None and unit_key(ordered.unit_base) == unit_key(line.unit):
        return Fraction(1, theirs), "the line of the order"
    return None


def _content(line: InvoiceLine | OrderLine) -> Fraction | None:
    """How much of its base unit a line's unit is, as the source says; None where it does not."""
    if not line.unit_factor or line.unit_factor < 0 or not text_key(line.unit_base):
        return None
    return Fraction(line.unit_factor)


def _with_content(line: InvoiceLine | OrderLine) -> str:
    return f"{line.unit} of {money.plain(line.unit_factor or _ONE)} {line.unit_base}"


def _conversion(known: Known) -> Conversion:
    ratio, source = known
    return Conversion(Decimal(ratio.numerator), Decimal(ratio.denominator), source)
