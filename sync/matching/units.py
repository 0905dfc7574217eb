"""Units of measure: how many of the order's units one of the invoice's is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from connectors.documents import InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.references import text_key
from sync.matching.context import MatchContext
from sync.matching.tolerance import basis_of
from sync.matching.verdict import Basis

_ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Conversion:
    """How many of the order's units `per` of the invoice's are: a fraction, so that twelve pieces
    are exactly one dozen."""

    units: Decimal = _ONE
    per: Decimal = _ONE

    def quantity(self, quantity: Decimal) -> Decimal:
        """Give a quantity of the invoice in the order's unit."""
        if self is SAME:
            return quantity
        return money.divide(money.multiply(quantity, self.units), self.per)

    def price(self, price: Decimal) -> Decimal:
        """Give a price of the invoice for one of the order's units."""
        if self is SAME:
            return price
        return money.divide(money.multiply(price, self.per), self.units)


SAME = Conversion()
# Names of the same unit in common use; everything else must be spelled alike or be mapped alike.
_SAME = (
    ("ea", "each", "eas"),
    ("pc", "pcs", "pce", "piece", "pieces"),
    ("hr", "hrs", "hour", "hours", "hur"),
    ("day", "days"),
    ("box", "boxes", "bx"),
    ("kg", "kgm", "kilogram", "kilograms"),
    ("l", "ltr", "liter", "litre", "liters", "litres"),
    ("m", "mtr", "meter", "metre", "meters", "metres"),
)
_NAMES = {name: names[0] for names in _SAME for name in names}


def compares_amounts(ordered: OrderLine, line: InvoiceLine) -> bool:
    """Whether units are of no matter: money, or one piece billed as one amount."""
    basis = basis_of(ordered)
    return basis is Basis.MONEY or (basis is Basis.LUMP and abs(line.quantity) == _ONE)


def conversion(line: InvoiceLine, ordered: OrderLine, context: MatchContext) -> Conversion | None:
    """Give what turns the invoice's unit into the order's, None where nobody knows.

    A side without a unit is taken as the other's; units that map to one unit of the ledger agree.
    """
    if line.unit == ordered.unit:
        return SAME
    ours, theirs = text_key(line.unit), text_key(ordered.unit)
    if not ours or not theirs or _NAMES.get(ours, ours) == _NAMES.get(theirs, theirs):
        return SAME
    if compares_amounts(ordered, line):
        return SAME
    if context.units is not None:
        target = context.units.optional(line.unit)
        if target and target == context.units.optional(ordered.unit):
            return SAME
    if (ours, theirs) in context.unit_factors:
        return Conversion(units=context.unit_factors[ours, theirs])
    back = context.unit_factors.get((theirs, ours))
    return Conversion(per=back) if back else None
