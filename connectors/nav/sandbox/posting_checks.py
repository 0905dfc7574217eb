"""What must hold before anything is posted (NAV contract 4.5, 4.8)."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.dimensions import check_for_posting
from connectors.nav.sandbox.document_lines import check_card_open
from connectors.nav.sandbox.documents import Kind
from connectors.nav.sandbox.errors import dialog
from connectors.nav.sandbox.ledger import is_duplicate
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import check_posting_groups, check_vendor_open
from connectors.nav.sandbox.tax import check_posting_setup
from connectors.nav.sandbox.values import NO_DATE, number_of

NOTHING_TO_POST = (
    "There is nothing to post because the document does not contain a quantity or amount."
)
_NO_NUMBER = (
    "You need to enter the document number of the document from the vendor in the {field} field, "
    "so that this document stays linked to the original."
)


def check_posting_date(company: Company, day: str, prefix: str) -> None:
    """Refuse a posting date outside the company's window; an empty bound does not bind."""
    first, last = company.setup["allowPostingFrom"], company.setup["allowPostingTo"]
    too_early = first != NO_DATE and day < first
    too_late = last != NO_DATE and day > last
    if too_early or too_late or day == NO_DATE:
        raise dialog(f"{prefix}Posting Date is not within your range of allowed posting dates.")


def check_document(company: Company, kind: Kind, header: Record, lines: Sequence[Record]) -> None:
    """Refuse a document that may not be posted, in the order the server looks."""
    if not any(number_of(line, "quantity") for line in lines):
        raise dialog(NOTHING_TO_POST)
    prefix = f"Purchase Header Document Type='{kind.word}',No.='{header['number']}': "
    check_posting_date(company, header["postingDate"], prefix)
    vendor = company.get("vendors", header["vendorId"])
    pay_to = company.get("vendors", header["payToVendorId"])
    cards = [card for card in (vendor, pay_to) if card]
    for card in cards:
        check_vendor_open(card, "post")
        check_posting_groups(card)
    owners = [("Vendor", card) for card in cards[-1:]]
    check_for_posting(company, header.get("dims", {}), owners)
    for line in lines:
        _check_line(company, header, line)


def check_external_number(
    company: Company, kind_word: str, ledger_type: str, header: Record, field: str
) -> None:
    """Refuse a missing supplier's number, and one that was posted before (contract 4.5)."""
    number = header.get(field, "")
    if not number:
        if company.setup["extDocNoMandatory"]:
            caption = "Vendor Cr. Memo No." if "Memo" in field else "Vendor Invoice No."
            raise dialog(_NO_NUMBER.format(field=caption))
        return
    if is_duplicate(company, header["payToVendorNumber"], ledger_type, number):
        raise dialog(f"Purchase {kind_word} {number} already exists for this vendor.")


def _check_line(company: Company, header: Record, line: Record) -> None:
    if not number_of(line, "quantity"):
        return
    set_name = "items" if line["lineType"] == "Item" else "accounts"
    card = company.first(set_name, "number", line["lineObjectNumber"])
    if card is None:
        raise dialog("Account does not exist.")
    check_card_open(line["lineType"], card)
    check_posting_setup(company, header, line)
    title = "Item" if line["lineType"] == "Item" else "G/L Account"
    check_for_posting(company, line.get("dims", {}), [(title, card)])
