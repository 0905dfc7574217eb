"""The words of every reason: sentence, owner, fix, and what groups the documents that share it.

Keys are codes of the product's API, or `code/variant` where one code needs another sentence. A
text without `cause` concerns its document alone. A reason is acceptable where it is a tolerance
or a suspected duplicate: a person may override those, nothing else.
"""

from sync.domain.reason_texts import amounts, coding, duplicates, orders, parties, states
from sync.domain.reason_texts.text import ReasonText

TEXTS: dict[str, ReasonText] = {
    **coding.MAPPINGS,
    **orders.ORDERS,
    **parties.PARTIES,
    **duplicates.DUPLICATES,
    **amounts.TOLERANCES,
    **orders.LINES,
    **amounts.TOTALS,
    **amounts.CREDITS,
    **states.STATES,
}

__all__ = ["TEXTS", "ReasonText"]
