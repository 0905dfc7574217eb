"""Which published page is which: found by what it shows, whatever its name."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.errors import ConfigurationError
from connectors.nav.metadata import Metadata
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import company, record
from connectors.nav.pages.services import missing, recognize

HEADER = {"Document_Type": None, "No": 20, "Buy_from_Vendor_No": 20}
LINE = dict.fromkeys(("Line_No", "Type", "No", "Description", "Quantity", "Direct_Unit_Cost"), None)
ORDER = {**HEADER, "Vendor_Order_No": 35, "Vendor_Invoice_No": 35}
ORDER_LINE = {**LINE, "Quantity_Received": None}
INVOICE = {**HEADER, "Vendor_Invoice_No": 35, "Vendor_Order_No": 35}
MEMO = {**HEADER, "Vendor_Cr_Memo_No": 35}
JOURNAL = dict.fromkeys(
    ("Journal_Template_Name", "Journal_Batch_Name", "Line_No", "Document_No", "Account_No",
     "Amount"),
)  # fmt: skip
CARD = {"No": 20, "Name": 50, "Address": 50, "Blocked": None}
LIST = {"Code": 10, "Description": 50}


def published(**sets: dict[str, Any]) -> Metadata:
    """An instance with these sets; `A__B` is the part B of A."""
    names = {name.replace("__", ""): shown for name, shown in sets.items()}
    links = {
        name: frozenset(each.replace("__", "") for each in sets if each.startswith(f"{name}__"))
        for name in sets
    }
    return Metadata("NAV", names, links)


CASES = {
    "order": (
        published(Bestellung=ORDER, Bestellung__PurchLines=ORDER_LINE),
        pages.ORDER, "Bestellung",
    ),
    "order list without lines": (published(Orders=ORDER), pages.ORDER, None),
    "blanket order": (
        published(
            Blanket={**HEADER, "Vendor_Order_No": 35}, Blanket__PurchLines=ORDER_LINE
        ),
        pages.ORDER, None,
    ),
    "invoice": (
        published(Rechnung=INVOICE, Rechnung__PurchLines=LINE), pages.INVOICE, "Rechnung",
    ),
    "an order is no invoice": (
        published(PO=ORDER, PO__PurchLines=ORDER_LINE), pages.INVOICE, None,
    ),
    "posted invoices are no drafts": (
        published(Posted={"No": 20, "Buy_from_Vendor_No": 20, "Vendor_Invoice_No": 35}),
        pages.POSTED_INVOICE, "Posted",
    ),
    "credit memo": (published(CM=MEMO, CM__PurchLines=LINE), pages.CREDIT_MEMO, "CM"),
    "return orders are no memos": (
        published(RO=MEMO, RO__PurchLines={**LINE, "Return_Qty_to_Ship": None}),
        pages.CREDIT_MEMO, None,
    ),
    "vendor card before list": (
        published(
            A={"No": 20, "Name": 50, "Vendor_Posting_Group": 10},
            B={**CARD, "Vendor_Posting_Group": 10},
        ),
        pages.VENDOR, "B",
    ),
    "customers are no vendors": (
        published(C={**CARD, "Customer_Posting_Group": 10}), pages.VENDOR, None,
    ),
    "journal": (published(FiBuBuchBlatt=JOURNAL), pages.GENERAL_JOURNAL, "FiBuBuchBlatt"),
    "payments are no general journal": (
        published(PaymentJournal=JOURNAL), pages.GENERAL_JOURNAL, None,
    ),
    "purchase journal by its name": (
        published(PurchaseJournal=JOURNAL), pages.PURCHASE_JOURNAL, "PurchaseJournal",
    ),
    "currencies by what they show": (
        published(Waehrung={**LIST, "Exchange_Rate_Date": None}), pages.CURRENCY, "Waehrung",
    ),
    "currencies by their name": (published(Currencies=LIST), pages.CURRENCY, "Currencies"),
    "a list of codes is nothing by itself": (published(Codes=LIST), pages.CURRENCY, None),
    "units": (
        published(Einheit={**LIST, "International_Standard_Code": 10}), pages.UNIT, "Einheit",
    ),
    "terms": (published(T={**LIST, "Due_Date_Calculation": None}), pages.PAYMENT_TERMS, "T"),
    "setup": (
        published(S={"Allow_Posting_From": None, "LCY_Code": 10}), pages.SETUP, "S",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_page_is_recognized_by_what_it_shows(case):
    metadata, page, name = case

    found = recognize(metadata, {}).get(page)

    assert (found.name if found else None) == name


def test_a_name_from_the_settings_goes_before_what_is_found():
    metadata = published(A=INVOICE, A__PurchLines=LINE, B=INVOICE, B__PurchLines=LINE, C={"No": 20})

    assert recognize(metadata, {"purchase_invoice": "B"}).need(pages.INVOICE).lines == "BPurchLines"
    assert recognize(metadata, {}).rivals == {pages.INVOICE: ("A", "B")}
    assert recognize(metadata, {"vendor": "D"}).unknown == {"vendor": "D"}


def test_a_service_named_by_hand_that_shows_no_lines_is_refused():
    services = recognize(published(List=ORDER), {"purchase_order": "List"})

    with pytest.raises(ConfigurationError, match="shows no lines"):
        services.need(pages.ORDER)


def test_what_is_not_published_is_named_by_its_page():
    lacking = missing(recognize(published(C=CARD | {"Vendor_Posting_Group": 10}), {}))

    assert "suppliers" not in lacking
    assert lacking["purchase_orders"] == ["Page 50 (Purchase Order)"]
    assert "Page 39 (General Journal) or Page 254 (Purchase Journal)" in lacking["invoices"]


ADDRESSES = {
    "blank": (company("CRONUS Ltd.", "X"), "Company('CRONUS%20Ltd.')/X"),
    "quote": (company("O'Hara & Co", "X"), "Company('O''Hara%20%26%20Co')/X"),
    "slash": (company("A/S", "X"), "Company('A%2FS')/X"),
    "one key": (record("Vendor", {"No": "L'1"}), "Vendor('L''1')"),
    "keys": (
        record("PO", {"Document_Type": "Order", "No": "1"}, "POPurchLines"),
        "PO(Document_Type='Order',No='1')/POPurchLines",
    ),
    "number": (record("GJ", {"Batch": "A B", "Line_No": 10}), "GJ(Batch='A%20B',Line_No=10)"),
}


@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES)
def test_companies_and_keys_are_quoted_in_paths(address):
    made, wanted = address

    assert made == wanted
