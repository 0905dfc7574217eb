"""Invoices and credit memos as JAGGAER's details (JAGGAER contract 7.2, 10.2). Pure."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from decimal import Decimal

from sync.demo.identity import calendar_date, invoice_id, invoice_number, stamp
from sync.demo.parts import (
    Body,
    Terms,
    coding,
    custom_field,
    extended,
    supplier_reference,
    terms_body,
    terms_of,
)
from sync.demo.records import Row, Unit

EXPORTS = {  # of the compact row -> payment status, workflow status
    "payable": ("Payable", "Completed"),
    "pending": ("Payable", "Pending"),
    "in_process": ("InProcess", "Completed"),
    "paid": ("Paid", "Completed"),
}


def invoice_body(unit: Unit, place: int) -> Body:
    """Return an invoice's detail (contract 10.2).

    Freight, sales tax and discount lines of the row become header charges, the only form that
    JAGGAER has for them; a credit memo's header amounts are negative, its discount is not.
    """
    row = unit.invoices[place]
    items = [line for line in row["lines"] if line["kind"] == "item"]
    header = {
        **stamp(unit, "invoices", place),
        "invoiceId": invoice_id(unit, place),
        "invoiceNumber": invoice_number(place),
        "originalInvoiceNumber": invoice_number(place),
        "supplierInvoiceNumber": row["supplier_invoice_number"],
        **_kind_of(row),
        **_dates(unit, row),
        **_statuses(row),
        "businessUnit": unit.key,
        "supplier": supplier_reference(unit, row.get("supplier_code"), row["supplier_name"]),
        "terms": terms_body(terms_of(unit, row.get("supplier_code")), "type"),
        "payment": {"method": "Unknown", "paidByExternalPaymentProcessor": "false"},
        "additionalInfo": _no_attachments(),
        **_original(row),
        **_charges(row),
        "total": {"currency": row["currency"], "value": _headed(row, row["gross_total"])},
    }
    lines = [_invoice_line(unit, place, line, row) for line in items]
    return {"header": header, "lineList": {"invoiceLine": lines}}


def _kind_of(row: Row) -> Body:
    has_order = _names_order(row)
    is_credit = row["document_type"] == "credit_memo"
    return {
        "invoiceType": "Credit memo" if is_credit else "Invoice",
        "invoiceLineType": "PO" if has_order else "Non-PO",
        "invoiceSource": "Manual",
        "nonPOInvoice": "false" if has_order else "true",
        "containsNonPOLines": "false" if has_order else "true",
    }


def _names_order(row: Row) -> bool:
    """A reference like "0", "-" or "n/a" stands on the invoice, but names no order."""
    written = "".join(row.get("po_references", ()))
    return any(character.isdigit() and int(character) for character in written)


def _dates(unit: Unit, row: Row) -> Body:
    """The accounting date is the day of receipt; an invoice date may be no date at all."""
    received = row["received_date"]
    dates = {
        "invoiceCreateDate": calendar_date(received),
        "accountingDate": calendar_date(received),
    }
    written = row.get("invoice_date")
    if written:
        dates["invoiceDate"] = calendar_date(written)
    due = _due(terms_of(unit, row.get("supplier_code")), date.fromisoformat(received))
    return {**dates, "dueDate": calendar_date(due.isoformat())}


def _due(terms: Terms, start: date) -> date:
    if terms.net_days is None:
        return start.replace(day=calendar.monthrange(start.year, start.month)[1])
    return start + timedelta(days=terms.net_days)


def _statuses(row: Row) -> Body:
    payment, workflow = EXPORTS[row.get("export", "payable")]
    return {
        "validationStatus": "Unneeded",
        "paymentStatus": payment,
        "workflowStatus": workflow,
        "matchStatus": "Unmatched" if _names_order(row) else "Do Not Match",
    }


def _no_attachments() -> Body:
    empty = {"attachmentList": {"attachment": []}}
    return {"externalInfo": empty, "internalInfo": empty, "ocrAttachmentList": {"attachment": []}}


def _original(row: Row) -> Body:
    number = row.get("original_invoice_number")
    return custom_field("OriginalInvoice", "Original Invoice", number) if number else {}


def _charges(row: Row) -> Body:
    tax = _headed(row, row["tax_total"])
    return {
        "taxCharge1": tax,
        "taxCharge2": _headed(row, _sum(row, "sales_tax")),
        "shippingCharge": _headed(row, _sum(row, "freight")),
        "handlingCharge": 0,
        "discountAmount": abs(_sum(row, "discount")),
        "allocationMethod": "Weighted",
        "tax1HeaderChargeDetail": {"currentTax": tax, "engineTax": 0},
        "miscFeeList": {"miscFee": []},
    }


def _sum(row: Row, kind: str) -> Decimal:
    amounts = (Decimal(line["line_total"]) for line in row["lines"] if line["kind"] == kind)
    return sum(amounts, Decimal(0))


def _headed(row: Row, amount: str | Decimal) -> Decimal:
    """Return a header amount: a credit memo's is negative whatever its supplier wrote."""
    value = Decimal(amount)
    return -abs(value) if row["document_type"] == "credit_memo" and value else value


def _invoice_line(unit: Unit, place: int, line: Row, invoice: Row) -> Body:
    body = {
        "lineId": 100 * invoice_id(unit, place) + line["line_no"],
        "lineNumber": line["line_no"],
        "item": {
            "description": line["description"],
            "unitOfMeasure": _unit_of_measure(line["uom"]),
            "productType": "NonCatalogItem",
        },
        "businessUnit": unit.key,
        **_order_reference(line, invoice),
        "receipts": {"receipt": []},
        "quantity": Decimal(line["quantity"]),
        "unitPrice": Decimal(line["unit_price"]),
        **extended(line),
        "taxable": "true" if line.get("tax_rate", "0") != "0" else "false",
    }
    if line.get("tax_rate") is not None:
        body |= custom_field("TaxRateCode", "Tax Rate", line["tax_rate"])
    return body | coding(unit, line)


def _unit_of_measure(uom: str) -> Body:
    kinds = ("system", "buyer")
    alternatives = [{"type": kind, "dimension": uom} for kind in kinds]
    return {"dimension": uom, "alternateUnitOfMeasure": alternatives}


def _order_reference(line: Row, invoice: Row) -> Body:
    """The reference is the line's own, else the only one that stands on the invoice."""
    references = invoice.get("po_references", ())
    reference = line.get("po_reference") or next(iter(references), None)
    body = {"poNumber": reference} if reference else {}
    if body and line.get("po_line_no"):
        body["poLineNumber"] = str(line["po_line_no"])
    return body
