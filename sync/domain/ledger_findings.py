"""What reconciliation finds in the ledger: kinds with their words, and the judgments behind them.

Pure. The connector says how single records deviate; here it becomes something a person can act on,
and two things are judged that no single record shows: a cost that invoice and journal both booked,
and an order whose open commitment is not what our invoices left of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from connectors.documents import OrderStanding
from connectors.standing import Deviating, Deviation, Inspection, OrderedLine
from sync.domain.order_usage import taken_by_place, whole_of
from sync.domain.reasons import Owner
from sync.matching.context import Usage

_ZERO = Decimal(0)
_MOST_DIFFERENCES = 20


class FindingKind(StrEnum):
    """How the ledger differs from what was written to it."""

    MISSING = "missing"
    CHANGED = "changed"
    DOUBLED = "doubled"
    CANCELLED = "cancelled"
    TAX_TAKEN_OUT = "tax_taken_out"
    BOOKED_TWICE = "booked_twice"
    COMMITMENT = "commitment"
    UNPOSTED = "unposted"


class FindingText(NamedTuple):
    """The words of a kind of finding, and whose turn it is."""

    title: str
    owner: Owner
    why: str
    fix: str


TEXTS: Mapping[FindingKind, FindingText] = {
    FindingKind.MISSING: FindingText(
        "Deleted in the ledger",
        Owner.FINANCE,
        "It was written, and stands in the ledger no more.",
        "Ask who deleted it in NAV. If it must be booked, type it there again and reject it here,"
        " or restore it.",
    ),
    FindingKind.CHANGED: FindingText(
        "Changed in the ledger",
        Owner.FINANCE,
        "The ledger shows something else than what was written.",
        "Compare both values with the supplier's paper and correct the one that is wrong in NAV.",
    ),
    FindingKind.DOUBLED: FindingText(
        "Doubled in the ledger",
        Owner.FINANCE,
        "The ledger holds it more than once.",
        "Delete the copy in NAV, or cancel it where it is posted.",
    ),
    FindingKind.CANCELLED: FindingText(
        "Cancelled in the ledger",
        Owner.FINANCE,
        "It was written, and somebody cancelled or reversed it in the ledger.",
        "Cancel it at the source too, or enter it in NAV again.",
    ),
    FindingKind.TAX_TAKEN_OUT: FindingText(
        "Tax taken out of the journal",
        Owner.FINANCE,
        "Posting the journal split tax off: its entries are not what its lines were.",
        "Correct the posted entry in NAV, and clear Gen. Posting Type on the account's card, or"
        " Copy VAT Setup to Jnl. Lines on the batch, so that it does not happen again.",
    ),
    FindingKind.BOOKED_TWICE: FindingText(
        "Cost booked twice",
        Owner.FINANCE,
        "The invoice and the journal are both posted, and both book the cost.",
        "Reverse the journal entry in NAV, and let the policy book invoice lines on the balancing"
        " account.",
    ),
    FindingKind.COMMITMENT: FindingText(
        "Open commitment differs",
        Owner.PROCUREMENT,
        "The ledger's order keeps another open quantity than our invoices left of it.",
        "Set the policy of orders to reduce what was invoiced, or close the rest of the order in"
        " NAV.",
    ),
    FindingKind.UNPOSTED: FindingText(
        "Still a draft in the ledger",
        Owner.FINANCE,
        "The ledger took the order to post it, in the background, and has not posted it.",
        "Look at the job queue's entries in NAV, mend what stops it, and post the draft there.",
    ),
}


@dataclass(frozen=True, slots=True)
class Found:
    """One finding about one effect of a document; differences are (field, ours, ledger)."""

    kind: FindingKind
    effect: str
    differences: tuple[tuple[str, str, str], ...]


def from_deviations(effect: str, deviations: Iterable[Deviation]) -> list[Found]:
    """Gather an effect's deviations into one finding per kind."""
    gathered: dict[FindingKind, list[tuple[str, str, str]]] = {}
    for each in deviations:
        kind = FindingKind(each.how.value)
        gathered.setdefault(kind, []).append((each.field, each.ours, each.theirs))
    return [
        Found(kind, effect, tuple(differences[:_MOST_DIFFERENCES]))
        for kind, differences in gathered.items()
    ]


def booked_twice(invoice: Inspection, journal: Inspection) -> Found | None:
    """Say that a cost stands twice: both are posted and book on the same side of one account.

    Where the journal moves the cost from the balancing account, both meet there with opposite
    signs, which is right.
    """
    if not (invoice.posted and journal.posted):
        return None
    twice = [
        (f"account {account}", _plain(amount), _plain(journal.booked[account]))
        for account, amount in sorted(invoice.booked.items())
        if amount * journal.booked.get(account, _ZERO) > _ZERO
    ]
    return Found(FindingKind.BOOKED_TWICE, "journal", tuple(twice)) if twice else None


def unposted(effect: str, inspected: Inspection) -> Found | None:
    """Say that what the ledger was to post is a draft still: companies may post in the background,
    where the call returns before posting is done (NAV contract, purchase invoices: post)."""
    is_gone = any(each.how is Deviating.MISSING for each in inspected.deviations)
    if inspected.posted or is_gone:
        return None
    return Found(FindingKind.UNPOSTED, effect, (("status", "posted", "draft"),))


def commitment(
    standing: OrderStanding, lines: Sequence[OrderedLine], used: Mapping[int, Usage]
) -> Found | None:
    """Compare what the ledger keeps open of an order with what our invoices left of it."""
    by_place = {line.place: line for line in lines}
    taken = taken_by_place(standing, used)
    differing = []
    for line in standing.lines:
        there = by_place.get(line.place)
        if line.retired or there is None:
            continue
        ours = whole_of(line) - max(taken[line.place], there.invoiced)
        theirs = there.ordered - there.invoiced
        if ours != theirs:
            differing.append((f"lines[{line.place}]", _plain(ours), _plain(theirs)))
    if not differing:
        return None
    return Found(FindingKind.COMMITMENT, "purchase_order", tuple(differing[:_MOST_DIFFERENCES]))


def _plain(amount: Decimal) -> str:
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
