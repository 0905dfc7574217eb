"""Our documents as NAV's request bodies.

Bodies keep the order in which NAV must validate them (NAV contract 4.1, 4.6): the vendor before all
that it defaults, a line's type before its object. Decimals are strings here, because bodies are
stored before they are sent; `odata.wire_body` makes numbers of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import (
    JournalEntry,
    LedgerInvoice,
    LedgerLine,
    LedgerOrder,
    LedgerSetup,
    LedgerVendor,
)
from connectors.nav.kinds import DOCUMENTS, INVOICE, ORDER, SEQUENCE_STEP, DocumentKind
from connectors.nav.metadata import DEFAULT_LENGTHS
from connectors.nav.odata import code, encode_enum
from connectors.nav.texts import clean, exact, foreign_code, own_code, own_key, shorten

Body = dict[str, Any]

GL_ACCOUNT = encode_enum("G/L Account")
_BLOCKED = {"": encode_enum(""), "payment": "Payment", "all": "All"}
_FIRST_SLOT = 1_000_000
_SLOT = 128
_SLOTS = (2_147_483_647 - _FIRST_SLOT) // _SLOT - 1000


@dataclass(frozen=True, slots=True)
class Company:
    """What translation needs to know of a company."""

    setup: LedgerSetup

    def length(self, name: str) -> int:
        return self.setup.field_lengths.get(name) or DEFAULT_LENGTHS[name]

    def may_be_local(self, currency: str) -> bool:
        """Whether a currency could be the local one, as long as nobody knows that one."""
        setup = self.setup
        is_listed = currency in (setup.foreign_currencies or ())
        return bool(currency) and not setup.local_currency and not is_listed

    def currency(self, currency: str | None) -> str:
        """Return the currency to send: the local one is blank in NAV (contract 4.3)."""
        wanted = code(currency or "")
        if self.may_be_local(wanted):
            raise ValueError(f"whether {wanted} is the ledger's local currency is not known")
        return "" if wanted == code(self.setup.local_currency) else wanted


# Vendors.


def vendor_body(vendor: LedgerVendor, company: Company) -> Body:
    """Return all fields of a vendor that can be written, empty ones included.

    Raises ValueError for a number, mail address, website or tax number that does not fit.
    """
    address = vendor.address

    def short(text: str, name: str) -> str:
        return shorten(text, company.length(f"vendor.{name}"))

    def whole(text: str, name: str) -> str:
        return exact(text, company.length(f"vendor.{name}"), name)

    number = vendor.number
    return {
        "number": foreign_code(number, company.length("vendor.number"), "number") if number else "",
        "displayName": short(vendor.name, "name"),
        "addressLine1": short(address.line1, "address.line1"),
        "addressLine2": short(address.line2, "address.line2"),
        "city": short(address.city, "address.city"),
        "state": short(address.state, "address.state"),
        "country": whole(address.country, "address.country").upper(),
        "postalCode": short(address.postal_code, "address.postal_code"),
        "phoneNumber": phone_number(vendor.phone, company.length("vendor.phone")),
        "email": whole(vendor.email, "email"),
        "website": whole(vendor.website, "website"),
        "taxRegistrationNumber": whole(vendor.tax_number, "tax_number"),
        "currencyCode": _usual_currency(vendor, company),
        "paymentTermsId": terms_placeholder(vendor.payment_terms_code),
        "blocked": _BLOCKED[vendor.blocked],
    }


def _usual_currency(vendor: LedgerVendor, company: Company) -> str:
    """A card's currency is what documents start with, and ours name their own: it is left out as
    long as nobody knows whether it is the local one."""
    is_open = company.may_be_local(code(vendor.currency or ""))
    return "" if is_open else company.currency(vendor.currency)


_SHORTENED = (
    # words, property, length by name, what the supplier says
    ("Name", "displayName", "name", lambda vendor: vendor.name),
    ("Address line 1", "addressLine1", "address.line1", lambda vendor: vendor.address.line1),
    ("Address line 2", "addressLine2", "address.line2", lambda vendor: vendor.address.line2),
    ("City", "city", "address.city", lambda vendor: vendor.address.city),
    ("State", "state", "address.state", lambda vendor: vendor.address.state),
    ("Postal code", "postalCode", "address.postal_code", lambda v: v.address.postal_code),
    ("Phone number", "phoneNumber", "phone", lambda vendor: vendor.phone),
)


def shortened(vendor: LedgerVendor, body: Mapping[str, Any], company: Company) -> tuple[str, ...]:
    """Say which of the texts in a body NAV's fields cannot hold whole (domain rule 1b, 17)."""
    return tuple(
        f"{words} has {len(clean(said(vendor)))} characters, {length} fit in the ledger: written as"
        f" {body[name]}"
        for words, name, field, said in _SHORTENED
        for length in [company.length(f"vendor.{field}")]
        if name in body and len(clean(said(vendor))) > length
    )


def phone_number(text: str, length: int) -> str:
    """Return a phone number NAV takes: letters are refused there, an extension is left out."""
    digits = clean("".join(c for c in text.split("x")[0].split("X")[0] if not c.isalpha()))
    return digits[:length].rstrip()


# LedgerVendor's fields -> properties, for changes of single fields.
VENDOR_PROPERTIES: Mapping[str, tuple[str, ...]] = {
    "number": ("number",),
    "name": ("displayName",),
    "address": ("addressLine1", "addressLine2", "city", "state", "country", "postalCode"),
    "email": ("email",),
    "phone": ("phoneNumber",),
    "website": ("website",),
    "tax_number": ("taxRegistrationNumber",),
    "currency": ("currencyCode",),
    "payment_terms_code": ("paymentTermsId",),
    "blocked": ("blocked",),
    "pay_to": (),  # not in API v2.0 (NAV contract 4.2); page 26 has it
}


def vendor_create(vendor: LedgerVendor, company: Company) -> Body:
    """Return the body that creates a vendor: empty fields are left to the company's template."""
    body = vendor_body(vendor, company)
    if not body["displayName"]:
        raise ValueError("name is empty")
    return {name: value for name, value in body.items() if value not in ("", _BLOCKED[""])}


def vendor_change(vendor: LedgerVendor, company: Company) -> Body:
    """Return the body of a change: the fields of `only`, cleared where empty.

    Without `only` all but the number, whose change would rename the vendor. Payment terms are not
    cleared.
    """
    body = vendor_body(vendor, company)
    fields = vendor.only or tuple(name for name in VENDOR_PROPERTIES if name != "number")
    names = [prop for field in fields for prop in VENDOR_PROPERTIES[field]]
    return {name: body[name] for name in names if name != "paymentTermsId" or body[name]}


def terms_placeholder(terms_code: str | None) -> str:
    """Return what stands for the id of payment terms until the request is sent; empty for none."""
    return f"{{payment terms {code(terms_code)}}}" if terms_code else ""


# Documents.


def document_body(
    kind: DocumentKind, document: LedgerOrder | LedgerInvoice, company: Company
) -> Body:
    """Return the header of a purchase document, dimensions that all lines share included.

    Raises ValueError for a supplier's number that does not fit.
    """
    body: Body = {"vendorNumber": code(document.vendor_number)}
    if document.pay_to_vendor_number:
        body["payToVendorNumber"] = code(document.pay_to_vendor_number)
    if document.posting_date:
        body["postingDate"] = document.posting_date.isoformat()
    body[kind.date] = _document_date(document).isoformat()
    if isinstance(document, LedgerInvoice):
        if document.due_date:
            body["dueDate"] = document.due_date.isoformat()
        body[kind.number] = external_number(kind, document, company)
        if document.applies_to:
            body["invoiceNumber"] = code(document.applies_to)
    body["currencyCode"] = company.currency(document.currency)
    if isinstance(document, LedgerOrder) and document.payment_terms_code:
        body["paymentTermsId"] = terms_placeholder(document.payment_terms_code)
    if kind.has_price_basis:
        body["pricesIncludeTax"] = False
    return body | shared_dimensions(document.lines, company)


def external_number(kind: DocumentKind, document: LedgerInvoice, company: Company) -> str:
    """Return the supplier's number as NAV stores it; raises ValueError when it does not fit."""
    length = company.length(f"{kind.lengths}.external_number")
    return foreign_code(document.external_number, length, "external_number")


def line_bodies(
    kind: DocumentKind, document: LedgerOrder | LedgerInvoice, company: Company
) -> list[Body]:
    """Return the lines: first a comment with the JAGGAER reference, then the document's own."""
    length = company.length(f"{kind.lengths}.line.description")
    comment = {"lineType": "Comment", "description": reference_comment(kind, document, company)}
    return [comment, *(_line(kind, line, length) for line in document.lines)]


def line_body(kind: DocumentKind, line: LedgerLine, company: Company) -> Body:
    """Return one line as it is added to a document that stands."""
    return _line(kind, line, company.length(f"{kind.lengths}.line.description"))


def reference_comment(
    kind: DocumentKind, document: LedgerOrder | LedgerInvoice, company: Company
) -> str:
    """Return the text of the first comment line, by which a document is recognized."""
    return own_key(document.source_reference, company.length(f"{kind.lengths}.line.description"))


def _line(kind: DocumentKind, line: LedgerLine, length: int) -> Body:
    """A unit is left out: NAV takes one on item lines only (contract 4.6)."""
    description = shorten(line.description, length)
    if not line.account:
        return {"lineType": "Comment", "description": description}
    body: Body = {"lineType": "Account", "lineObjectNumber": code(line.account)}
    if description:
        body["description"] = description
    body |= {"quantity": plain(line.quantity), kind.cost: plain(line.unit_price)}
    if line.tax_code:
        body["taxCode"] = code(line.tax_code)
    return body


def numbered(lines: Sequence[Body], first: int = 1) -> list[Body]:
    """Return lines with their sequence, which NAV refuses to take twice in one document."""
    return [
        {"sequence": (first + place) * SEQUENCE_STEP, **line} for place, line in enumerate(lines)
    ]


def _document_date(document: LedgerOrder | LedgerInvoice) -> date:
    return document.order_date if isinstance(document, LedgerOrder) else document.document_date


# Dimensions.


def shared_dimensions(lines: Iterable[LedgerLine], company: Company) -> Body:
    """Return header properties for the global dimensions that all account lines agree on: they are
    set before lines are added, and lines follow the header (NAV contract 4.9)."""
    booked = [dimensions_of(line.dimensions) for line in lines if line.account]
    found: Body = {}
    for place, dimension in enumerate(company.setup.global_dimensions[:2], start=1):
        values = {line.get(code(dimension), "") for line in booked} if dimension else set()
        if len(values) == 1 and values != {""}:
            found[f"shortcutDimension{place}Code"] = values.pop()
    return found


def line_dimensions(lines: Sequence[LedgerLine], company: Company) -> list[Body]:
    """Return what the header does not say: `place` counts the lines of the document from 0, the
    reference comment being the first."""
    header = shared_dimensions(lines, company)
    shared = {
        code(dimension)
        for place, dimension in enumerate(company.setup.global_dimensions[:2], start=1)
        if f"shortcutDimension{place}Code" in header
    }
    found = []
    for place, line in enumerate(lines, start=1):
        rest = {k: v for k, v in dimensions_of(line.dimensions).items() if k not in shared}
        if line.account and rest:
            found.append({"place": place, "dimensions": rest})
    return found


def dimensions_of(dimensions: Mapping[str, str]) -> dict[str, str]:
    return {code(name): code(value) for name, value in dimensions.items() if value}


# Journals.


def journal_bodies(entry: JournalEntry, company: Company) -> list[Body]:
    """Return the lines of an entry.

    Raises ValueError for an entry that is empty, has a line without amount or does not sum to
    exactly zero, and for a supplier's number that does not fit.
    """
    if not entry.lines or any(not line.amount for line in entry.lines):
        raise ValueError("a journal entry needs lines, each with an amount")
    total = sum((line.amount for line in entry.lines), Decimal(0))
    if total:
        raise ValueError(f"the journal entry is out of balance by {plain(total)}")
    number = document_number(entry, company)
    external = foreign_code(
        entry.external_number, company.length("journal.external_number"), "external_number"
    )
    comment = own_key(entry.source_reference, company.length("journal.comment"))
    numbers = line_numbers(number, len(entry.lines))
    return [
        {
            "lineNumber": line.line_number or numbers[place],
            "accountType": GL_ACCOUNT,
            "accountNumber": code(line.account),
            "postingDate": entry.posting_date.isoformat(),
            "documentNumber": number,
            "externalDocumentNumber": external,
            "amount": plain(line.amount),
            "description": shorten(line.description, company.length("journal.line.description")),
            "comment": comment,
        }
        for place, line in enumerate(entry.lines)
    ]


def document_number(entry: JournalEntry, company: Company) -> str:
    return own_code(entry.document_number, company.length("journal.document_number"))


def line_numbers(document: str, count: int, attempt: int = 0) -> list[int]:
    """Return line numbers for a document: always the same, next to each other, and very probably
    nobody else's.

    A journal's line numbers are unique in the batch, so a document that is sent twice is refused.
    They lie in one of 16 million places of 128 numbers, chosen by digest; lines of one document
    must be neighbors, because NAV checks the balance whenever the document number changes.
    `attempt` chooses another place, for the case that a different document has taken this one.
    """
    digest = hashlib.sha256(f"{document}|{attempt}".encode()).digest()
    first = _FIRST_SLOT + int.from_bytes(digest[:8], "big") % _SLOTS * _SLOT
    return [first + place for place in range(count)]


def plain(number: Decimal) -> str:
    """Return a decimal as text without exponent."""
    return format(number, "f")


def kind_of(document: LedgerOrder | LedgerInvoice) -> DocumentKind:
    if isinstance(document, LedgerOrder):
        return DOCUMENTS[ORDER]
    return DOCUMENTS[INVOICE if document.resource.value == "invoice" else "purchase_credit_memo"]
