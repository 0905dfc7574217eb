"""Requests for money in advance, by the words that suppliers use for them.

A prepayment consumes nothing of an order: it is no delivery, and the last invoice takes it off
again (domain rule 1a 40). "Deposit" alone may be an article; it counts with a percentage, as a
request, or where it is all that the line says.
"""

from __future__ import annotations

import re

from sync.domain.references import text_key

_WORDS = re.compile(
    r"\b(?:pre-?payments?|down[ -]?payments?|advance (?:payments?|invoice)|payments? in advance"
    r"|deposit (?:payment|request|invoice)"
    r"|anzahlung(?:srechnung)?|vorauszahlung|vorauskasse|vorschuss|acompte|avance sur commande"
    r"|anticipo|pagamento anticipato|vooruitbetaling|aanbetaling|forskudd|f[öo]rskott)\b"
)
_SHARE = r"\d+(?:[.,]\d+)? ?(?:%|percent|prozent)"
_DEPOSIT = re.compile(rf"^deposit$|{_SHARE}.{{0,20}}\bdeposit\b|\bdeposit\b.{{0,20}}{_SHARE}")


def is_prepayment(description: str) -> bool:
    """Whether a line's text asks for money in advance."""
    text = text_key(description)
    return bool(_WORDS.search(text) or _DEPOSIT.search(text))
