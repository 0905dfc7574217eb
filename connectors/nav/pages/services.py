"""Which published page is which: found by the properties it shows, or named in the settings.

Administrators choose the names of page web services (NAV contract 1.4), so a page is recognized by
what it publishes. Where several fit, the one that shows most of what we use is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from connectors.errors import ConfigurationError
from connectors.nav.metadata import Metadata

VENDOR = "vendor"
ORDER = "purchase_order"
INVOICE = "purchase_invoice"
CREDIT_MEMO = "purchase_credit_memo"
GENERAL_JOURNAL = "general_journal"
PURCHASE_JOURNAL = "purchase_journal"
POSTED_INVOICE = "posted_purchase_invoice"
ACCOUNT = "account"
DIMENSION_VALUE = "dimension_value"
PAYMENT_TERMS = "payment_terms"
CURRENCY = "currency"
UNIT = "unit_of_measure"
SETUP = "general_ledger_setup"
EXCHANGE_RATE = "exchange_rate"
LEDGER_ENTRY = "general_ledger_entry"
VENDOR_ENTRY = "vendor_ledger_entry"

_JOURNAL_NEEDS = (
    "Journal_Template_Name", "Journal_Batch_Name", "Line_No", "Document_No", "Account_No", "Amount",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Page:
    """How one page is recognized.

    All of `needs`, none of `lacks`, and one of `one_of` or a name that fits `hint`. A page with
    `line_needs` has lines that show them and nothing of `line_lacks`.
    """

    number: str
    title: str
    needs: tuple[str, ...]
    one_of: tuple[str, ...] = ()
    hint: str = ""
    lacks: tuple[str, ...] = ()
    wants: tuple[str, ...] = ()
    line_needs: tuple[str, ...] = ()
    line_lacks: tuple[str, ...] = ()
    avoid: str = ""


_DOCUMENT = ("Document_Type", "No", "Buy_from_Vendor_No")
_LINE = ("Line_No", "Type", "No", "Description", "Quantity", "Direct_Unit_Cost")

PAGES: Mapping[str, Page] = {
    VENDOR: Page(
        "26", "Vendor Card", ("No", "Name"),
        one_of=("Vendor_Posting_Group", "Pay_to_Vendor_No"),
        lacks=("Customer_Posting_Group", "Document_Type", "Entry_No"),
        wants=("Address", "VAT_Registration_No", "E_Mail", "Payment_Terms_Code", "Blocked"),
    ),
    ORDER: Page(
        "50", "Purchase Order", (*_DOCUMENT, "Vendor_Order_No"),
        one_of=("Vendor_Invoice_No", "Vendor_Shipment_No"),
        wants=("Your_Reference", "Order_Date", "Payment_Terms_Code"),
        line_needs=(*_LINE, "Quantity_Received"),
    ),
    INVOICE: Page(
        "51", "Purchase Invoice", (*_DOCUMENT, "Vendor_Invoice_No"),
        wants=("Due_Date", "Your_Reference"),
        line_needs=_LINE, line_lacks=("Quantity_Received",),
    ),
    CREDIT_MEMO: Page(
        "52", "Purchase Credit Memo", (*_DOCUMENT, "Vendor_Cr_Memo_No"),
        line_needs=_LINE, line_lacks=("Return_Qty_to_Ship", "Quantity_Received"),
    ),
    GENERAL_JOURNAL: Page(
        "39", "General Journal", _JOURNAL_NEEDS, wants=("Comment", "External_Document_No"),
        avoid="purch|payment|cash|sales|recurring",
    ),
    PURCHASE_JOURNAL: Page(
        "254", "Purchase Journal", _JOURNAL_NEEDS, hint="purch", wants=("Comment",),
    ),
    POSTED_INVOICE: Page(
        "138", "Posted Purchase Invoice", ("No", "Buy_from_Vendor_No", "Vendor_Invoice_No"),
        lacks=("Document_Type",), wants=("Pre_Assigned_No", "Order_No"),
    ),
    ACCOUNT: Page(
        "18 or 16", "G/L Account List", ("No", "Name", "Account_Type", "Direct_Posting"),
        wants=("Blocked", "Account_Category"),
    ),
    DIMENSION_VALUE: Page(
        "537", "Dimension Values", ("Dimension_Code", "Code", "Name"), wants=("Blocked",),
    ),
    PAYMENT_TERMS: Page("4", "Payment Terms", ("Code", "Due_Date_Calculation")),
    CURRENCY: Page(
        "5", "Currencies", ("Code", "Description"),
        one_of=("Exchange_Rate_Date", "ISO_Code", "Amount_Rounding_Precision"),
        hint="curr|w(ä|ae)hrung|devise|divisa|moneda|valut", avoid="rate|kurs",
    ),
    UNIT: Page(
        "209", "Units of Measure", ("Code", "Description"),
        one_of=("International_Standard_Code",), hint="unit|uom",
    ),
    SETUP: Page(
        "118", "General Ledger Setup", ("Allow_Posting_From",),
        one_of=("LCY_Code", "Global_Dimension_1_Code"),
        wants=("LCY_Code", "Global_Dimension_1_Code", "Shortcut_Dimension_3_Code"),
    ),
    EXCHANGE_RATE: Page(
        "483", "Currency Exchange Rates",
        ("Currency_Code", "Starting_Date", "Exchange_Rate_Amount", "Relational_Exch_Rate_Amount"),
    ),
    LEDGER_ENTRY: Page(
        "20", "General Ledger Entries", ("Entry_No", "G_L_Account_No", "Document_No", "Amount"),
    ),
    VENDOR_ENTRY: Page(
        "29", "Vendor Ledger Entries",
        ("Entry_No", "Vendor_No", "Document_Type", "External_Document_No", "Open"),
        wants=("Remaining_Amount", "Amount", "Document_No"),
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Service:
    """A published page: its name, its properties with their lengths, and those of its lines."""

    name: str
    properties: Mapping[str, int | None]
    lines: str = ""
    line_properties: Mapping[str, int | None] = field(default_factory=dict)

    def shows(self, name: str) -> bool:
        return name in self.properties


@dataclass(frozen=True, slots=True)
class Services:
    """The pages of one instance that we know, by what they are for."""

    found: Mapping[str, Service]
    rivals: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)  # settings that name nothing

    def get(self, role: str) -> Service | None:
        return self.found.get(role)

    def need(self, role: str) -> Service:
        """Return a page's service; raises ConfigurationError where it is not published."""
        service = self.found.get(role)
        if service is None:
            raise ConfigurationError(
                f"{words(role)} is not published as a web service.", code="page_missing"
            )
        if PAGES[role].line_needs and not service.lines:
            raise ConfigurationError(
                f"The service {service.name} shows no lines: it is not {words(role)}.",
                code="page_missing",
            )
        return service

    def journal(self) -> tuple[str, Service]:
        """Return the journal page to write to; raises ConfigurationError where there is none."""
        if PURCHASE_JOURNAL in self.found and GENERAL_JOURNAL not in self.found:
            return PURCHASE_JOURNAL, self.found[PURCHASE_JOURNAL]
        return GENERAL_JOURNAL, self.need(GENERAL_JOURNAL)

    @property
    def has_journal(self) -> bool:
        return GENERAL_JOURNAL in self.found or PURCHASE_JOURNAL in self.found


def words(role: str) -> str:
    """Return a page as people know it, e.g. `Page 50 (Purchase Order)`."""
    return f"Page {PAGES[role].number} ({PAGES[role].title})"


def recognize(metadata: Metadata, named: Mapping[str, str]) -> Services:
    """Return the services of an instance; `named` holds names from the settings by page key."""
    found: dict[str, Service] = {}
    rivals: dict[str, tuple[str, ...]] = {}
    unknown: dict[str, str] = {}
    for role, page in PAGES.items():
        if role in named:
            if metadata.has(named[role]):
                found[role] = _service(metadata, named[role])
            else:
                unknown[role] = named[role]
            continue
        taken = set(named.values())
        fitting = [each for each in _fitting(metadata, page) if each.name not in taken]
        if not fitting:
            continue
        best = _shown(page, fitting[0])
        equal = tuple(each.name for each in fitting if _shown(page, each) == best)
        found[role] = fitting[0]
        if len(equal) > 1:
            rivals[role] = equal
    return Services(found, rivals, unknown)


def _fitting(metadata: Metadata, page: Page) -> list[Service]:
    """Return the services that fit a page, the best first; equally good ones by name."""
    fitting = [
        service
        for service in _all(metadata)
        if _fits(page, service) and not _avoided(page, service)
    ]
    return sorted(fitting, key=lambda each: (-_shown(page, each), each.name))


def _all(metadata: Metadata) -> Iterator[Service]:
    for name in metadata.properties:
        yield _service(metadata, name)


def _service(metadata: Metadata, name: str) -> Service:
    links = sorted(metadata.navigation.get(name, frozenset()))
    for lines in (*links, f"{name}PurchLines"):
        shown = metadata.properties.get(lines, {})
        if lines.startswith(name) and "Line_No" in shown and "Type" in shown:
            return Service(name, metadata.properties[name], lines, shown)
    return Service(name, metadata.properties[name])


def _fits(page: Page, service: Service) -> bool:
    shown = service.properties
    if any(name not in shown for name in page.needs) or any(name in shown for name in page.lacks):
        return False
    is_sure = not page.one_of or any(name in shown for name in page.one_of)
    is_named = bool(page.hint) and bool(re.search(page.hint, service.name, re.IGNORECASE))
    if page.one_of and not is_sure and not is_named:
        return False
    if page.hint and not page.one_of and not is_named:
        return False
    if any(name not in service.line_properties for name in page.line_needs):
        return False
    return not any(name in service.line_properties for name in page.line_lacks)


def _avoided(page: Page, service: Service) -> bool:
    return bool(page.avoid) and bool(re.search(page.avoid, service.name, re.IGNORECASE))


def _shown(page: Page, service: Service) -> int:
    sure = sum(name in service.properties for name in page.one_of)
    return sure + sum(name in service.properties for name in page.wants)


# What flows need.

NEEDS: Mapping[str, tuple[str, ...]] = {
    "reference": (ACCOUNT, DIMENSION_VALUE),
    "suppliers": (VENDOR,),
    "purchase_orders": (ORDER,),
    "invoices": (INVOICE,),
}
WISHES: Mapping[str, str] = {
    SETUP: "local currency and shortcut dimensions come from the settings or from evidence, and a"
    " closed posting period is seen only when NAV refuses it",
    CREDIT_MEMO: "credit notes wait",
    PAYMENT_TERMS: "payment terms cannot be checked",
    CURRENCY: "currencies cannot be checked",
    UNIT: "units cannot be checked",
    POSTED_INVOICE: "an invoice that finance has posted is not found again",
    EXCHANGE_RATE: "documents in another currency get no journal entry",
    VENDOR_ENTRY: "whether an invoice is paid is not known",
    LEDGER_ENTRY: "a journal entry that finance has posted is not found again",
}


def missing(services: Services) -> dict[str, list[str]]:
    """Return flow -> pages that it needs and the instance does not publish."""
    found = {
        flow: [words(role) for role in roles if services.get(role) is None]
        for flow, roles in NEEDS.items()
    }
    if not services.has_journal:
        found["invoices"].append(f"{words(GENERAL_JOURNAL)} or {words(PURCHASE_JOURNAL)}")
    return {flow: names for flow, names in found.items() if names}


# Our field names (as in `LedgerSetup.field_lengths`) -> page, whether of its lines, property.
_LENGTHS: Mapping[str, tuple[str, bool, str]] = {
    "vendor.number": (VENDOR, False, "No"),
    "vendor.name": (VENDOR, False, "Name"),
    "vendor.address.line1": (VENDOR, False, "Address"),
    "vendor.address.line2": (VENDOR, False, "Address_2"),
    "vendor.address.city": (VENDOR, False, "City"),
    "vendor.address.state": (VENDOR, False, "County"),
    "vendor.address.postal_code": (VENDOR, False, "Post_Code"),
    "vendor.address.country": (VENDOR, False, "Country_Region_Code"),
    "vendor.email": (VENDOR, False, "E_Mail"),
    "vendor.phone": (VENDOR, False, "Phone_No"),
    "vendor.website": (VENDOR, False, "Home_Page"),
    "vendor.tax_number": (VENDOR, False, "VAT_Registration_No"),
    "purchase_order.reference": (ORDER, False, "Vendor_Order_No"),
    "purchase_order.line.description": (ORDER, True, "Description"),
    "purchase_invoice.external_number": (INVOICE, False, "Vendor_Invoice_No"),
    "purchase_invoice.line.description": (INVOICE, True, "Description"),
    "purchase_credit_memo.external_number": (CREDIT_MEMO, False, "Vendor_Cr_Memo_No"),
    "purchase_credit_memo.line.description": (CREDIT_MEMO, True, "Description"),
    "journal.batch": (GENERAL_JOURNAL, False, "Journal_Batch_Name"),
    "journal.document_number": (GENERAL_JOURNAL, False, "Document_No"),
    "journal.external_number": (GENERAL_JOURNAL, False, "External_Document_No"),
    "journal.line.description": (GENERAL_JOURNAL, False, "Description"),
    "journal.comment": (GENERAL_JOURNAL, False, "Comment"),
    "account": (ACCOUNT, False, "No"),
    "dimension_value": (DIMENSION_VALUE, False, "Code"),
}
# Where the metadata says nothing: NAV 2016 to 2018 (NAV contract 1.4).
DEFAULT_LENGTHS: Mapping[str, int] = {
    "vendor.name": 50, "vendor.address.line1": 50, "vendor.tax_number": 20,
    "purchase_order.reference": 35, "purchase_order.line.description": 50,
    "purchase_invoice.line.description": 50, "purchase_credit_memo.line.description": 50,
    "journal.line.description": 50,
}  # fmt: skip


def field_lengths(services: Services) -> dict[str, int]:
    """Return the longest text each of our fields may have on this instance, as far as it says."""
    found = dict(DEFAULT_LENGTHS)
    for name, (role, of_lines, prop) in _LENGTHS.items():
        service = services.get(role)
        if role == GENERAL_JOURNAL and services.has_journal:
            service = services.journal()[1]
        if service is None:
            continue
        length = (service.line_properties if of_lines else service.properties).get(prop)
        if length:
            found[name] = length
    return found


def summary(services: Services) -> dict[str, Any]:
    """Return what is worth keeping with a connection: plain JSON."""
    return {
        "services": {role: service.name for role, service in services.found.items()},
        "missing": missing(services),
        "field_lengths": field_lengths(services),
    }
