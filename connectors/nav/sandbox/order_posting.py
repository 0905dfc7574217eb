"""receiveAndInvoice, and a receipt alone as a person in the client makes it (contract 4.4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.document_posting import INVOICES, book_document
from connectors.nav.sandbox.documents import KINDS, document_lines, refresh, remove
from connectors.nav.sandbox.errors import dialog
from connectors.nav.sandbox.posting_checks import (
    NOTHING_TO_POST,
    check_document,
    check_external_number,
)
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.values import NO_ID, ZERO, number_of, plain

ORDERS = KINDS["purchaseOrders"]
_LINE_TYPES = {"Account": "G_x002F_L_x0020_Account", "Comment": "_x0020_"}


def receive_and_invoice(call: Call, order: Record) -> int:
    """Post receipt and invoice of the quantities on the lines; a finished order disappears.

    The status is 204 with an invoice; with a receipt alone it is the instance's switch, and 400
    is raised after the receipt was committed, as older versions did.
    """
    company = call.company
    lines = document_lines(company, ORDERS, order["id"])
    receive = {line["id"]: number_of(line, "receiveQuantity") for line in lines}
    invoice = {line["id"]: number_of(line, "invoiceQuantity") for line in lines}
    if not any(receive.values()) and not any(invoice.values()):
        raise dialog(NOTHING_TO_POST)
    check_document(company, ORDERS, order, lines)
    if any(invoice.values()):
        check_external_number(company, "Invoice", "Invoice", order, "vendorInvoiceNumber")
    post_receipt(company, order, receive)
    if any(invoice.values()):
        post_order_invoice(company, order, invoice)
        company.records.commit()
        return 204
    company.records.commit()
    if call.switches.receipt_only_status == 400:
        raise dialog("The purchase invoice cannot be found.")
    return call.switches.receipt_only_status


def post_receipt(company: Company, order: Record, quantities: Mapping[str, Decimal]) -> None:
    """Post a receipt of the given quantities by line id; zeros are left out."""
    lines = document_lines(company, ORDERS, order["id"])
    chosen = [line for line in lines if quantities.get(line["id"])]
    if not chosen:
        return
    receipt = company.new("purchaseReceipts")
    receipt.update({k: v for k, v in order.items() if k in receipt and k != "id"})
    receipt.update(
        number=company.next_number("purchaseReceipts"),
        orderNumber=order["number"],
        invoiceDate=order["orderDate"],
        dims=order.get("dims", {}),
    )
    company.put("purchaseReceipts", receipt)
    for line in chosen:
        _receive_line(company, receipt, line, quantities[line["id"]])
    refresh(company, ORDERS, order["id"])


def post_order_invoice(company: Company, order: Record, quantities: Mapping[str, Decimal]) -> None:
    """Post an invoice of the given quantities; the order goes once all of it is invoiced."""
    lines = document_lines(company, ORDERS, order["id"])
    for line in lines:
        _check_received(line, quantities.get(line["id"], ZERO))
    invoice = company.new(INVOICES.headers)
    invoice.update({k: v for k, v in order.items() if k != "id" and not k.startswith("_")})
    invoice.update(
        number=company.next_number("postedInvoices"),
        invoiceDate=order["orderDate"],
        vendorInvoiceNumber=order.get("vendorInvoiceNumber", ""),
        dueDate=order.get("dueDate", order["orderDate"]),
        orderId=order["id"],
        orderNumber=order["number"],
        status="Open",
        posted=True,
    )
    company.put(INVOICES.headers, invoice)
    for line in lines:
        _invoice_line(company, invoice, line, quantities.get(line["id"], ZERO))
    refresh(company, INVOICES, invoice["id"])
    posted = company.get(INVOICES.headers, invoice["id"]) or invoice
    book_document(company, INVOICES, posted, document_lines(company, INVOICES, invoice["id"]))
    _close_or_refresh(company, order)


def _receive_line(company: Company, receipt: Record, line: Record, quantity: Decimal) -> None:
    ordered, before = number_of(line, "quantity"), number_of(line, "receivedQuantity")
    if quantity > ordered - before:
        raise dialog(f"You cannot receive more than {plain(ordered - before)} units.")
    row = company.new("purchaseReceiptLines")
    row.update({k: v for k, v in line.items() if k in row and k != "id"})
    row.update(
        documentId=receipt["id"],
        lineType=_LINE_TYPES.get(line["lineType"], line["lineType"]),
        unitCost=line["directUnitCost"],
        quantity=plain(quantity),
        dims=line.get("dims", {}),
    )
    company.put("purchaseReceiptLines", row)
    received = before + quantity
    company.put(
        ORDERS.lines,
        {
            **line,
            "receivedQuantity": plain(received),
            "receiveQuantity": plain(ordered - received),
        },
    )


def _check_received(line: Record, quantity: Decimal) -> None:
    invoiceable = number_of(line, "receivedQuantity") - number_of(line, "invoicedQuantity")
    if quantity > invoiceable:
        raise dialog(f"You can't invoice more than {plain(invoiceable)} units.")


def _invoice_line(company: Company, invoice: Record, line: Record, quantity: Decimal) -> None:
    if not quantity and line["lineType"] != "Comment":
        return
    row = company.new(INVOICES.lines)
    row.update({k: v for k, v in line.items() if k in row and k != "id"})
    ordered = number_of(line, "quantity")
    share = quantity / ordered if ordered else ZERO
    row.update(
        documentId=invoice["id"],
        unitCost=line["directUnitCost"],
        quantity=plain(quantity),
        discountAmount=plain(number_of(line, "discountAmount") * share),
        dims=line.get("dims", {}),
    )
    company.put(INVOICES.lines, row)
    invoiced = number_of(line, "invoicedQuantity") + quantity
    company.put(
        ORDERS.lines,
        {
            **line,
            "invoicedQuantity": plain(invoiced),
            "invoiceQuantity": plain(ordered - invoiced),
        },
    )


def _close_or_refresh(company: Company, order: Record) -> None:
    lines = document_lines(company, ORDERS, order["id"])
    if all(_is_done(line) for line in lines):
        remove(company, ORDERS, order)
    else:
        refresh(company, ORDERS, order["id"])


def _is_done(line: Record) -> bool:
    return number_of(line, "invoicedQuantity") >= number_of(line, "quantity")


def open_quantities(lines: Sequence[Record]) -> dict[str, Decimal]:
    """Return what is still to be received, by line id."""
    return {
        line["id"]: number_of(line, "quantity") - number_of(line, "receivedQuantity")
        for line in lines
        if line["lineType"] != "Comment" and line["documentId"] != NO_ID
    }
