"""A supplier becomes a vendor of the ledger; bank details never travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from connectors.documents import Address, Contact, LedgerVendor, Supplier
from sync.domain.booking import BookingContext, ledger_currency
from sync.domain.mapping import PAYMENT_TERMS
from sync.domain.reasons import Reason, from_problem, reason, unique

_Item = TypeVar("_Item", Address, Contact)

# Which address and contact stand for the vendor, best first; anything else comes after.
_ADDRESSES = ("main", "physical", "remitto", "fulfillment")
_CONTACTS = ("main", "remitto", "fulfillment")
# Cutting one of these would make it another one.
_NEVER_CUT = ("email", "website", "tax_number")


@dataclass(frozen=True, slots=True)
class VendorBooking:
    """The vendor to write; `reasons` hold it back, `field_reasons` one field each.

    A field that is held back is left empty in `vendor` and the rest is written; the keys are
    fields of LedgerVendor.
    """

    vendor: LedgerVendor | None = None
    reasons: tuple[Reason, ...] = ()
    field_reasons: Mapping[str, Reason] | None = None
    notes: tuple[str, ...] = ()


def book_vendor(supplier: Supplier, context: BookingContext) -> VendorBooking:
    """Turn a supplier into a vendor as the source sees it; the owners of fields come later."""
    reasons = [from_problem(problem, document=supplier.source_id) for problem in supplier.problems]
    if not supplier.approved:
        reasons.append(
            reason(
                "supplier_blocked",
                supplier=supplier.erp_number or supplier.source_id,
                state="not approved for the ledger",
            )
        )
    if reasons:
        return VendorBooking(reasons=unique(reasons))
    held: dict[str, Reason] = {}
    contact = _best(supplier.contacts, _CONTACTS)
    texts = _texts(supplier, contact, context, held)
    vendor = LedgerVendor(
        number=supplier.erp_number,
        name=supplier.name,
        address=_best(tuple(a for a in supplier.addresses if a.active), _ADDRESSES) or Address(),
        phone=supplier.phone or (contact.phone if contact else ""),
        currency=_currency(supplier, context, held),
        payment_terms_code=_terms(supplier, context, held),
        blocked="" if supplier.active else "all",
        source_reference=supplier.source_id,
        **texts,
    )
    return VendorBooking(vendor, field_reasons=held)


def _texts(
    supplier: Supplier,
    contact: Contact | None,
    context: BookingContext,
    held: dict[str, Reason],
) -> dict[str, str]:
    texts = {
        "email": supplier.email or (contact.email if contact else "") or "",
        "website": supplier.website or "",
        "tax_number": supplier.tax_number or "",
    }
    for name in _NEVER_CUT:
        longest = context.length(f"vendor.{name}")
        if len(texts[name]) > longest:
            held[name] = reason(
                "too_long",
                field=name.replace("_", " "),
                length=len(texts[name]),
                limit=longest,
                value=texts[name],
                document=supplier.source_id,
            )
            texts[name] = ""
    return texts


def _currency(supplier: Supplier, context: BookingContext, held: dict[str, Reason]) -> str | None:
    reasons: list[Reason] = []
    code = ledger_currency(supplier.currency, None, context, reasons)
    if reasons:
        held["currency"] = reasons[0]
    return code


def _terms(supplier: Supplier, context: BookingContext, held: dict[str, Reason]) -> str | None:
    """Terms that are not mapped hold back this field only."""
    if not supplier.terms.code:
        return None
    target = context.targets.resolve(PAYMENT_TERMS, supplier.terms.code, None)
    if isinstance(target, Reason):
        held["payment_terms_code"] = target
        return None
    return target


def _best(items: tuple[_Item, ...], kinds: tuple[str, ...]) -> _Item | None:
    """Give the item of the best kind; of equal ones the first."""
    ranks = {kind: place for place, kind in enumerate(kinds)}
    return min(items, key=lambda item: ranks.get(item.kind.casefold(), len(kinds)), default=None)
