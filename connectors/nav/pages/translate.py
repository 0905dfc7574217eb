"""Our documents as bodies of pages: the words of API v2.0 told in those of the pages.

What fits, what is cleaned and what is refused is decided once, for both dialects, in
`connectors.nav.translate`; here properties get their page names, in the order in which NAV must
validate them: what a value overrides comes before it (NAV contract 4.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.documents import JournalEntry, LedgerInvoice, LedgerLine, LedgerOrder, LedgerVendor
from connectors.nav import kinds, translate
from connectors.nav.kinds import SEQUENCE_STEP
from connectors.nav.odata import code, decode_enum
from connectors.nav.pages.kinds import DOCUMENTS
from connectors.nav.pages.services import Service
from connectors.nav.texts import own_key
from connectors.nav.translate import Company

Body = dict[str, Any]

GL_ACCOUNT = "G/L Account"
COMMENT = " "  # the blank option: a line of text
_BLANK_OPTION = " "

# API v2.0's vendor properties -> those of page 26; validating a post code sets city and county.
_VENDOR: Mapping[str, str] = {
    "number": "No",
    "displayName": "Name",
    "addressLine1": "Address",
    "addressLine2": "Address_2",
    "country": "Country_Region_Code",
    "postalCode": "Post_Code",
    "city": "City",
    "state": "County",
    "phoneNumber": "Phone_No",
    "email": "E_Mail",
    "website": "Home_Page",
    "taxRegistrationNumber": "VAT_Registration_No",
    "currencyCode": "Currency_Code",
    "paymentTermsId": "Payment_Terms_Code",
    "blocked": "Blocked",
}
_HEADER: Mapping[str, str] = {
    "vendorNumber": "Buy_from_Vendor_No",
    "payToVendorNumber": "Pay_to_Vendor_No",
    "postingDate": "Posting_Date",
    "orderDate": "Document_Date",
    "invoiceDate": "Document_Date",
    "creditMemoDate": "Document_Date",
    "vendorInvoiceNumber": "Vendor_Invoice_No",
    "vendorCreditMemoNumber": "Vendor_Cr_Memo_No",
    "currencyCode": "Currency_Code",
    "paymentTermsId": "Payment_Terms_Code",
    "dueDate": "Due_Date",
    "pricesIncludeTax": "Prices_Including_VAT",
    "shortcutDimension1Code": "Shortcut_Dimension_1_Code",
    "shortcutDimension2Code": "Shortcut_Dimension_2_Code",
}
_MUST_BE_SHOWN = frozenset({"Pay_to_Vendor_No", "Currency_Code"})
_TAX_PROPERTIES = ("VAT_Prod_Posting_Group", "Tax_Group_Code")


# Vendors.


def vendor_create(
    vendor: LedgerVendor, company: Company, service: Service
) -> tuple[Body, tuple[str, ...]]:
    """Return the body that creates a vendor, and what of it does not fit."""
    body = translate.vendor_create(vendor, company)
    return _vendor(body, vendor, service), translate.shortened(vendor, body, company)


def vendor_change(
    vendor: LedgerVendor, company: Company, service: Service
) -> tuple[Body, tuple[str, ...]]:
    """Return the body that changes a vendor, and what of it does not fit."""
    body = translate.vendor_change(vendor, company)
    return _vendor(body, vendor, service), translate.shortened(vendor, body, company)


def _vendor(body: Mapping[str, Any], vendor: LedgerVendor, service: Service) -> Body:
    """Rename what the page shows; what it does not show the check has named."""
    found: Body = {}
    for ours, theirs in _VENDOR.items():
        if ours not in body or not service.shows(theirs):
            continue
        value = body[ours]
        if ours == "paymentTermsId":
            value = code(vendor.payment_terms_code or "")
        elif ours == "blocked":
            value = decode_enum(value) or _BLANK_OPTION
        found[theirs] = value
    is_wanted = vendor.pay_to and (not vendor.only or "pay_to" in vendor.only)
    if is_wanted and service.shows("Pay_to_Vendor_No"):
        found["Pay_to_Vendor_No"] = code(vendor.pay_to)
    return found


# Documents.


def document_body(
    document: LedgerOrder | LedgerInvoice, company: Company, service: Service
) -> Body:
    """Return the header of a purchase document with its JAGGAER reference.

    Raises ValueError for what does not fit or what the page cannot say.
    """
    kind = translate.kind_of(document)
    body = translate.document_body(kind, document, company)
    found: Body = {}
    for ours, theirs in _HEADER.items():
        if ours in body:
            terms = ours == "paymentTermsId" and isinstance(document, LedgerOrder)
            found[theirs] = code(document.payment_terms_code or "") if terms else body[ours]
    if kind.kind == kinds.ORDER:
        found["Vendor_Order_No"] = order_reference(document, service)
        if service.shows("Order_Date"):
            found["Order_Date"] = found["Document_Date"]
    if service.shows("Your_Reference"):
        length = service.properties["Your_Reference"] or 35
        found["Your_Reference"] = own_key(document.source_reference, length)
    return {name: value for name, value in found.items() if _can_say(service, name, value)}


def _can_say(service: Service, name: str, value: Any) -> bool:
    if service.shows(name):
        return True
    if name in _MUST_BE_SHOWN and value:
        raise ValueError(f"{service.name} does not show {name}")
    return False


def order_reference(document: LedgerOrder | LedgerInvoice, service: Service) -> str:
    """Return what an order is found by: its JAGGAER reference as `Vendor_Order_No` holds it."""
    return own_key(document.source_reference, service.properties.get("Vendor_Order_No") or 35)


def line_bodies(
    document: LedgerOrder | LedgerInvoice, company: Company, service: Service
) -> list[Body]:
    """Return the lines under numbers of our own: a comment with the JAGGAER reference first."""
    kind = translate.kind_of(document)
    plain = translate.line_bodies(kind, document, company)
    sources: list[LedgerLine | None] = [None, *document.lines]
    return [
        {"Line_No": place * SEQUENCE_STEP, **_line(body, source, kind.cost, company, service)}
        for place, (body, source) in enumerate(zip(plain, sources, strict=True), start=1)
    ]


def _line(
    body: Mapping[str, Any],
    source: LedgerLine | None,
    cost: str,
    company: Company,
    service: Service,
) -> Body:
    if source is None or "lineObjectNumber" not in body:
        return {"Type": COMMENT, "Description": body["description"]}
    found: Body = {"Type": GL_ACCOUNT, "No": body["lineObjectNumber"]}
    if body.get("description"):
        found["Description"] = body["description"]
    found |= {"Quantity": body["quantity"], "Direct_Unit_Cost": body[cost]}
    if body.get("taxCode"):
        found[_tax_property(service)] = body["taxCode"]
    return found | dimensions(source.dimensions, company, service.line_properties)


def order_line(line: LedgerLine, company: Company, service: Service) -> Body:
    """Return the body of one line of an order, without its number."""
    kind = kinds.DOCUMENTS[kinds.ORDER]
    body = translate.line_body(kind, line, company)
    return _line(body, line, kind.cost, company, service)


def _tax_property(service: Service) -> str:
    for name in _TAX_PROPERTIES:
        if name in service.line_properties:
            return name
    raise ValueError(f"the lines of {service.name} show no property for a tax code")


def dimensions(
    wanted: Mapping[str, str], company: Company, shown: Mapping[str, int | None]
) -> Body:
    """Return dimensions as shortcut dimensions of a line.

    Raises ValueError for one that is none of the company's shortcut dimensions, or whose column the
    page does not show: pages have no other place for it.
    """
    values = translate.dimensions_of(wanted)
    found: Body = {}
    for place, name in enumerate(company.setup.global_dimensions, start=1):
        value = values.pop(code(name), "") if name else ""
        if not value:
            continue
        column = shortcut(place)
        if column not in shown:
            raise ValueError(f"the published page has no column {column} for dimension {name}")
        found[column] = value
    if values:
        names = ", ".join(sorted(values))
        raise ValueError(f"not a shortcut dimension of the company: {names}")
    return found


def shortcut(place: int) -> str:
    return f"Shortcut_Dimension_{place}_Code" if place <= 2 else f"ShortcutDimCode{place}"


def number_of(kind: str, body: Mapping[str, Any]) -> str:
    """Return the value by which a document of this kind is found."""
    return str(body[DOCUMENTS[kind].number])


# Journals.


def journal_bodies(entry: JournalEntry, company: Company, service: Service) -> list[Body]:
    """Return the lines of an entry; batch and template are added when they are sent.

    Document type and balancing account are cleared, because NAV takes them over from the line
    before and from the batch.
    """
    found = []
    for body, line in zip(translate.journal_bodies(entry, company), entry.lines, strict=True):
        row: Body = {
            "Line_No": body["lineNumber"],
            "Posting_Date": body["postingDate"],
            "Document_Type": _BLANK_OPTION,
            "Document_No": body["documentNumber"],
            "External_Document_No": body["externalDocumentNumber"],
            "Account_Type": GL_ACCOUNT,
            "Account_No": body["accountNumber"],
            "Description": body["description"],
            "Amount": body["amount"],
            "Bal_Account_No": "",
            "Comment": body["comment"],
        }
        row = {name: value for name, value in row.items() if service.shows(name)}
        found.append(row | dimensions(line.dimensions, company, service.properties))
    return found
