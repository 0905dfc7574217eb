"""Posting a general journal: the whole batch, whoever typed it (NAV contract 4.8)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.currency import factor_on
from connectors.nav.sandbox.dimensions import check_for_posting
from connectors.nav.sandbox.document_lines import check_card_open
from connectors.nav.sandbox.errors import NavError, blank_field, dialog
from connectors.nav.sandbox.journals import ACCOUNT, VENDOR
from connectors.nav.sandbox.ledger import (
    Booking,
    Voucher,
    add_vendor_entry,
    book,
    is_duplicate,
    payables_account,
)
from connectors.nav.sandbox.posting_checks import check_posting_date
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import check_vendor_open
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.tax import vat_row
from connectors.nav.sandbox.values import BLANK, NO_ID, ZERO, decode_member, money, number_of, plain

_HUNDRED = Decimal(100)


def post_journal(call: Call, journal: Record) -> int:
    """Check and post every line of a batch; lines go, entries come."""
    company = call.company
    lines = company.find("journalLines", "journalId", journal["id"])
    lines.sort(key=lambda line: line["lineNumber"])
    if not lines:
        raise dialog("There is nothing to post.")
    for line in lines:
        check_line(company, journal, line)
    check_balance(lines)
    for line in lines:
        _post_line(company, journal, line)
        company.delete("journalLines", line)
    company.records.commit()
    return 204


def check_line(company: Company, journal: Record, line: Record) -> None:
    """Refuse a line that is empty, blocked, out of the posting window or wrongly dimensioned."""
    key = (
        f"Journal Template Name={journal['templateDisplayName']}, "
        f"Journal Batch Name={journal['code']}, Line No.={line['lineNumber']}"
    )
    if not line["accountNumber"]:
        raise blank_field("Account No.", "Gen. Journal Line", key)
    if not number_of(line, "amount"):
        raise blank_field("Amount", "Gen. Journal Line", key)
    check_posting_date(company, line["postingDate"], f"Gen. Journal Line {key}: ")
    title, card = _card(company, line)
    if line["accountType"] == VENDOR:
        check_vendor_open(card, "post")
        _check_external_number(company, line)
    else:
        check_card_open("Account", card)
    balancing = company.get("accounts", line["balancingAccountId"])
    if balancing:
        check_card_open("Account", balancing)
    check_for_posting(company, line.get("dims", {}), [(title, card)])


def _check_external_number(company: Company, line: Record) -> None:
    """A line of type invoice or credit memo is checked like a document; a blank type is not."""
    kind, number = line.get("documentType"), line["externalDocumentNumber"]
    if kind not in ("Invoice", "Credit_x0020_Memo"):
        return
    if not number and company.setup["extDocNoMandatory"]:
        raise blank_field(
            "External Document No.", "Gen. Journal Line", f"Line No.={line['lineNumber']}"
        )
    if number and is_duplicate(company, line["accountNumber"], kind, number):
        raise dialog(f"Purchase {decode_member(kind)} {number} already exists for this vendor.")


def check_balance(lines: Sequence[Record]) -> None:
    """Refuse a document number and date whose lines do not sum to zero."""
    sums: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line["postingDate"], line["documentNumber"])
        amount = number_of(line, "amount") if line["balancingAccountId"] == NO_ID else ZERO
        sums[key] = sums.get(key, ZERO) + amount
    for (_, number), total in sums.items():
        if total:
            raise dialog(
                f"Document No. {number} is out of balance by {plain(total)}. Please check that "
                "Posting Date, Document Type, Document No. and Amount are correct for each line."
            )


def _card(company: Company, line: Record) -> tuple[str, Record]:
    is_vendor = line["accountType"] == VENDOR
    set_name, title = ("vendors", "Vendor") if is_vendor else ("accounts", "G/L Account")
    card = company.first(set_name, "number", line["accountNumber"])
    if card is None:
        raise NavError(
            404, "Internal_RecordNotFound", f"The {title} does not exist: {line['accountNumber']}."
        )
    return title, card


def _post_line(company: Company, journal: Record, line: Record) -> None:
    voucher = Voucher(
        line["postingDate"], line["documentNumber"], line.get("documentType") or BLANK
    )
    factor = factor_on(company, line.get("currencyCode", ""), line["postingDate"])
    amount = money(number_of(line, "amount") / factor)
    dims = line.get("dims", {})
    if line["accountType"] == VENDOR:
        _, vendor = _card(company, line)
        account = payables_account(company, vendor.get("vendorPostingGroup", ""))
        bookings = [Booking(account, amount, line["description"], dims)]
        _add_entry(company, voucher, vendor, line, amount)
    else:
        bookings = _ledger_bookings(company, journal, line, amount)
    balancing = company.get("accounts", line["balancingAccountId"])
    if balancing:
        bookings.append(Booking(balancing["number"], -amount, line["description"], dims))
    book(company, voucher, bookings)


def _add_entry(
    company: Company, voucher: Voucher, vendor: Record, line: Record, amount: Decimal
) -> None:
    add_vendor_entry(
        company,
        voucher,
        vendor,
        amount,
        external_number=line["externalDocumentNumber"],
        due=line.get("dueDate") or line["postingDate"],
        currency=line.get("currencyCode", ""),
        description=line["description"],
    )


def _ledger_bookings(
    company: Company, journal: Record, line: Record, amount: Decimal
) -> list[Booking]:
    """Split off the tax that the account card asks for, unless the batch copies no VAT setup."""
    whole = Booking(line["accountNumber"], amount, line["description"], line.get("dims", {}))
    card = company.first("accounts", "number", line["accountNumber"]) or {}
    taxed = card.get("genPostingType") and journal.get("copyVatSetup", True)
    if line["accountType"] != ACCOUNT or not taxed:
        return [whole]
    group = line["taxCode"] or card.get("vatProdPostingGroup", "")
    row = vat_row(company, card.get("vatBusPostingGroup", ""), group)
    if row is None or not Decimal(row["percent"]):
        return [whole]
    base = money(amount / (1 + Decimal(row["percent"]) / _HUNDRED))
    tax_account = row.get("account") or company.setup["vatAccount"]
    return [
        Booking(whole.account, base, whole.description, whole.dims),
        Booking(tax_account, amount - base, whole.description, whole.dims),
    ]
