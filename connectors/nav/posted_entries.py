"""Is what stands posted under a journal's number the entry that we wanted? Pure; both dialects.

A number alone proves nothing: a person may type it, or copy our lines into another period. So
accounts, amounts and posting date are compared, and our external number where it is shown; what
differs is for a person to decide (reliability 1.2).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.inspected_entries import Part, by_account


@dataclass(frozen=True, slots=True)
class Posting(Part):
    """A posted amount on an account; what the ledger does not show is None or blank."""

    posted_on: date | None = None
    external_number: str = ""
    document_type: str = ""


def of_journal(
    wanted: Sequence[Posting], rows: Sequence[Row], read: Callable[[Row], Posting]
) -> list[Row]:
    """Return those entries under our number that our journal may have left.

    A journal line has no document type (NAV contract 4.8); a purchase invoice that NAV happened to
    give the same number has one. Finance may have given ours one before they posted it, and the
    batch has hidden it since: entries that book each line as we wanted it are no other document's.
    """
    plain = [row for row in rows if not read(row).document_type]
    return plain or ([] if _missing(wanted, map(read, rows)) else list(rows))


def differences(
    wanted: Sequence[Posting], posted: Sequence[Posting], *, is_whole: bool
) -> tuple[str, ...]:
    """Name what was booked otherwise; of an entry that goes out in parts each line of this part
    must be there."""
    accounts = _differing(wanted, posted) if is_whole else _missing(wanted, posted)
    found = [f"account {account}" for account in sorted(accounts)]
    days = {each.posted_on for each in wanted if each.posted_on}
    if days and any(each.posted_on and each.posted_on not in days for each in posted):
        found.append("posting date")
    if any(each.document_type for each in posted):
        found.append("document type")
    numbers = {odata.key(each.external_number) for each in wanted}
    shown = {odata.key(each.external_number) for each in posted if each.external_number}
    if shown - numbers:
        found.append("external document number")
    return tuple(found)


def _differing(wanted: Iterable[Posting], posted: Iterable[Posting]) -> set[str]:
    """Return the accounts whose sums differ: finance may have split a line, or put two together."""
    ours, theirs = by_account(wanted), by_account(posted)
    return {each for each in ours | theirs if ours.get(each) != theirs.get(each)}


def _missing(wanted: Iterable[Posting], posted: Iterable[Posting]) -> set[str]:
    """Return the accounts of lines that are not there with their amounts."""
    there = Counter(_line(each) for each in posted)
    return {account for account, _ in Counter(_line(each) for each in wanted) - there}


def _line(posting: Posting) -> tuple[str, Decimal]:
    return odata.code(posting.account), posting.amount
