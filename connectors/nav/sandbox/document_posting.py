"""Posting of purchase invoices and credit memos, and cancelling a memo (NAV contract 4.5)."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from decimal import Decimal

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.documents import KINDS, Kind, document_lines
from connectors.nav.sandbox.errors import dialog
from connectors.nav.sandbox.ledger import (
    Booking,
    Voucher,
    add_vendor_entry,
    book,
    payables_account,
    reverse_vendor_entry,
)
from connectors.nav.sandbox.posting_checks import check_document, check_external_number
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.tax import vat_account
from connectors.nav.sandbox.values import ZERO, money, number_of

INVOICES = KINDS["purchaseInvoices"]
MEMOS = KINDS["purchaseCreditMemos"]
_SERIES = {"purchaseInvoices": "postedInvoices", "purchaseCreditMemos": "postedCreditMemos"}
_NUMBER_FIELDS = {
    "purchaseInvoices": "vendorInvoiceNumber",
    "purchaseCreditMemos": "vendorCreditMemoNumber",
}


def post_invoice(call: Call, invoice: Record) -> int:
    """Post a draft invoice; its id stays, its number becomes the posted one."""
    if invoice.get("posted"):
        raise dialog("The action can be applied to a draft invoice only.")
    post_document(call.company, INVOICES, invoice)
    call.company.records.commit()
    return 204


def post_credit_memo(call: Call, memo: Record) -> int:
    """Post a draft credit memo."""
    if memo.get("posted"):
        raise dialog("The action can be applied to a draft credit memo only.")
    if not call.company.find(MEMOS.lines, "documentId", memo["id"]):
        raise dialog("Please add at least one line item to the credit memo.")
    post_document(call.company, MEMOS, memo)
    call.company.records.commit()
    return 204


def cancel_credit_memo(call: Call, memo: Record) -> int:
    """Cancel a posted memo by a corrective invoice that books the same lines the other way."""
    if not memo.get("posted"):
        raise dialog("The action can be applied to a posted credit memo only.")
    if memo["status"] == "Canceled":
        raise dialog("The credit memo cannot be cancelled because it has already been canceled.")
    cancel_document(call.company, MEMOS, memo)
    call.company.records.commit()
    return 204


def cancel_document(company: Company, kind: Kind, header: Record) -> None:
    """Book a posted document back by its corrective counterpart; its number is free again."""
    other = INVOICES if kind is MEMOS else MEMOS
    lines = document_lines(company, kind, header["id"])
    twin = _twin(company, kind, other, header, lines)
    book_document(company, other, twin, document_lines(company, other, twin["id"]))
    reverse_vendor_entry(company, header["id"])
    reverse_vendor_entry(company, twin["id"])
    company.put(kind.headers, {**header, "status": "Canceled"})


def post_document(company: Company, kind: Kind, header: Record) -> Record:
    """Check and post a draft; the caller commits. Returns the posted header."""
    lines = document_lines(company, kind, header["id"])
    check_document(company, kind, header, lines)
    field = _NUMBER_FIELDS[kind.headers]
    check_external_number(company, kind.word, kind.ledger_type, header, field)
    posted = {
        **header,
        "draftNumber": header["number"],
        "number": company.next_number(_SERIES[kind.headers]),
        "status": "Open",
        "posted": True,
    }
    book_document(company, kind, posted, lines)
    return company.put(kind.headers, posted)


def book_document(company: Company, kind: Kind, header: Record, lines: Sequence[Record]) -> None:
    """Write the ledger entries of a posted document; a memo's have the opposite signs."""
    sign = Decimal(-1) if kind is MEMOS else Decimal(1)
    voucher = Voucher(header["postingDate"], header["number"], kind.ledger_type)
    text = f"{kind.word} {header['number']}"
    bookings = _line_bookings(company, header, lines, sign, text)
    owed = -sum((booking.amount for booking in bookings), ZERO)
    group = payables_account(company, header.get("vendorPostingGroup", ""))
    bookings.append(Booking(group, owed, text, header.get("dims", {})))
    book(company, voucher, bookings)
    vendor = company.get("vendors", header["payToVendorId"])
    if vendor:
        add_vendor_entry(
            company,
            voucher,
            vendor,
            owed,
            external_number=header[_NUMBER_FIELDS[kind.headers]],
            due=header["dueDate"],
            currency=header["currencyCode"],
            description=text,
            document_id=header["id"],
        )


def _line_bookings(
    company: Company, header: Record, lines: Sequence[Record], sign: Decimal, text: str
) -> list[Booking]:
    """Sum the lines by account and dimensions, their tax by account, in local currency."""
    factor = Decimal(header.get("currencyFactor") or 1)
    nets: dict[tuple, Decimal] = {}
    taxes: dict[tuple, Decimal] = {}
    for line in lines:
        if not number_of(line, "quantity"):
            continue
        dims = tuple(sorted(line.get("dims", {}).items()))
        is_item = line["lineType"] == "Item"
        account = company.setup["purchaseAccount"] if is_item else line["lineObjectNumber"]
        nets[account, dims] = nets.get((account, dims), ZERO) + number_of(line, "netAmount")
        tax_account = vat_account(company, header, line.get("taxCode", ""))
        tax = number_of(line, "netTaxAmount")
        taxes[tax_account, dims] = taxes.get((tax_account, dims), ZERO) + tax
    return [
        Booking(account, sign * money(amount / factor), text, dict(dims))
        for sums in (nets, taxes)
        for (account, dims), amount in sums.items()
    ]


def _twin(
    company: Company, kind: Kind, other: Kind, header: Record, lines: Sequence[Record]
) -> Record:
    """Copy a posted document into its corrective counterpart, posted as well."""
    record = company.new(other.headers)
    record.update({k: v for k, v in header.items() if k not in ("id", "number")})
    record.update(
        number=company.next_number(_SERIES[other.headers]),
        status="Corrective",
        posted=True,
    )
    record.setdefault(_NUMBER_FIELDS[other.headers], "")
    record[other.date_field] = header[kind.date_field]
    for line in lines:
        copy = {**company.new(other.lines), **line}
        company.put(other.lines, {**copy, "id": str(uuid.uuid4()), "documentId": record["id"]})
    return company.put(other.headers, record)
