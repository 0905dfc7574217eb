"""Compact rows -> bodies as JAGGAER's public API gives them (JAGGAER contract 7 and 10). Pure.

Amounts stay the decimal text of the rows: as `Decimal` they are written as JSON numbers with
exactly those digits. Change times follow the order of the rows, since invoices are decided in the
order of (change time, id).
"""

from __future__ import annotations

import calendar
import hashlib
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sync.demo.records import UNITS, Row, Unit

Body = dict[str, Any]

CENT = Decimal("0.01")
FIRST_ID = 2_147_490_000  # above 2^31: an id is text to whoever reads it
ID_STEP = 7
EXPORT_LAG = (330, 3480)  # milliseconds from the export message to `lastUpdate` (contract 6.1)
STEP = timedelta(seconds=41, milliseconds=137)
STARTS = {  # when the first supplier, order and invoice were exported
    "suppliers": datetime(2024, 3, 4, 6, 0, tzinfo=UTC),
    "purchaseorders": datetime(2024, 3, 5, 6, 0, tzinfo=UTC),
    "invoices": datetime(2024, 3, 6, 6, 0, tzinfo=UTC),
    "later": datetime(2024, 3, 8, 6, 0, tzinfo=UTC),
}
EXPORTS = {  # of the compact row -> payment status, workflow status
    "payable": ("Payable", "Completed"),
    "pending": ("Payable", "Pending"),
    "in_process": ("InProcess", "Completed"),
    "paid": ("Paid", "Completed"),
}
THREE_LETTERS = {
    "CH": "CHE",
    "DE": "DEU",
    "DK": "DNK",
    "ET": "ETH",
    "GB": "GBR",
    "IE": "IRL",
    "IN": "IND",
    "MX": "MEX",
    "NG": "NGA",
    "NL": "NLD",
    "PR": "PRI",
    "US": "USA",
    "VN": "VNM",
    "ZA": "ZAF",
}


@dataclass(frozen=True)
class Terms:
    """Payment terms as JAGGAER words them; `net_days` None = end of the invoice's month."""

    code: str
    net_days: int | None
    discount_days: int = 0
    discount_percent: Decimal | None = None


TERMS = {  # payment terms code of the ledger, as the rows have it -> the source's terms
    "CM": Terms("End of Month", None),
    "COD": Terms("Due on Receipt", 0),
    "1M(8D)": Terms("2% 8 Net 30", 30, 8, Decimal(2)),
    "7 DAYS": Terms("Net 7", 7),
    "14 DAYS": Terms("Net 14", 14),
    "21 DAYS": Terms("Net 21", 21),
    "30 DAYS": Terms("Net 30", 30),
    "60 DAYS": Terms("Net 60", 60),
}


# ----------------------------------------------------------------------------------- seed lines


def seed_lines(unit: Unit) -> Iterator[Body]:
    """Yield one line per supplier, order and invoice for the JAGGAER sandbox."""
    for place, supplier in enumerate(unit.suppliers):
        yield _line(unit, "suppliers", integration_number(unit, place), supplier_body(unit, place))
    for place in range(len(unit.orders)):
        yield _line(unit, "purchaseorders", order_id(unit, place), order_body(unit, place))
    for place in range(len(unit.invoices)):
        yield _line(unit, "invoices", invoice_id(unit, place), invoice_body(unit, place))


def later_lines(unit: Unit) -> Iterator[Body]:
    """Yield what the source exports after the first run: a revised order, then approvals."""
    for place, order in enumerate(unit.orders):
        if order.get("revised_later"):
            body = _revised(order_body(unit, place), stamp(unit, "later", place))
            yield _line(unit, "purchaseorders", order_id(unit, place), body)
    for place, invoice in enumerate(unit.invoices):
        if invoice.get("export") in {"pending", "in_process"}:
            body = invoice_body(unit, place)
            payment, workflow = EXPORTS["payable"]
            body["header"] |= {"paymentStatus": payment, "workflowStatus": workflow}
            body["header"] |= stamp(unit, "later", len(unit.orders) + place)
            yield _line(unit, "invoices", invoice_id(unit, place), body)


def _line(unit: Unit, collection: str, key: int | str, body: Body) -> Body:
    return {"collection": collection, "dataset": unit.key, "id": key, "body": body}


def dumps(value: Any) -> str:
    """Write JSON on one line; a Decimal becomes a number with exactly its digits."""
    if isinstance(value, Mapping):
        members = (f"{json.dumps(key)}:{dumps(member)}" for key, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


# ---------------------------------------------------------------------- identity and change time


def integration_number(unit: Unit, place: int) -> str:
    """Return JAGGAER's key of the supplier at a place of `unit.suppliers`."""
    return f"u{1_511_000 + 10_000 * UNITS.index(unit.key) + place}"


def order_id(unit: Unit, place: int) -> int:
    """Return `poId` of the order at a place of `unit.orders`."""
    return _number(unit, 1_000_000, place)


def invoice_id(unit: Unit, place: int) -> int:
    """Return `invoiceId` of the invoice at a place of `unit.invoices`."""
    return _number(unit, 2_000_000, place)


def invoice_number(place: int) -> str:
    """Return JAGGAER's own number of the invoice at a place of `unit.invoices`."""
    return f"I{place + 1:06d}"


def _number(unit: Unit, offset: int, place: int) -> int:
    return FIRST_ID + 10_000_000 * UNITS.index(unit.key) + offset + ID_STEP * place


def _supplier_id(unit: Unit, code: str) -> int:
    """Return JAGGAER's internal id of a supplier; a code that nobody knows has one too."""
    digest = hashlib.sha256(f"{unit.key}:{code}".encode()).digest()
    return 1_003_000_000 + int.from_bytes(digest[:3])


def stamp(unit: Unit, kind: str, place: int) -> Body:
    """Return the id of the export message, whose tail is its time, and `lastUpdate` after it."""
    digest = hashlib.sha256(f"{unit.key}:{kind}:{place}".encode()).digest()
    shortest, longest = EXPORT_LAG
    stored = STARTS[kind] + STEP * place
    lag = shortest + int.from_bytes(digest[:4]) % (longest - shortest)
    exported = _milliseconds(stored) - lag
    head = uuid.UUID(bytes=digest[:16], version=4).hex[:20]
    message = uuid.UUID(hex=f"{head}{exported:012x}")
    return {"originalRequestMessageId": str(message), "lastUpdate": instant(stored)}


def _milliseconds(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def instant(moment: datetime) -> str:
    """Return an instant with milliseconds and Z."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def calendar_date(text: str) -> str:
    """Return a calendar date as midnight UTC; a text that is none goes out as it is."""
    looks_like_one = len(text) == 10 and text[4] == text[7] == "-"
    return f"{text}T00:00:00.000Z" if looks_like_one else text


# ------------------------------------------------------------------------------------- suppliers


def supplier_body(unit: Unit, place: int) -> Body:
    """Return a supplier in the JI form (contract 10.4); no bank data, no invented street."""
    row = unit.suppliers[place]
    body = {
        "sqIntegrationNumber": integration_number(unit, place),
        "erpNumber": row["supplier_code"],
        "jaSupplierId": str(40_000 + place),
        "lastUpdate": stamp(unit, "suppliers", place)["lastUpdate"],
        "requiresERP": "true",
        "approvedForERPSync": "false" if row["status"] == "onboarding" else "true",
        "name": row["name"],
        "doingBusinessAs": row.get("trading_as"),
        "otherNames": "; ".join(_other_names(row)) or None,
        "countryOfOrigin": row.get("country"),
        "active": "No" if row["status"] == "inactive" else "Yes",
        "parentSupplier": _parent(unit, row),
        "enabledCurrencyList": {"isoCurrencyCode": [row["currency"]]},
        "addressList": {"address": _addresses(row)},
        "contactList": {"contact": [_contact(row)]},
        "locationList": {"location": [_location(row)]},
    }
    return {name: value for name, value in body.items() if value is not None}


def _other_names(row: Row) -> list[str]:
    return [*row.get("other_names", ()), *filter(None, [row.get("formerly")])]


def _parent(unit: Unit, row: Row) -> Body | None:
    code = row.get("parent_supplier_code")
    if code is None:
        return None
    place = next(n for n, other in enumerate(unit.suppliers) if other["supplier_code"] == code)
    return {"erpNumber": code, "sqIntegrationNumber": integration_number(unit, place)}


def _addresses(row: Row) -> list[Body]:
    common: Body = {"erpNumber": "001", "active": "true"}
    if row.get("country"):
        common["isoCountryCode"] = THREE_LETTERS[row["country"]]
    kinds = {"remitto": "Accounts Receivable", "fulfillment": "Order Desk"}
    return [
        {"type": kind, "name": name, "addressLine1": name, **common}
        for kind, name in kinds.items()
    ]


def _contact(row: Row) -> Body:
    return {
        "type": "remitto",
        "erpNumber": "C1",
        "firstName": "Accounts",
        "lastName": "Receivable",
        "email": f"ar@{row['supplier_code'].lower()}.example",
        "active": "true",
    }


def _location(row: Row) -> Body:
    terms = {"active": "true", **_terms(TERMS[row["payment_terms_code"]], "termsType")}
    return {
        "supportsOrderFulfillment": "Yes",
        "erpNumber": "loc1",
        "name": "Fulfillment Center 1",
        "active": "true",
        "primary": "Yes",
        "termsAndCondition": {"paymentTerms": terms},
    }


def _terms(terms: Terms, type_field: str) -> Body:
    discount: Body = {}
    if terms.discount_percent:
        discount = {"unit": "percent", "discountPercent": terms.discount_percent}
    body = {"discount": discount, "days": terms.discount_days, type_field: "Net"}
    if terms.net_days is not None:
        body["daysAfter"] = terms.net_days
    return {**body, "standardPaymentTermsCode": terms.code}


def _terms_of(unit: Unit, code: str | None) -> Terms:
    supplier = unit.supplier_of.get(code or "")
    return TERMS[supplier["payment_terms_code"]] if supplier else TERMS["30 DAYS"]


# ---------------------------------------------------------------------------------------- orders


def order_body(unit: Unit, place: int) -> Body:
    """Return a purchase order's detail (contract 10.3); cancelled lines have quantity 0."""
    row = unit.orders[place]
    header = {
        **stamp(unit, "purchaseorders", place),
        "poId": order_id(unit, place),
        "poNumber": row["po_number"],
        "alternatePONumber": "",
        "revisionNumber": row.get("revision", 0),
        "createDateTime": f"{row['created']}T09:30:00.000Z",
        "distributeRevision": "true",
        "workflowStatus": "Completed",
        "businessUnit": unit.key,
        "requestor": {"username": row.get("buyer_code", "BUYER-01").lower()},
        "supplier": _supplier(unit, row["supplier_code"], row["supplier_name"]),
        "terms": _terms(_terms_of(unit, row["supplier_code"]), "type"),
        "freightOnBoard": "Destination",
        "taxCharge1": 0,
        "taxCharge2": 0,
        "shippingCharge": 0,
        "handlingCharge": 0,
        "total": {"currency": row["currency"], "value": Decimal(row["total"])},
    }
    lines = [_order_line(unit, place, line, row) for line in row["lines"]]
    return {"header": header | _order_ending(row), "lineList": {"poLine": lines}}


def _order_ending(row: Row) -> Body:
    """A revision comes as an update, a cancel as a cancel; a closed order is closed for AP."""
    if row["status"] == "cancelled":
        return {"type": "cancel", "workflowStatus": "Cancelled"}
    if row["status"] == "finally_closed":
        return {"type": "update", "poAPStatus": "Close"}
    if row.get("revision"):
        return {"type": "update", "revisionDate": f"{row['created']}T15:30:00.000Z"}
    return {}


def _order_line(unit: Unit, place: int, line: Row, order: Row) -> Body:
    withdrawn = line.get("cancelled") and order["status"] != "cancelled"
    body = {
        "lineId": 100 * order_id(unit, place) + line["line_no"],
        "lineNumber": line["line_no"],
        "workflowStatus": "Approved",
        "item": {
            "description": line["description"],
            "productType": "NonCatalogItem",
            "unitOfMeasure": {"dimension": line["uom"]},
        },
        "quantity": Decimal(0) if withdrawn else Decimal(line["quantity"]),
        "unitPrice": Decimal(line["unit_price"]),
        "taxable": "false",
        "capitalExpense": "false",
    }
    if not withdrawn:
        body |= _extended(line)
    if line.get("scheduled_delivery"):
        body["deliveryInfo"] = {"requestedDeliveryDate": calendar_date(line["scheduled_delivery"])}
    return body | _coding(unit, line)


def _revised(body: Body, exported: Body) -> Body:
    """Return an order as its next revision: the first line is ordered twice as often."""
    header, lines = body["header"], body["lineList"]["poLine"]
    first = {**lines[0], "quantity": 2 * lines[0]["quantity"]}
    amount = Decimal(header["total"]["value"]) + line_amount(lines[0])
    first.pop("extendedPrice", None)
    header = {
        **header,
        **exported,
        "type": "update",
        "revisionNumber": header["revisionNumber"] + 1,
        "revisionDate": exported["lastUpdate"],
        "total": {**header["total"], "value": amount},
    }
    return {"header": header, "lineList": {"poLine": [first, *lines[1:]]}}


def line_amount(line: Body) -> Decimal:
    """Return the amount of a payload's line: as sent, else quantity x price to the cent."""
    return line.get("extendedPrice") or _product(line["quantity"], line["unitPrice"])


def _product(quantity: Decimal, price: Decimal) -> Decimal:
    return (quantity * price).quantize(CENT, ROUND_HALF_UP)


def _extended(line: Row) -> Body:
    """The extended price is sent only where quantity x price does not give the amount."""
    amount = Decimal(line["line_total"])
    product = _product(Decimal(line["quantity"]), Decimal(line["unit_price"]))
    return {} if product == amount else {"extendedPrice": amount}


# -------------------------------------------------------------------------------------- invoices


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
        "supplier": _supplier(unit, row.get("supplier_code"), row["supplier_name"]),
        "terms": _terms(_terms_of(unit, row.get("supplier_code")), "type"),
        "payment": {"method": "Unknown", "paidByExternalPaymentProcessor": "false"},
        "additionalInfo": _no_attachments(),
        **_original(row),
        **_charges(row),
        "total": {"currency": row["currency"], "value": _headed(row, row["gross_total"])},
    }
    lines = [_invoice_line(unit, place, line, row) for line in items]
    return {"header": header, "lineList": {"invoiceLine": lines}}


def _kind_of(row: Row) -> Body:
    has_order = bool(row.get("po_references"))
    is_credit = row["document_type"] == "credit_memo"
    return {
        "invoiceType": "Credit memo" if is_credit else "Invoice",
        "invoiceLineType": "PO" if has_order else "Non-PO",
        "invoiceSource": "Manual",
        "nonPOInvoice": "false" if has_order else "true",
        "containsNonPOLines": "false" if has_order else "true",
    }


def _dates(unit: Unit, row: Row) -> Body:
    """The accounting date is the day of receipt; an invoice date may be no date at all."""
    received = row["received_date"]
    dates = {"invoiceCreateDate": calendar_date(received), "accountingDate": calendar_date(received)}
    written = row.get("invoice_date")
    if written:
        dates["invoiceDate"] = calendar_date(written)
    due = _due(_terms_of(unit, row.get("supplier_code")), date.fromisoformat(received))
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
        "matchStatus": "Unmatched" if row.get("po_references") else "Do Not Match",
    }


def _supplier(unit: Unit, code: str | None, name: str) -> Body:
    """A supplier without code is named in words only."""
    if code is None:
        return {"name": name}
    return {"id": _supplier_id(unit, code), "name": name, "supplierNumber": code}


def _no_attachments() -> Body:
    empty = {"attachmentList": {"attachment": []}}
    return {"externalInfo": empty, "internalInfo": empty, "ocrAttachmentList": {"attachment": []}}


def _original(row: Row) -> Body:
    number = row.get("original_invoice_number")
    return _custom_field("OriginalInvoice", "Original Invoice", number) if number else {}


def _custom_field(name: str, label: str, value: str) -> Body:
    values = {"customFieldValue": [{"value": value}]}
    field = {"name": name, "label": label, "customFieldValueList": values}
    return {"customFieldValueSetList": {"customFieldValueSet": [field]}}


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
        **_extended(line),
        "taxable": "true" if line.get("tax_rate", "0") != "0" else "false",
    }
    if line.get("tax_rate") is not None:
        body |= _custom_field("TaxRateCode", "Tax Rate", line["tax_rate"])
    return body | _coding(unit, line)


def _unit_of_measure(uom: str) -> Body:
    kinds = ("system", "buyer")
    alternatives = [{"type": kind, "dimension": uom} for kind in kinds]
    return {"dimension": uom, "alternateUnitOfMeasure": alternatives}


def _order_reference(line: Row, invoice: Row) -> Body:
    """The reference is the line's own, else the only one that stands on the invoice."""
    references = invoice.get("po_references", ())
    reference = line.get("po_reference") or next(iter(references), None)
    body = {} if reference is None else {"poNumber": reference}
    if reference is not None and line.get("po_line_no"):
        body["poLineNumber"] = str(line["po_line_no"])
    return body


# ---------------------------------------------------------------------------------------- coding


def _coding(unit: Unit, line: Row) -> Body:
    """Return the accounting coding (contract 7.5): category and cost centre, split or whole."""
    parts = [_part(unit, line, centre) for centre in _centres(line)]
    shares = line.get("shares", ())
    index_set: Body = {"context": "Line"}
    if len(shares) > 1:
        index_set["distributionType"] = "PercentOfPrice"
        parts = [
            {"splitIndex": n, "distributionValue": Decimal(share), **part}
            for n, ((_, share), part) in enumerate(zip(shares, parts, strict=True))
        ]
    index_set["splittableFieldIndexList"] = {"splittableFieldIndex": parts}
    group = {"splittableFieldIndexSet": [index_set]}
    return {"splittableFieldSetGroupList": {"splittableFieldSetGroup": [group]}}


def _centres(line: Row) -> list[str | None]:
    return [centre for centre, _ in line.get("shares", ())] or [line.get("cost_centre")]


def _part(unit: Unit, line: Row, centre: str | None) -> Body:
    values = [{"internalName": "Account", "value": line["category"]}]
    if centre is not None:
        name = unit.centre_names.get(centre, centre)
        values.append({"internalName": "CostCenter", "value": centre, "description": name})
    return {"customFieldValueList": {"customFieldValue": values}}
