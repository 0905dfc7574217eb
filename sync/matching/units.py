"""Units of measure: how many of the order's units one of the invoice's is."""

from __future__ import annotations

from decimal import Decimal

from connectors.documents import InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.references import text_key
from sync.matching.context import MatchContext
from sync.matching.tolerance import basis_of
from sync.matching.verdict import Basis

_ONE = Decimal(1)
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


def factor(line: InvoiceLine, ordered: OrderLine, context: MatchContext) -> Decimal | None:
    """Give the order's units in one of the invoice's, None where nobody knows.

    A side without a unit is taken as the other's; units that map to one unit of the ledger agree.
    """
    ours, theirs = text_key(line.unit), text_key(ordered.unit)
    if not ours or not theirs or _NAMES.get(ours, ours) == _NAMES.get(theirs, theirs):
        return _ONE
    if compares_amounts(ordered, line):
        return _ONE
    if context.units is not None:
        target = context.units.optional(line.unit)
        if target and target == context.units.optional(ordered.unit):
            return _ONE
    if (ours, theirs) in context.unit_factors:
        return context.unit_factors[ours, theirs]
    back = context.unit_factors.get((theirs, ours))
    return money.divide(_ONE, back) if back else None
