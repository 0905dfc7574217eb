"""A supplier and its vendor brought together, field by field, in both directions (domain 1b).

What one side has to say goes to the other one as far as policy and rights allow; what only a person
can settle parks the supplier and holds back nothing but itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.documents import LedgerVendor, Readiness, Supplier, SupplierChange
from sync.domain.decision import Action, Bound, Decision, park
from sync.domain.mapping import MappingTable
from sync.domain.policy import SupplierPolicy
from sync.domain.reasons import Reason, reason
from sync.domain.supplier_fields import (
    STATUS,
    FieldVerdict,
    Outcome,
    Reach,
    bank_digests,
    compare,
    remembered,
)
from sync.domain.vendors import VendorView
from sync.models import Document

_ADDRESS = ("line1", "line2", "city", "state", "postal_code", "country")
_TERMS = "payment terms"


@dataclass(frozen=True)
class Meeting:
    """What is known when a supplier meets its vendor."""

    policy: SupplierPolicy
    terms: MappingTable
    source: Any  # the source's connector
    takes: frozenset[str] = frozenset()  # what the source lets us write of this supplier
    confirmed: Mapping[str, str] = field(default_factory=dict)  # field -> value it took last
    bank_checked: bool = False  # a person has seen to the bank details of this version
    pay_to: str = ""  # the vendor to be paid, where the card can say so
    open_documents: Sequence[str] = ()  # what would be held up by a block


def is_inactive(supplier: Supplier) -> bool:
    return not supplier.active or supplier.readiness is Readiness.CANCELLED


def merge(
    document: Document, supplier: Supplier, wanted: LedgerVendor, vendor: VendorView, met: Meeting
) -> Decision:
    """Bind a supplier to its vendor and bring both to the same state."""
    before = document.match or {}
    bound = Bound("vendor", vendor.remote_id, vendor.number)
    wanted = replace(wanted, blocked="all" if is_inactive(supplier) else "")
    verdicts = compare(
        wanted,
        vendor,
        met.policy.owners,
        before.get("fields", {}),
        _reach(met),
        before.get("choices"),
    )
    _say_who_blocks(document, supplier, verdicts)
    match = {
        "fields": remembered(verdicts, before.get("fields", {})),
        "bank": _bank(supplier, before, met),
        "choices": before.get("choices", {}),
        "pay_to": met.pay_to,
        "view": [_shown(one) for one in verdicts],
    }
    reasons = _open_questions(supplier, verdicts, before, met)
    effects = [
        *_to_ledger(replace(wanted, pay_to=met.pay_to), vendor, verdicts, before),
        *_to_source(supplier, vendor, verdicts, met),
    ]
    notes = tuple(_notes(verdicts, met))
    if effects:
        return Decision(
            Action.UPDATE,
            tuple(reasons),
            effects=tuple(effects),
            bound=bound,
            match=match,
            notes=notes,
        )
    if reasons:
        return replace(park(*reasons, bound=bound, match=match), notes=notes)
    return Decision(Action.SKIP, bound=bound, match=match, notes=notes)


def number_for(supplier: Supplier, number: str, met: Meeting) -> list[SupplierChange]:
    """Return the change that tells the source its vendor's number, "" where it is still to come."""
    said = (supplier.erp_number, *supplier.vendor_numbers.values(), met.confirmed.get("number"))
    known = {(each or "").strip().upper() for each in said} - {""}
    if "number" not in met.takes or number in known:
        return []
    return [met.source.change_of(supplier, {"number": number})]


def _reach(met: Meeting) -> Reach:
    if met.policy.direction == "to_ledger":
        return Reach()
    takes = met.takes | ({"address"} if "line1" in met.takes else frozenset())
    return Reach(met.policy.direction == "both", takes, frozenset(met.confirmed))


# Effects.


def _to_ledger(
    wanted: LedgerVendor,
    vendor: VendorView,
    verdicts: Iterable[FieldVerdict],
    before: Mapping[str, Any],
) -> list[LedgerVendor]:
    """Return the change of the vendor card. A pay-to vendor is set once: one that a person set
    afterwards stays."""
    written = [one for one in verdicts if one.outcome is Outcome.WRITE]
    is_new = wanted.pay_to not in ("", vendor.attributes.get("pay_to"), before.get("pay_to"))
    if not written and not is_new:
        return []
    blocked = next((one.value for one in written if one.field == STATUS), wanted.blocked)
    names = dict.fromkeys(name for one in written for name in one.writes)
    names |= {"pay_to": None} if is_new else {}
    return [
        replace(
            wanted,
            number=vendor.number,
            remote_id=vendor.remote_id,
            etag=vendor.attributes.get("etag", "*"),
            blocked=blocked,
            only=tuple(names),
        )
    ]


def _to_source(
    supplier: Supplier, vendor: VendorView, verdicts: Iterable[FieldVerdict], met: Meeting
) -> list[SupplierChange]:
    if met.policy.direction == "to_ledger":
        return []
    changes = number_for(supplier, vendor.number, met)
    fields: dict[str, str] = {}
    for one in verdicts:
        if one.outcome is Outcome.WRITE_BACK:
            fields |= _in_their_words(one, vendor, met)
    return changes + ([met.source.change_of(supplier, fields)] if fields else [])


def _in_their_words(one: FieldVerdict, vendor: VendorView, met: Meeting) -> dict[str, str]:
    if one.field == "address":
        said = {part: getattr(vendor.address, part) for part in _ADDRESS if part in met.takes}
        return {part: text for part, text in said.items() if text}
    if one.field == _TERMS:
        code = met.terms.source_of(one.value)
        return {_TERMS: code} if code else {}
    return {one.field: one.value}


def _say_who_blocks(
    document: Document, supplier: Supplier, verdicts: Iterable[FieldVerdict]
) -> None:
    """A hold that we carried over from the ledger is no block of the source: the ledger's grade
    says what it keeps out."""
    status = next(one for one in verdicts if one.field == STATUS)
    if is_inactive(supplier) and not status.held.get("held_source", "all"):
        document.blocked_because = ""


# Questions.


def _open_questions(
    supplier: Supplier, verdicts: Iterable[FieldVerdict], before: Mapping[str, Any], met: Meeting
) -> list[Reason]:
    """Say what only a person can settle: both sides changed a field, terms have no code on the
    other side, bank details changed."""
    code = supplier.erp_number or supplier.source_id
    verdicts = list(verdicts)
    found = [
        reason(
            "supplier_conflict",
            supplier=code,
            field=one.field.capitalize(),
            source_value=one.source or "nothing",
            ledger_value=one.ledger or "nothing",
            open_documents=list(met.open_documents) or None,
        )
        for one in verdicts
        if one.outcome is Outcome.CONFLICT
    ]
    found += _terms_without_code(supplier, verdicts, met)
    now = bank_digests(supplier)
    if before and before.get("bank", now) != now and not met.bank_checked:
        found.append(reason("bank_details_changed", supplier=code))
    return found


def _terms_without_code(
    supplier: Supplier, verdicts: Sequence[FieldVerdict], met: Meeting
) -> list[Reason]:
    """Payment terms that the ledger does not know hold back this field only (1b, 10)."""
    owner = met.policy.owners.payment_terms
    code = supplier.terms.code
    if owner == "ledger" or not code or met.terms.optional(code):
        return []
    unmapped = met.terms.resolve(code)
    return [unmapped] if isinstance(unmapped, Reason) else []


def _bank(supplier: Supplier, before: Mapping[str, Any], met: Meeting) -> str:
    """Return the bank details that were agreed to: the first ones, then those a person checked."""
    now = bank_digests(supplier)
    return now if met.bank_checked else before.get("bank", now)


def _notes(verdicts: Sequence[FieldVerdict], met: Meeting) -> Iterable[str]:
    for one in verdicts:
        name = one.field.capitalize()
        if one.overruled:
            loser = "ledger" if one.outcome is Outcome.WRITE else "source"
            yield (
                f"{name}: the {loser} said {one.overruled}; the value of the other side holds, "
                f"{one.value}."
            )
        if one.is_one_sided and one.owner != "person":
            yield f"{name}: {one.source or 'nothing'} at the source, {one.ledger} in the ledger."
        is_block = one.field == STATUS and one.outcome is Outcome.WRITE and one.value == "all"
        if is_block and met.open_documents:
            yield f"Open when the vendor was blocked: {', '.join(met.open_documents)}."
        is_told = one.field == _TERMS and one.outcome is Outcome.WRITE_BACK
        if is_told and not met.terms.source_of(one.value):
            yield f"Payment terms {one.value} have no code at the source: map one to them."


def _shown(one: FieldVerdict) -> dict[str, str]:
    return {
        "field": one.field,
        "source": one.source if one.hidden is None else one.hidden,
        "ledger": one.ledger,
        "owner": one.owner,
        "outcome": one.outcome.value,
        "value": one.value,
    }


__all__ = ["Meeting", "is_inactive", "merge", "number_for"]
