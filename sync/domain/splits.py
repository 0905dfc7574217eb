"""Split coding: one line booked on several parts whose shares must be complete.

Shares sum to 100 %, to the line's quantity or to its amount; otherwise the document waits. What
rounding leaves goes to the last part (JAGGAER contract 7.5).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.documents import CodingPart, ShareKind
from sync.domain import money
from sync.domain.reasons import Reason, reason

_WHOLE_PERCENT = Decimal(100)


def divide(
    coding: Sequence[CodingPart],
    amount: Decimal,
    currency: money.Kept,
    *,
    coded_quantity: Decimal,
    coded_amount: Decimal,
    line: int,
    document: str,
) -> list[tuple[CodingPart, Decimal]] | Reason:
    """Divide an amount among the parts of a coding, or say why the shares are incomplete.

    `coded_quantity` and `coded_amount` are those of the line that carries the coding, which is the
    order line where an invoice bills only a part of it.
    """
    kinds = {part.kind for part in coding}
    if not coding or len(kinds) > 1:
        return _incomplete(coding, "one kind of share", line, document)
    whole = {
        ShareKind.PERCENT: _WHOLE_PERCENT,
        ShareKind.QUANTITY: coded_quantity,
        ShareKind.AMOUNT: coded_amount,
    }[coding[0].kind]
    shares = [part.share for part in coding]
    if money.total_of(shares) != whole or any(share < 0 for share in shares if whole >= 0):
        return _incomplete(coding, money.plain(whole), line, document)
    if len(coding) == 1:
        return [(coding[0], amount)]
    parts = money.allocate(amount, shares, currency, rest="last")
    return list(zip(coding, parts, strict=True))


def _incomplete(coding: Sequence[CodingPart], whole: str, line: int, document: str) -> Reason:
    total = money.plain(money.total_of(part.share for part in coding))
    return reason("split_incomplete", line=line, sum=total, whole=whole, document=document)
