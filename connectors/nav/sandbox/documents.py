"""Headers of purchase orders, invoices and credit memos (NAV contract 4.1 to 4.3)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.currency import factor_on, precision_of
from connectors.nav.sandbox.date_formula import due_date
from connectors.nav.sandbox.dimensions import (
    assign_shortcut,
    defaults_of,
    shortcut_code,
    spread_change,
)
from connectors.nav.sandbox.errors import dialog, field_error
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.reference_rules import (
    assign_by_id,
    assign_currency,
    check_country,
    check_posting_groups,
    check_vendor_open,
    shown_currency_code,
)
from connectors.nav.sandbox.rules import Call, Computed, Draft, Rules, related
from connectors.nav.sandbox.tax import is_sales_tax, rate_of
from connectors.nav.sandbox.totals import document_amounts
from connectors.nav.sandbox.values import NO_DATE, NO_ID, number_of

RELEASED = ("Open", "In_x0020_Review")


@dataclass(frozen=True)
class Kind:
    """What sets the three purchase documents apart."""

    headers: str
    lines: str
    word: str
    cost_field: str
    date_field: str
    compares_vendor: bool
    mismatch: str
    not_provided: str
    not_found: str
    ledger_type: str = ""


_ORDER_MISMATCH = "values do not match to a specific Vendor."
KINDS = {
    "purchaseOrders": Kind(
        headers="purchaseOrders",
        lines="purchaseOrderLines",
        word="Order",
        cost_field="directUnitCost",
        date_field="orderDate",
        compares_vendor=True,
        mismatch=_ORDER_MISMATCH,
        not_provided='A "vendorNumber" or a "vendorId" must be provided.',
        not_found="The buy-from vendor cannot be found.",
    ),
    "purchaseInvoices": Kind(
        headers="purchaseInvoices",
        lines="purchaseInvoiceLines",
        word="Invoice",
        cost_field="unitCost",
        date_field="invoiceDate",
        compares_vendor=False,
        mismatch="",
        not_provided='A "vendorNumber" or a "vendorID" must be provided.',
        not_found="The vendor cannot be found.",
        ledger_type="Invoice",
    ),
    "purchaseCreditMemos": Kind(
        headers="purchaseCreditMemos",
        lines="purchaseCreditMemoLines",
        word="Credit Memo",
        cost_field="unitCost",
        date_field="creditMemoDate",
        compares_vendor=True,
        mismatch="values do not match to a Vendor.",
        not_provided='A "vendorNumber" or a "vendorId" must be provided.',
        not_found="The buy-from vendor cannot be found.",
        ledger_type="Credit_x0020_Memo",
    ),
}
KIND_OF_LINES = {kind.lines: kind for kind in KINDS.values()}

_ADDRESS = ("AddressLine1", "AddressLine2", "City", "Country", "State", "PostCode")
_CARD_ADDRESS = ("addressLine1", "addressLine2", "city", "country", "state", "postalCode")


class DocumentRules(Rules):
    """Headers: vendor defaults, currency, dates, dimensions, totals."""

    unique: ClassVar[str] = "number"
    computed: ClassVar[dict[str, Computed]] = {
        "currencyCode": shown_currency_code,
        "shortcutDimension1Code": lambda company, record: shortcut_code(company, record, 0),
        "shortcutDimension2Code": lambda company, record: shortcut_code(company, record, 1),
    }

    def __init__(self, set_name: str) -> None:
        super().__init__(set_name)
        self.kind = KINDS[set_name]

    def begin(self, call: Call, draft: Draft) -> None:
        """Refuse changes of released and posted documents; date a new one today."""
        if draft.old:
            refuse_if_closed(self.kind, draft.old)
            return
        today = call.company.today()
        draft.record.update(
            {"status": "Draft", "postingDate": today, self.kind.date_field: today, "dims": {}}
        )

    def assign(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        """Validate one header property."""
        if name in ("vendorId", "vendorNumber"):
            self._assign_vendor(call, draft, name, value)
        elif name in ("payToVendorId", "payToVendorNumber"):
            self._assign_pay_to(call, draft, name, value)
        elif name in ("currencyId", "currencyCode"):
            assign_currency(call, draft, name, value)
        elif name == "paymentTermsId":
            assign_by_id(call, draft, name, value, target="paymentTerms", title="Payment Terms")
        elif name == "shipmentMethodId":
            assign_by_id(
                call, draft, name, value, target="shipmentMethods", title="Shipment Method"
            )
        elif name.startswith("shortcutDimension"):
            assign_shortcut(call, draft, name, value, "Purchase Header")
        else:
            self._assign_plain(call, draft, name, value)

    def complete(self, call: Call, draft: Draft) -> None:
        """Number a new document and compute what follows from dates and currency."""
        record, company = draft.record, call.company
        if record["vendorId"] == NO_ID:
            raise dialog(self.kind.not_provided)
        if draft.creating:
            document_date = draft.seen.get("invoiceDate")
            if document_date and "postingDate" not in draft.seen:
                record["postingDate"] = document_date
            record["number"] = company.next_number(self.kind.headers)
        if "dueDate" not in draft.seen and not _dates_unchanged(draft, self.kind.date_field):
            record["dueDate"] = due_date(company, record, record[self.kind.date_field])
        record["currencyFactor"] = factor_on(company, record["currencyCode"], record["postingDate"])

    def store(self, call: Call, draft: Draft) -> Record:
        """Write the header; changed dimensions go on to the lines."""
        stored = super().store(call, draft)
        if draft.old and call.switches.header_dimensions_spread:
            spread_change(
                call.company,
                self.kind.lines,
                draft.old.get("dims", {}),
                stored.get("dims", {}),
                stored["id"],
            )
        if draft.creating:
            call.deep.add(stored["id"])
        return stored

    def finish(self, call: Call, record: Record) -> None:
        """Compute the totals, once all lines of a deep insert are in."""
        call.deep.discard(record["id"])
        refresh(call.company, self.kind, record["id"])

    def delete(self, call: Call, record: Record) -> None:
        """Delete a draft or order with its lines; a posted document stays."""
        if record.get("posted"):
            raise dialog(
                f"You cannot delete the posted Purchase {self.kind.word} {record['number']}."
            )
        remove(call.company, self.kind, record)

    def _assign_vendor(self, call: Call, draft: Draft, name: str, value: str) -> None:
        vendor = find_vendor(call.company, name, value)
        if vendor is None:
            raise dialog(self.kind.not_found)
        other = draft.seen.keys() & {"vendorId", "vendorNumber"}
        if other and self.kind.compares_vendor and draft.record["vendorId"] != vendor["id"]:
            raise dialog(f"The buy-from vendor {self.kind.mismatch}")
        if draft.record["vendorId"] != vendor["id"]:
            take_vendor(call.company, draft.record, vendor)

    def _assign_pay_to(self, call: Call, draft: Draft, name: str, value: str) -> None:
        own_name = "vendorId" if name == "payToVendorId" else "vendorNumber"
        vendor = find_vendor(call.company, own_name, value)
        if vendor is None:
            raise dialog("The pay-to vendor cannot be found.")
        other = draft.seen.keys() & {"payToVendorId", "payToVendorNumber"}
        if other and self.kind.compares_vendor and draft.record["payToVendorId"] != vendor["id"]:
            raise dialog(f"The pay-to vendor {self.kind.mismatch}")
        take_pay_to(call.company, draft.record, vendor)

    def _assign_plain(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        company = call.company
        if name == "fullyReceived":
            return  # a buffer value of the page: taken, without effect
        if name == "pricesIncludeTax" and value and is_sales_tax(company):
            raise dialog(
                'The "pricesIncludeTax" cannot be set to true if VAT Calculation Type is Sales Tax.'
            )
        if name.endswith("Country"):
            check_country(company, value, field="Country/Region Code", table="Purchase Header")
        if name == "purchaser":
            related(
                company,
                "salespeoplePurchasers",
                value,
                field="Purchaser Code",
                table="Purchase Header",
                title="Salesperson/Purchaser",
            )
        draft.record[name] = value


class CreditMemoRules(DocumentRules):
    """Credit memos may name the invoice they correct."""

    def _assign_plain(self, call: Call, draft: Draft, name: str, value: Any) -> None:
        if name in ("invoiceId", "invoiceNumber") and value not in ("", NO_ID):
            key = "id" if name == "invoiceId" else "number"
            rows = call.company.find("purchaseInvoices", key, value)
            invoice = next((row for row in rows if row.get("posted")), None)
            if invoice is None:
                raise dialog('The "invoiceId" does not match to an Invoice.')
            draft.record.update(invoiceId=invoice["id"], invoiceNumber=invoice["number"])
            return
        super()._assign_plain(call, draft, name, value)


def find_vendor(company: Company, name: str, value: str) -> Record | None:
    """Return the vendor that vendorId or vendorNumber names, or None."""
    if name == "vendorId":
        return company.get("vendors", value)
    return company.first("vendors", "number", value) if value else None


def take_vendor(company: Company, record: Record, vendor: Record) -> None:
    """Fill a header from its buy-from vendor; blocked vendors and missing groups are refused."""
    check_vendor_open(vendor, "create")
    check_posting_groups(vendor)
    record.update(
        vendorId=vendor["id"],
        vendorNumber=vendor["number"],
        vendorName=vendor["displayName"],
        purchaser=vendor.get("purchaserCode", ""),
    )
    for own, card in zip(_ADDRESS, _CARD_ADDRESS, strict=True):
        record[f"buyFrom{own}"] = vendor[card]
    pay_to_number = vendor.get("payToVendorNumber")
    pay_to = company.first("vendors", "number", pay_to_number) if pay_to_number else None
    take_pay_to(company, record, pay_to or vendor)
    record["dims"] = {**record.get("dims", {}), **defaults_of(company, vendor)}


def take_pay_to(company: Company, record: Record, vendor: Record) -> None:
    """Fill a header from its pay-to vendor: currency, terms and posting groups follow it."""
    check_vendor_open(vendor, "create")
    check_posting_groups(vendor)
    record.update(
        payToVendorId=vendor["id"],
        payToVendorNumber=vendor["number"],
        payToName=vendor["displayName"],
        currencyId=vendor["currencyId"],
        currencyCode=vendor["currencyCode"],
        paymentTermsId=vendor["paymentTermsId"],
        vatBusPostingGroup=vendor.get("vatBusPostingGroup", ""),
        vendorPostingGroup=vendor.get("vendorPostingGroup", ""),
    )
    for own, card in zip(_ADDRESS, _CARD_ADDRESS, strict=True):
        record[f"payTo{own}"] = vendor[card]


def refuse_if_closed(kind: Kind, header: Record) -> None:
    """Refuse any change of a posted document, and of an order after its release."""
    if header.get("posted"):
        word = kind.word.lower()
        raise dialog(f"The {word} has been posted and can no longer be modified.")
    if header["status"] in RELEASED:
        shown = "Released" if header["status"] == "Open" else "Pending Approval"
        raise field_error(
            f"Status must be equal to 'Open'  in Purchase Header: Document Type={kind.word}, "
            f"No.={header['number']}. Current value is '{shown}'."
        )


def document_lines(company: Company, kind: Kind, header_id: str) -> list[Record]:
    """Return the lines of a document in the order of their sequence."""
    lines = company.find(kind.lines, "documentId", header_id)
    return sorted(lines, key=lambda line: line["sequence"])


def refresh(company: Company, kind: Kind, header_id: str) -> None:
    """Compute line amounts and totals anew; the header gets a new ETag and time stamp."""
    header = company.get(kind.headers, header_id)
    if header is None:
        return
    lines = document_lines(company, kind, header_id)
    rates = [rate_of(company, header, line) for line in lines]
    precision = precision_of(company, header["currencyCode"])
    totals, rows = document_amounts(header, lines, rates, kind.cost_field, precision)
    for line, row in zip(lines, rows, strict=True):
        known = {k: v for k, v in row.items() if k in line}
        if any(number_of(line, name) != value for name, value in known.items()):
            company.put(kind.lines, {**line, **known})
    values: Record = {**header, **totals, "recalculate": True}
    if kind.headers == "purchaseOrders":
        values["fullyReceived"] = _is_fully_received(lines)
    company.put(kind.headers, values)


def remove(company: Company, kind: Kind, header: Record) -> None:
    """Delete a document with its lines."""
    for line in company.find(kind.lines, "documentId", header["id"]):
        company.delete(kind.lines, line)
    company.delete(kind.headers, header)


def _is_fully_received(lines: list[Record]) -> bool:
    open_lines = [line for line in lines if number_of(line, "quantity")]
    zero = Decimal(0)
    return bool(open_lines) and all(
        number_of(line, "quantity") - number_of(line, "receivedQuantity") <= zero
        for line in open_lines
    )


def _dates_unchanged(draft: Draft, date_field: str) -> bool:
    if draft.old is None or "dueDate" not in draft.record:
        return "dueDate" not in draft.record
    names = (date_field, "paymentTermsId", "payToVendorId")
    same = all(draft.old[name] == draft.record[name] for name in names if name in draft.record)
    return same and draft.record["dueDate"] != NO_DATE
