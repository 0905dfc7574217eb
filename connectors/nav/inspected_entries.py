"""What a journal left in the ledger against what its lines said. Pure; for both dialects."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from connectors.nav import odata
from connectors.standing import Deviating, Deviation, Inspection

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Part:
    """An amount on an account; `dimensions` is None where the ledger does not show them."""

    account: str
    amount: Decimal
    dimensions: Mapping[str, str] | None = None


def missing(what: str, ours: str, theirs: str = "not there") -> Deviation:
    return Deviation(Deviating.MISSING, what, ours, theirs)


def of_entry(
    number: str, ours: Sequence[Part], posted: Sequence[Part], waiting: Inspection | None
) -> Inspection:
    """Judge one document number of a journal; `waiting` is what still lies in its batch."""
    if not posted:
        return waiting or Inspection((missing("journal entry", number),))
    booked = by_account(posted)
    if waiting:
        twice = Deviation(
            Deviating.DOUBLED, "journal entry", number, "posted, and waiting in its batch again"
        )
        return Inspection((twice,), posted=True, booked=booked)
    found = tuple(_posted(number, ours, posted))
    return Inspection(found, posted=True, booked=booked)


def by_account(parts: Iterable[Part]) -> dict[str, Decimal]:
    """Sum up per account; what comes to zero is left out."""
    sums: dict[str, Decimal] = {}
    for part in parts:
        account = odata.code(part.account)
        sums[account] = sums.get(account, ZERO) + part.amount
    return {account: amount for account, amount in sums.items() if amount}


def times(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> int:
    """Return how often the ledger holds what we wrote; 0 where it holds something else."""
    if not ours or set(ours) != set(theirs):
        return 0
    account = next(iter(ours))
    often, rest = divmod(theirs[account], ours[account])
    exact = not rest and all(theirs[each] == ours[each] * often for each in ours)
    return int(often) if exact and often > 0 else 0


def _posted(number: str, ours: Sequence[Part], theirs: Sequence[Part]) -> Iterable[Deviation]:
    wanted, found = by_account(ours), by_account(theirs)
    often = times(wanted, found)
    if often > 1:
        yield Deviation(Deviating.DOUBLED, "journal entry", number, f"posted {often} times")
    elif wanted and not found:
        yield Deviation(Deviating.CANCELLED, "journal entry", number, "reversed")
    elif wanted != found:
        how = Deviating.TAX_TAKEN_OUT if _is_taken_out(wanted, found) else Deviating.CHANGED
        for account in sorted(wanted.keys() | found.keys()):
            before, after = wanted.get(account, ZERO), found.get(account, ZERO)
            if before != after:
                yield Deviation(how, f"account {account}", _text(before), _text(after))
    else:
        yield from _dimensions(ours, theirs)


def _is_taken_out(ours: Mapping[str, Decimal], theirs: Mapping[str, Decimal]) -> bool:
    """NAV split tax off: accounts of ours hold less, an account of its own holds exactly that."""
    less = {each: ours[each] - theirs.get(each, ZERO) for each in ours}
    less = {each: amount for each, amount in less.items() if amount}
    other = {each: theirs[each] for each in theirs if each not in ours}
    smaller = all(abs(theirs.get(each, ZERO)) < abs(ours[each]) for each in less)
    return bool(less and other) and smaller and sum(less.values()) == sum(other.values())


def _dimensions(ours: Sequence[Part], theirs: Sequence[Part]) -> Iterable[Deviation]:
    """Compare the amounts per account and value of those dimensions that we gave the account."""
    if any(part.dimensions is None for part in theirs):
        return
    names: dict[str, set[str]] = {}
    for part in ours:
        names.setdefault(odata.code(part.account), set()).update(part.dimensions or {})
    wanted, found = _by_values(ours, names), _by_values(theirs, names)
    gone = [_spoken(each) for each in wanted if wanted[each] != found.get(each)]
    other = [_spoken(each) for each in found if found[each] != wanted.get(each)]
    if gone or other:
        yield Deviation(Deviating.CHANGED, "dimensions", "; ".join(gone), "; ".join(other))


def _by_values(
    parts: Sequence[Part], names: Mapping[str, set[str]]
) -> dict[tuple[str, ...], Decimal]:
    sums: dict[tuple[str, ...], Decimal] = {}
    for part in parts:
        account = odata.code(part.account)
        have = part.dimensions or {}
        values = [
            f"{name} {have[name]}" for name in sorted(names.get(account, ())) if have.get(name)
        ]
        key = (account, *values)
        sums[key] = sums.get(key, ZERO) + part.amount
    return {key: amount for key, amount in sums.items() if amount}


def _spoken(key: tuple[str, ...]) -> str:
    return ", ".join(key)


def _text(amount: Decimal) -> str:
    return format(amount, "f") if amount else "nothing"
