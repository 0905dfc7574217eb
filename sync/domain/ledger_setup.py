"""What was found out about a ledger's set-up stays until the ledger or a person says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from connectors.documents import LedgerSetup, SetupSource

PLACE_KEY = "shortcut dimension "  # and its code: what waits for the place of that dimension
CURRENCY_KEY = "local currency"  # what documents wait for that only the local currency decides


def with_known(read: LedgerSetup, known: LedgerSetup | None) -> LedgerSetup:
    """Return a set-up as it was read now, with what was known before and is not shown any more.

    What a person's settings said goes with them.
    """
    if known is None:
        return read
    return _with_currency(_with_dimensions(read, known), known)


def _with_currency(read: LedgerSetup, known: LedgerSetup) -> LedgerSetup:
    is_gone = known.local_currency_from is SetupSource.SETTINGS
    is_foreign = known.local_currency in (read.foreign_currencies or ())
    if read.local_currency or is_gone or is_foreign:
        return read
    return replace(read, local_currency=known.local_currency)


def _with_dimensions(read: LedgerSetup, known: LedgerSetup) -> LedgerSetup:
    is_open = read.global_dimensions_from is SetupSource.EVIDENCE
    if not is_open or known.global_dimensions_from is SetupSource.SETTINGS:
        return read
    still = [name if name in read.dimensions else "" for name in known.global_dimensions]
    return with_places(read, still)


def with_places(setup: LedgerSetup, names: Sequence[str]) -> LedgerSetup:
    """Return a set-up whose open places are taken by `names`, each standing at its place."""
    places = list(setup.global_dimensions)
    places += [""] * (len(names) - len(places))
    for place, name in enumerate(names):
        if name and not places[place] and name not in places:
            places[place] = name
    while places and not places[-1]:
        places.pop()
    return replace(setup, global_dimensions=tuple(places))


def candidates(setup: LedgerSetup, currencies: Iterable[str]) -> list[str]:
    """Return which of these codes may be the local currency: those that the ledger does not list.

    The local currency is a setup code and no currency record (NAV contract 8), and its code is that
    of ISO 4217.
    """
    listed = set(setup.foreign_currencies or ())
    codes = {currency.strip().upper() for currency in currencies} - listed
    return sorted(each for each in codes if len(each) == 3 and each.isalpha() and each.isascii())
