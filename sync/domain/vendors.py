"""A supplier becomes the ledger's vendor: which one it is, and what would be written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from connectors.documents import Address, Contact, LedgerVendor, Supplier
from sync.domain.mapping import MappingTable
from sync.domain.references import name_key, text_key

_ADDRESS_ORDER = ("physical", "fulfillment", "remitto", "")
_ADDRESS_PARTS = ("line1", "line2", "city", "postal_code", "country")
_KEY_LENGTH = 250  # as they are stored
_CONTACT_ORDER = ("remitto", "fulfillment", "technical", "")


@dataclass(frozen=True, slots=True)
class VendorView:
    """A vendor as the ledger's reference data shows it."""

    number: str
    remote_id: str
    name: str
    attributes: Mapping[str, str]

    @property
    def address(self) -> Address:
        said = self.attributes
        return Address(
            **{part: said.get(part, "") for part in (*_ADDRESS_PARTS, "state")},
        )


@dataclass(frozen=True, slots=True)
class Identified:
    """The counterpart of a supplier: `vendor` on a strong hit, else `candidates` to choose from."""

    vendor: VendorView | None = None
    candidates: tuple[VendorView, ...] = ()
    by: str = ""  # mapping | number | tax number


def identify(
    supplier: Supplier, vendors: Iterable[VendorView], mapped_to: str | None
) -> Identified:
    """Find the vendor of a supplier: by mapping, number, then a tax or registration number
    that only one has.

    Same name and country is a weak hit: it is proposed, never bound (domain rule 1b, 4). A country
    that one of them does not say may be the same one.
    """
    vendors = tuple(vendors)
    for by, number in (("mapping", mapped_to), ("number", supplier.erp_number)):
        found = [v for v in vendors if number and v.number == number.strip().upper()]
        if found:
            return Identified(found[0], by=by)
    tax = tax_key(supplier.tax_number)
    same_tax = [v for v in vendors if tax and tax_key(v.attributes.get("tax_number")) == tax]
    if len(same_tax) == 1:
        return Identified(same_tax[0], by="tax number")
    own = tax_key(supplier.registration_number)
    registered = [
        v for v in vendors if own and tax_key(v.attributes.get("registration_number")) == own
    ]
    if len(registered) == 1 and not same_tax:
        return Identified(registered[0], by="registration")
    alike = [v for v in vendors if name_key(v.name) == name_key(supplier.name)]
    country = (supplier.country or "").upper()
    weak = [v for v in alike if country in ("", _country(v) or country)]
    candidates = {v.remote_id: v for v in (*same_tax, *registered, *weak)}
    return Identified(candidates=tuple(candidates.values()))


def why_alike(supplier: Supplier, vendor: VendorView) -> str:
    """Say what a candidate has in common with the supplier, in words for who chooses."""
    said = vendor.attributes
    shared = []
    for name, ours in (
        ("tax number", supplier.tax_number),
        ("registration number", supplier.registration_number),
    ):
        key = tax_key(ours)
        if key and key == tax_key(said.get(name.replace(" ", "_"))):
            shared.append(f"same {name}")
    if name_key(vendor.name) == name_key(supplier.name):
        country = (supplier.country or "").upper()
        near = country and country == _country(vendor)
        shared.append("same name and country" if near else "same name")
    return ", ".join(shared) or "it was proposed"


def vendor_keys(name: str, attributes: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return (kind, key) of what a vendor is found by besides its number, in its one spelling."""
    return _keys(name, attributes.get("tax_number"), attributes.get("registration_number"))


def supplier_keys(supplier: Supplier) -> list[tuple[str, str]]:
    """Return the keys of `vendor_keys` under which a supplier's vendor would be found."""
    return _keys(supplier.name, supplier.tax_number, supplier.registration_number)


def _keys(name: str, tax_number: str | None, registration: str | None) -> list[tuple[str, str]]:
    found = (
        ("name", name_key(name)),
        ("tax", tax_key(tax_number)),
        ("registration", tax_key(registration)),
    )
    return [(kind, key[:_KEY_LENGTH]) for kind, key in found if key]


def _country(vendor: VendorView) -> str:
    return vendor.attributes.get("country", "").strip().upper()


def number_in(supplier: Supplier, units: Sequence[str]) -> str | None:
    """Return the vendor number of a supplier in a company: where the source has another one for
    each business unit, that of the company's first unit which has one (domain rule 1b, 6)."""
    own = [supplier.vendor_numbers[unit] for unit in units if unit in supplier.vendor_numbers]
    if not units and not supplier.erp_number:  # one number for all of them
        own = sorted(set(supplier.vendor_numbers.values()))
        own = own if len(own) == 1 else []
    known = (supplier.erp_number or "").strip().upper()
    if not own or known in {number.strip().upper() for number in own}:
        return supplier.erp_number
    return own[0]


def dated_parents(
    before: Sequence[Mapping[str, str]], parent: str | None, today: date, *, is_new: bool
) -> list[Mapping[str, str]]:
    """Return a supplier's parents with the day from which each holds (domain rule 1b, 15).

    A supplier that gets its first parent later than it came had none until then.
    """
    last = before[-1]["parent"] if before else ""
    if (parent or "") == last:
        return list(before)
    none = [] if before or is_new else [{"parent": "", "since": ""}]
    return [*before, *none, {"parent": parent or "", "since": today.isoformat()}]


def parent_on(dated: Sequence[Mapping[str, str]], day: date) -> str:
    """Return the parent that held on a day; the first one held for all the time before, too."""
    held = [each for each in dated[1:] if each["since"] <= day.isoformat()]
    return (held or list(dated[:1]))[-1]["parent"] if dated else ""


def ledger_vendor(supplier: Supplier, terms: MappingTable, *, create_blocked: bool) -> LedgerVendor:
    """Return the vendor to create; bank details are never part of it."""
    address = primary_address(supplier)
    contact = primary_contact(supplier)
    return LedgerVendor(
        number=(supplier.erp_number or "").strip().upper() or None,
        name=supplier.name,
        address=address,
        email=supplier.email or contact.email,
        phone=supplier.phone or contact.phone,
        website=supplier.website or "",
        tax_number=supplier.tax_number or "",
        currency=supplier.currency,
        payment_terms_code=terms.optional(supplier.terms.code),
        blocked="all" if create_blocked else "",
        source_reference=supplier.source_id,
    )


def tax_key(number: str | None) -> str:
    return "".join(c for c in (number or "").upper() if c.isalnum())


def primary_address(supplier: Supplier) -> Address:
    """Return the address a vendor card shows: an active one, the physical one first."""
    active = [address for address in supplier.addresses if address.active]
    ranked = sorted(active, key=lambda a: _rank(a.kind, _ADDRESS_ORDER))
    chosen = ranked[0] if ranked else Address()
    if chosen.country or not supplier.country:
        return chosen
    return Address(country=supplier.country) if not ranked else chosen


def primary_contact(supplier: Supplier) -> Contact:
    ranked = sorted(supplier.contacts, key=lambda c: _rank(c.kind, _CONTACT_ORDER))
    return ranked[0] if ranked else Contact()


def address_text(address: Address) -> str:
    """Return an address as people read it and as it is remembered; empty where it says nothing."""
    text = ", ".join(getattr(address, part) for part in _ADDRESS_PARTS)
    return text if text.strip(", ") else ""


def _rank(kind: str, order: tuple[str, ...]) -> int:
    return order.index(kind) if kind in order else len(order)


def address_differs(wanted: LedgerVendor, vendor: VendorView) -> bool:
    """Whether a part of the address differs that the ledger did not merely shorten."""
    ours, theirs = wanted.address, vendor.address
    return any(
        not same_or_shortened(getattr(ours, part), getattr(theirs, part)) for part in _ADDRESS_PARTS
    )


def same_or_shortened(text: str, kept: str) -> bool:
    """Whether the ledger keeps a text: what it had to shorten, with an ellipsis, is the same."""
    ours, theirs = text_key(text), text_key(kept)
    shortened = theirs.removesuffix("…").removesuffix("...").rstrip()
    return ours == theirs or (shortened != theirs and ours.startswith(shortened))
