"""Writing ledger entries: G/L entries that sum to zero, and the vendor's open entry."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import Dims
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.values import BLANK, NO_DATE, NO_ID, ZERO, number_of, plain


@dataclass(frozen=True)
class Voucher:
    """What all entries of one posting share. `type` is a genJournalDocumentType in wire form."""

    posting_date: str
    number: str
    type: str = BLANK


@dataclass(frozen=True)
class Booking:
    """One amount on one account in local currency, debit positive."""

    account: str
    amount: Decimal
    description: str
    dims: Dims = field(default_factory=dict)


def book(company: Company, voucher: Voucher, bookings: Iterable[Booking]) -> None:
    """Write one G/L entry per booking and move the accounts' balances; zeros leave no entry."""
    for booking in bookings:
        if not booking.amount:
            continue
        account = company.first("accounts", "number", booking.account)
        entry = company.new("generalLedgerEntries")
        entry.update(
            entryNumber=company.next_entry_number(),
            postingDate=voucher.posting_date,
            documentNumber=voucher.number,
            documentType=voucher.type,
            accountId=account["id"] if account else NO_ID,
            accountNumber=booking.account,
            description=booking.description,
            debitAmount=plain(max(booking.amount, ZERO)),
            creditAmount=plain(max(-booking.amount, ZERO)),
            dims=booking.dims,
        )
        company.put("generalLedgerEntries", entry)
        company.add_to_total("account", booking.account, booking.amount)


def add_vendor_entry(
    company: Company,
    voucher: Voucher,
    vendor: Record,
    amount: Decimal,
    *,
    external_number: str = "",
    due: str = NO_DATE,
    currency: str = "",
    description: str = "",
    document_id: str = NO_ID,
) -> None:
    """Write the open entry of a vendor; `amount` in local currency, negative when we owe."""
    entry = {
        "id": str(uuid.uuid4()),
        "entryNumber": company.next_entry_number(),
        "vendorNumber": vendor["number"],
        "postingDate": voucher.posting_date,
        "dueDate": due,
        "documentType": voucher.type,
        "documentNumber": voucher.number,
        "documentId": document_id,
        "externalDocumentNumber": external_number,
        "description": description,
        "currencyCode": currency,
        "amount": plain(amount),
        "remainingAmount": plain(amount),
        "open": True,
        "reversed": False,
        "duplicateKey": duplicate_key(vendor["number"], voucher.type, external_number),
    }
    company.put("vendorLedgerEntries", entry)
    company.add_to_total("vendor", vendor["number"], amount)


def duplicate_key(vendor_number: str, document_type: str, external_number: str) -> str:
    """Return what must be unique among unreversed entries: vendor, type, external number."""
    return f"{vendor_number}|{document_type}|{external_number}"


def is_duplicate(
    company: Company, vendor_number: str, document_type: str, external_number: str
) -> bool:
    """Say whether an unreversed entry of this vendor, type and number exists, of any date."""
    key = duplicate_key(vendor_number, document_type, external_number)
    entries = company.find("vendorLedgerEntries", "duplicateKey", key)
    return any(not entry["reversed"] for entry in entries)


def settle_vendor_entry(company: Company, document_id: str) -> None:
    """Close the vendor's entry of a document, as a payment or a cancellation does."""
    for entry in company.find("vendorLedgerEntries", "documentId", document_id):
        open_amount = number_of(entry, "remainingAmount")
        company.put("vendorLedgerEntries", {**entry, "remainingAmount": ZERO, "open": False})
        company.add_to_total("vendor", entry["vendorNumber"], -open_amount)


def pay_in_part(company: Company, document_id: str, amount: Decimal) -> None:
    """Lower what is left of the vendor's entry of a document, which stays open."""
    for entry in company.find("vendorLedgerEntries", "documentId", document_id):
        left = number_of(entry, "remainingAmount") + amount
        company.put("vendorLedgerEntries", {**entry, "remainingAmount": plain(left)})
        company.add_to_total("vendor", entry["vendorNumber"], amount)


def reverse_vendor_entry(company: Company, document_id: str) -> None:
    """Mark the vendor's entry of a document as reversed, so that its number is free again."""
    settle_vendor_entry(company, document_id)
    for entry in company.find("vendorLedgerEntries", "documentId", document_id):
        company.put("vendorLedgerEntries", {**entry, "reversed": True})


def payables_account(company: Company, group: str) -> str:
    """Return the account that a vendor posting group owes on."""
    groups = company.setup["vendorPostingGroups"]
    return groups.get(group) or company.setup["payablesAccount"]
