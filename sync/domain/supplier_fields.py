"""Which side's value of a supplier's field holds (domain rules 1b).

Pure. Each field has an owner in the policy. What both sides said when they were compared last is
remembered: only a side that differs from its own last value has changed it. Our own write is such a
value, so that reading it back changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.documents import LedgerVendor, Supplier
from sync.domain.policy import Owners
from sync.domain.references import text_key
from sync.domain.vendors import VendorView, address_differs, tax_key

_STRICTNESS = {"": 0, "payment": 1, "all": 2}
_ADDRESS = ("line1", "line2", "city", "postal_code", "country")

Memory = Mapping[str, Mapping[str, str]]  # field -> {"source": value, "ledger": value}


class Outcome(StrEnum):
    KEEP = "keep"
    WRITE = "write"  # the source's value goes to the ledger
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """What becomes of one field; `writes` names the vendor's fields that carry it."""

    field: str
    source: str
    ledger: str
    outcome: Outcome
    writes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    owner: str
    source: str
    ledger: str
    differs: bool
    writes: tuple[str, ...]


def compare(
    wanted: LedgerVendor, vendor: VendorView, owners: Owners, before: Memory
) -> tuple[FieldVerdict, ...]:
    """Judge every field; `before` is empty when both sides meet for the first time."""
    return tuple(
        FieldVerdict(
            one.name, one.source, one.ledger, _judge(one, before.get(one.name)), one.writes
        )
        for one in _fields(wanted, vendor, owners)
    )


def remembered(verdicts: Iterable[FieldVerdict], before: Memory) -> dict[str, dict[str, str]]:
    """Return what to remember after these verdicts.

    A value that we write is remembered beside what stood before, since the write may be refused. A
    conflict is not remembered: it lasts until both sides agree.
    """
    return {one.field: _remembered(one, before.get(one.field)) for one in verdicts}


def _remembered(one: FieldVerdict, before: Mapping[str, str] | None) -> dict[str, str]:
    said = {"source": one.source, "ledger": one.ledger}
    if one.outcome is Outcome.WRITE:
        return {**(before or said), "written": one.source}
    if before is None:
        return said
    if one.outcome is Outcome.CONFLICT:
        return dict(before)
    return {**said, "written": before["written"]} if _is_ours(one.ledger, before) else said


def _is_ours(ledger: str, before: Mapping[str, str]) -> bool:
    return before.get("written") == ledger


def bank_digests(supplier: Supplier) -> str:
    """Return what tells two sets of bank accounts apart; their order does not matter."""
    return " ".join(sorted(account.digest for account in supplier.bank_accounts))


def _judge(one: _Field, before: Mapping[str, str] | None) -> Outcome:
    if not one.differs:
        return Outcome.KEEP
    if one.owner == "stricter":
        return _stricter(one, before)
    if not one.source:
        return Outcome.KEEP  # the source says nothing about it
    if one.owner == "source":
        return Outcome.WRITE
    if one.owner == "ledger" or before is None:
        return Outcome.KEEP
    if one.source in (before["source"], before.get("written")) and not _refused(one, before):
        return Outcome.KEEP
    if one.owner == "person":
        return Outcome.CONFLICT
    ledger_changed = one.ledger != before["ledger"] and not _is_ours(one.ledger, before)
    return Outcome.CONFLICT if ledger_changed else Outcome.WRITE


def _refused(one: _Field, before: Mapping[str, str]) -> bool:
    """Whether what we wanted to write is not there: what stood before stands still."""
    return before.get("written") == one.source and one.ledger == before["ledger"]


def _stricter(one: _Field, before: Mapping[str, str] | None) -> Outcome:
    """Blocked by either side holds; only the side that blocked may lift it (1b, 12)."""
    if _STRICTNESS.get(one.source, 0) > _STRICTNESS.get(one.ledger, 0):
        return Outcome.WRITE
    return Outcome.WRITE if before is not None and _is_ours(one.ledger, before) else Outcome.KEEP


def _fields(wanted: LedgerVendor, vendor: VendorView, owners: Owners) -> tuple[_Field, ...]:
    """Put both sides' fields next to each other; money-relevant ones are never written by us."""
    theirs = vendor.attributes
    address = wanted.address

    def plain(name: str, owner: str, source: str | None, key: str, write: str = "") -> _Field:
        ours, found = (source or "").strip(), theirs.get(key, "")
        differs = text_key(ours) != text_key(found)
        return _Field(name, owner, ours, found, differs, (write or name,))

    status = _Field(
        "status",
        owners.status,
        wanted.blocked,
        theirs.get("blocked", ""),
        wanted.blocked != theirs.get("blocked", ""),
        ("blocked",),
    )
    tax = (wanted.tax_number or "", theirs.get("tax_number", ""))
    return (
        _Field(
            "name",
            owners.name,
            wanted.name,
            vendor.name,
            text_key(wanted.name) != text_key(vendor.name),
            ("name",),
        ),
        _Field(
            "address",
            owners.address,
            ", ".join(getattr(address, part) for part in _ADDRESS) if address.line1 else "",
            ", ".join(theirs.get(part, "") for part in _ADDRESS),
            bool(address.line1) and address_differs(wanted, vendor),
            ("address",),
        ),
        plain("email", owners.contact, wanted.email, "email"),
        plain("phone", owners.contact, wanted.phone, "phone"),
        plain("website", owners.contact, wanted.website, "website"),
        plain(
            "payment terms",
            owners.payment_terms,
            wanted.payment_terms_code,
            "payment_terms",
            "payment_terms_code",
        ),
        status,
        _Field("tax number", "person", *tax, tax_key(tax[0]) != tax_key(tax[1]), ()),
        plain("currency", "person", wanted.currency, "currency"),
    )
