"""Suppliers in both forms: TSM suppliers and company profiles (JAGGAER contract 7.4)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from connectors.documents import Address, BankAccount, Contact, PaymentTerms, Readiness, Supplier
from connectors.jaggaer.countries import two_letters
from connectors.jaggaer.masking import digest_and_hint
from connectors.jaggaer.profile.values import as_text
from connectors.jaggaer.translate.reading import Reading, Values, currency_of, payment_terms

_SECRETS = ("iban", "routingNumber", "accountNumber")


def supplier(reading: Reading) -> Supplier:
    """Return the supplier of a record; what cannot be read is a problem of it."""
    contacts, vat = _contacts(reading), reading.text("vatId")
    tax_id = reading.text("taxId")
    return Supplier(
        reference=reading.text("erpNumber") or reading.source_id,
        name=reading.text("name") or "",
        erp_number=reading.text("erpNumber"),
        old_erp_number=reading.text("oldErpNumber"),
        third_party_ref=reading.text("thirdPartyRef"),
        ja_supplier_id=reading.text("jaSupplierId"),
        parent_source_id=reading.text("parentId"),
        parent_erp_number=reading.text("parentErpNumber"),
        approved=reading.values.get("approvedForErpSync", True),
        active=reading.readiness is not Readiness.CANCELLED,
        tax_number=vat or tax_id,
        registration_number=reading.text("registrationNumber") or (tax_id if vat else None),
        duns=reading.text("duns"),
        country=two_letters(reading.text("country")) or None,
        currency=currency_of(reading),
        website=reading.text("website"),
        email=reading.text("email") or _first(contact.email for contact in contacts),
        phone=reading.text("phone") or _first(contact.phone for contact in contacts),
        terms=_terms(reading),
        addresses=_addresses(reading),
        contacts=contacts,
        bank_accounts=_bank_accounts(reading),
        vendor_numbers={
            _text(values, "businessUnit"): _text(values, "vendorNumber")
            for _, values in reading.elements("businessUnitNumbers")
            if _text(values, "businessUnit") and _text(values, "vendorNumber")
        },
        other_names=tuple(
            name for key in ("doingBusinessAs", "otherNames") if (name := reading.text(key))
        ),
        **reading.common(),
    )


def _addresses(reading: Reading) -> tuple[Address, ...]:
    """All addresses, the primary one of each kind before the others."""
    primary = [_address_keys(values) for _, values in reading.elements("primaryAddresses")]
    stated = [values for _, values in reading.elements("addresses")]
    stated.sort(key=lambda values: not any(keys & _address_keys(values) for keys in primary))
    found = [
        Address(
            kind=_text(values, "type"),
            name=_text(values, "name"),
            line1=_text(values, "line1"),
            line2=", ".join(filter(None, (_text(values, "line2"), _text(values, "line3")))),
            city=_text(values, "city"),
            state=_text(values, "state"),
            postal_code=_text(values, "postalCode"),
            country=two_letters(_text(values, "country")),
            active=values.get("active", True),
        )
        for values in stated
    ]
    if not found and (reading.text("line1") or reading.text("city")):
        found = [_own_address(reading)]
    return tuple(found)


def _address_keys(values: Values) -> set[tuple[str, str, str]]:
    """What an address goes by: one ERP number may stand on addresses of different kinds."""
    kind = _text(values, "type").casefold()
    named = {(name, kind, _text(values, name)) for name in ("id", "erpNumber")}
    return {key for key in named if key[2]}


def _own_address(reading: Reading) -> Address:
    """The one address of a company profile, which stands on the record itself."""
    return Address(
        kind="main",
        name=reading.text("name") or "",
        line1=reading.text("line1") or "",
        line2=reading.text("line2") or "",
        city=reading.text("city") or "",
        state=reading.text("state") or "",
        postal_code=reading.text("postalCode") or "",
        country=two_letters(reading.text("country")),
    )


def _contacts(reading: Reading) -> tuple[Contact, ...]:
    found = []
    for _, values in reading.elements("contacts"):
        if values.get("active") is False:
            continue
        names = (_text(values, "firstName"), _text(values, "lastName"))
        found.append(
            Contact(
                name=" ".join(filter(None, names)) or _text(values, "name"),
                email=_text(values, "email"),
                phone=_text(values, "phoneNumber"),
                kind=_text(values, "type"),
            )
        )
    return tuple(found)


def _terms(reading: Reading) -> PaymentTerms:
    """Terms of the supplier itself, else of its primary or first active fulfillment center."""
    own = reading.terms()
    if own != PaymentTerms():
        return own
    centers = [
        values
        for _, values in reading.elements("fulfillmentCenters")
        if values.get("active", True) and payment_terms(values) != PaymentTerms()
    ]
    centers.sort(key=lambda values: not values.get("primary", False))
    return payment_terms(centers[0]) if centers else own


def _bank_accounts(reading: Reading) -> tuple[BankAccount, ...]:
    """Digests of bank details; a payee without an account number (a check) is none."""
    found = []
    for _, values in reading.elements("payees"):
        parts = {name: _text(values, name) for name in _SECRETS}
        if values.get("active") is False or not (parts["iban"] or parts["accountNumber"]):
            continue
        seen = {name: digest_and_hint(text, reading.salt) for name, text in parts.items() if text}
        whole = "|".join(f"{name}={digest}" for name, (digest, _) in sorted(seen.items()))
        found.append(
            BankAccount(
                digest=hashlib.sha256(whole.encode()).hexdigest()[:32],
                hint=(seen.get("iban") or seen["accountNumber"])[1],
                bank=_text(values, "bankName"),
                currency=_text(values, "currency"),
                country=two_letters(_text(values, "bankCountry")),
            )
        )
    return tuple(found)


def _first(texts: Iterable[str]) -> str | None:
    return next((text for text in texts if text), None)


def _text(values: Values, name: str) -> str:
    value = values.get(name)
    return "" if value is None else as_text(value).strip()
