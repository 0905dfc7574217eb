"""Which side's value of a supplier's field holds (domain rules 1b).

Pure. Each field has an owner in the policy. What both sides said when they were compared last is
remembered, and so is every value that we wrote to either side: only a side that shows something
else has been edited. An empty value is no statement: it is neither carried over nor does it clear
what the other side says. The status alone says something when it is empty: nothing is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from connectors.documents import LedgerVendor, Supplier
from sync.domain.policy import Owners
from sync.domain.references import text_key
from sync.domain.vendors import (
    VendorView,
    address_differs,
    address_text,
    same_or_shortened,
    tax_key,
)

_STRICTNESS = {"": 0, "payment": 1, "all": 2}
STATUS = "status"
SOURCE, LEDGER = "source", "ledger"

Said = Mapping[str, str]  # source, ledger: as seen last; to_source, to_ledger: as written by us
Memory = Mapping[str, Said]  # by field


class Outcome(StrEnum):
    """What is done about one field of a supplier and its vendor."""

    KEEP = "keep"
    WRITE = "write"  # `value` goes to the ledger
    WRITE_BACK = "write_back"  # `value` goes to the source
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be written: nothing is attempted that a side does not take."""

    ledger: bool = True
    source: frozenset[str] = frozenset()  # names of fields
    confirmed: frozenset[str] = frozenset()  # fields whose last value the source confirmed to take


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """What becomes of one field.

    `value` is what the other side is to say, `writes` names the vendor's fields that carry it.
    `overruled` is a value that somebody entered and that the owner's value replaces.
    """

    field: str
    source: str
    ledger: str
    outcome: Outcome
    writes: tuple[str, ...]
    owner: str = ""
    value: str = ""
    overruled: str = ""
    held: Mapping[str, str] = field(default_factory=dict)  # status: what each side holds itself
    hidden: str | None = None  # what the source still shows of old
    is_one_sided: bool = False  # edited on a side, and the other one does not take it


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    owner: str
    source: str
    ledger: str
    same: bool
    writes: tuple[str, ...]
    key: Callable[[str], str] = text_key
    only_by_choice: bool = False  # money-relevant: a person decides

    def verdict(self, outcome: Outcome, value: str, **more: Any) -> FieldVerdict:
        return FieldVerdict(
            field=self.name,
            source=self.source,
            ledger=self.ledger,
            outcome=outcome,
            writes=self.writes,
            owner=self.owner,
            value=value,
            **more,
        )


def compare(
    wanted: LedgerVendor,
    vendor: VendorView,
    owners: Owners,
    before: Memory,
    reach: Reach | None = None,
    choices: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[FieldVerdict, ...]:
    """Judge every field; `before` is empty when both sides meet for the first time.

    `choices` are what people decided: field -> side, with both values as they stood then; a choice
    holds as long as they stand.
    """
    reach = reach or Reach()
    return tuple(
        _judged(one, before.get(one.name), reach, (choices or {}).get(one.name))
        for one in _fields(wanted, vendor, owners)
    )


def remembered(verdicts: Iterable[FieldVerdict], before: Memory) -> dict[str, dict[str, str]]:
    """Return what to remember after these verdicts.

    What we write is remembered beside what stood before, since the write may be refused. A conflict
    is not remembered: it lasts until both sides agree or a person has chosen.
    """
    return {one.field: _remembered(one, before.get(one.field)) for one in verdicts}


def bank_digests(supplier: Supplier) -> str:
    """Return what tells two sets of bank accounts apart; their order does not matter."""
    return " ".join(sorted(account.digest for account in supplier.bank_accounts))


# Memory.


def _remembered(one: FieldVerdict, before: Said | None) -> dict[str, str]:
    if before is not None and (one.is_one_sided or one.outcome is Outcome.CONFLICT):
        return dict(before)  # the last common value stays what both are compared with
    said = {SOURCE: one.source, LEDGER: one.ledger, **one.held}
    if one.hidden is not None:
        said |= {SOURCE: one.hidden, "to_source": (before or {}).get("to_source", one.source)}
    if one.outcome is Outcome.WRITE:
        stood = (before or said)[LEDGER]
        return {**said, LEDGER: stood, "to_ledger": one.value}
    if one.outcome is Outcome.WRITE_BACK:
        stood = (before or said)[SOURCE]
        return {**said, SOURCE: stood, "to_source": one.value}
    return said


def _pending(before: Said, side: str) -> str | None:
    """Return what we wrote to a side and have not seen there yet."""
    old = before.get("written") if side == LEDGER else None  # as it was called before
    return before.get(f"to_{side}", old)


def _is_edited(one: _Field, side: str, before: Said) -> bool:
    """Whether a person changed a side: it shows neither what it did nor what we wrote."""
    shown = one.key(one.source if side == SOURCE else one.ledger)
    pending = _pending(before, side)
    known = {one.key(before[side])} | ({one.key(pending)} if pending is not None else set())
    return shown not in known


# Judging.


def _judged(
    one: _Field, before: Said | None, reach: Reach, choice: Mapping[str, str] | None
) -> FieldVerdict:
    """Judge a field by what both sides hold: a source shows an edit only once it is exported again
    (JAGGAER contract 6.1), so what it confirmed to take counts until it shows something new."""
    pending = _pending(before, SOURCE) if before else None
    is_hidden = (
        pending is not None
        and one.name in reach.confirmed
        and one.key(one.source) == one.key(before[SOURCE])
    )
    if not is_hidden:
        return _verdict(one, before, reach, choice)
    said = _held(pending) if one.name == STATUS else pending
    shown = replace(one, source=said, same=one.key(said) == one.key(one.ledger))
    return replace(_verdict(shown, before, reach, choice), hidden=one.source)


def _verdict(
    one: _Field, before: Said | None, reach: Reach, choice: Mapping[str, str] | None
) -> FieldVerdict:
    if one.name == STATUS:
        return _status(one, before, reach)
    edited = {side: before is not None and _is_edited(one, side, before) for side in _SIDES}
    chosen = _chosen(one, choice)
    outcome = Outcome.KEEP
    if not one.same:
        outcome = _carry(one, chosen, reach) if chosen else _plain(one, before, edited, reach)
    return _made(one, outcome, edited, is_settled=bool(chosen))


_SIDES = (SOURCE, LEDGER)


def _chosen(one: _Field, choice: Mapping[str, str] | None) -> str:
    """Return the side that a person chose, "" when one of the values has changed since."""
    if choice is None or (choice[SOURCE], choice[LEDGER]) != (one.source, one.ledger):
        return ""
    return choice["side"]


def _made(
    one: _Field, outcome: Outcome, edited: Mapping[str, bool], *, is_settled: bool
) -> FieldVerdict:
    value = {Outcome.WRITE: one.source, Outcome.WRITE_BACK: one.ledger}.get(outcome, "")
    loser = ""
    if outcome is Outcome.WRITE and edited[LEDGER]:
        loser = one.ledger
    elif outcome is Outcome.WRITE_BACK and edited[SOURCE]:
        loser = one.source
    stays_apart = outcome is Outcome.KEEP and not one.same and any(edited.values())
    is_one_sided = stays_apart and not is_settled
    return one.verdict(outcome, value, overruled=loser, is_one_sided=is_one_sided)


def _plain(one: _Field, before: Said | None, edited: Mapping[str, bool], reach: Reach) -> Outcome:
    if one.owner in _SIDES:
        return _carry(one, one.owner, reach)
    if before is None:
        return Outcome.KEEP  # nobody edited anything: a first meeting changes nothing by itself
    edited = {SOURCE: edited[SOURCE] and bool(one.source), LEDGER: edited[LEDGER]}
    edited[LEDGER] = edited[LEDGER] and bool(one.ledger)
    if one.only_by_choice:
        differs_since = any(edited.values()) or one.key(before[SOURCE]) == one.key(before[LEDGER])
        return Outcome.CONFLICT if differs_since and one.source else Outcome.KEEP
    if all(edited.values()):
        return Outcome.CONFLICT
    side = next((side for side in _SIDES if edited[side]), _unapplied(one, before))
    return _carry(one, side, reach) if side else Outcome.KEEP


def _unapplied(one: _Field, before: Said) -> str:
    """Return the side whose value we wrote to the other one, where it did not arrive."""
    for side, other, shown, target in (
        (SOURCE, LEDGER, one.source, one.ledger),
        (LEDGER, SOURCE, one.ledger, one.source),
    ):
        pending = _pending(before, other)
        if pending is None or one.key(pending) != one.key(shown):
            continue
        if one.key(target) == one.key(before[other]):
            return side
    return ""


def _carry(one: _Field, side: str, reach: Reach) -> Outcome:
    """Carry a side's value over to the other one, where it says something and that one takes it."""
    if side == SOURCE:
        return Outcome.WRITE if one.source and reach.ledger else Outcome.KEEP
    return Outcome.WRITE_BACK if one.ledger and one.name in reach.source else Outcome.KEEP


def _status(one: _Field, before: Said | None, reach: Reach) -> FieldVerdict:
    """Judge what holds a supplier up: blocked by either side holds until that side lifts it.

    The source knows held or not, the ledger two grades. What each side holds by itself is kept
    apart from what we wrote there, so that a hold that we carried over is lifted again with the one
    it came from (1b, 12).
    """
    own = _holds(one, before)
    if one.owner == "stricter":
        target = max(own.values(), key=_grade)
    elif one.owner in _SIDES:
        target = own[one.owner]
    else:
        target = _latest(one, before, own)
    outcome = Outcome.KEEP
    if one.ledger != target and one.owner != LEDGER and reach.ledger:
        outcome = Outcome.WRITE
    elif bool(one.source) != bool(target) and one.owner != SOURCE and STATUS in reach.source:
        outcome = Outcome.WRITE_BACK
    held = {f"held_{side}": value for side, value in own.items()}
    return one.verdict(outcome, target if outcome is not Outcome.KEEP else "", held=held)


def _holds(one: _Field, before: Said | None) -> dict[str, str]:
    """Return what each side holds by itself: its last edit, not what we carried over to it."""
    own = {SOURCE: one.source, LEDGER: one.ledger}
    if before is None:
        return own
    for side in _SIDES:
        pending = _pending(before, side)
        shown, seen = own[side], before[side]
        if side == SOURCE:  # it cannot show which grade we wrote
            shown, seen = _held(shown), _held(seen)
            pending = pending if pending is None else _held(pending)
        if shown == pending and shown != seen:
            # What we wrote has arrived; the side itself says what it said before.
            own[side] = before.get(f"held_{side}", seen)
        elif shown == seen:
            own[side] = before.get(f"held_{side}", own[side])
    return own


def _latest(one: _Field, before: Said | None, own: Mapping[str, str]) -> str:
    """Return the status of the side that was edited; of both, the stricter."""
    if before is None:
        return one.ledger
    edited = [side for side in _SIDES if own[side] != before.get(f"held_{side}", before[side])]
    if not edited:
        return one.ledger
    return max((own[side] for side in edited), key=_grade)


def _held(word: str) -> str:
    return "all" if word else ""


def _grade(word: str) -> int:
    return _STRICTNESS.get(word, 2)


# Fields.


def _fields(wanted: LedgerVendor, vendor: VendorView, owners: Owners) -> tuple[_Field, ...]:
    """Put both sides' fields next to each other."""
    theirs = vendor.attributes

    def plain(
        name: str,
        owner: str,
        source: str | None,
        ledger: str,
        write: str = "",
        key: Callable[[str], str] = text_key,
    ) -> _Field:
        ours, found = (source or "").strip(), ledger.strip()
        same = key(ours) == key(found)
        return _Field(name, owner, ours, found, same, (write or name,), key, owner == "person")

    terms = theirs.get("payment_terms", "")
    return (
        _Field(
            "name",
            owners.name,
            wanted.name.strip(),
            vendor.name.strip(),
            same_or_shortened(wanted.name, vendor.name),
            ("name",),
        ),
        _Field(
            "address",
            owners.address,
            address_text(wanted.address) if wanted.address.line1 else "",
            address_text(vendor.address),
            bool(wanted.address.line1) and not address_differs(wanted, vendor),
            ("address",),
        ),
        plain("email", owners.contact, wanted.email, theirs.get("email", "")),
        plain("phone", owners.contact, wanted.phone, theirs.get("phone", "")),
        plain("website", owners.contact, wanted.website, theirs.get("website", "")),
        plain(
            "payment terms",
            owners.payment_terms,
            wanted.payment_terms_code,
            terms,
            "payment_terms_code",
        ),
        plain(STATUS, owners.status, wanted.blocked, theirs.get("blocked", ""), "blocked"),
        plain(
            "tax number",
            "person",
            wanted.tax_number,
            theirs.get("tax_number", ""),
            "tax_number",
            tax_key,
        ),
        plain("currency", "person", wanted.currency, theirs.get("currency", "")),
    )
