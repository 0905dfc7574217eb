"""Purchase orders as JAGGAER's details (JAGGAER contract 7.3, 10.3). Pure."""

from __future__ import annotations

from decimal import Decimal

from sync.demo.identity import calendar_date, order_id, stamp
from sync.demo.parts import (
    Body,
    coding,
    extended,
    line_amount,
    supplier_reference,
    terms_body,
    terms_of,
)
from sync.demo.records import Row, Unit


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
        "supplier": supplier_reference(unit, row["supplier_code"], row["supplier_name"]),
        "terms": terms_body(terms_of(unit, row["supplier_code"]), "type"),
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
        body |= extended(line)
    if line.get("scheduled_delivery"):
        body["deliveryInfo"] = {"requestedDeliveryDate": calendar_date(line["scheduled_delivery"])}
    return body | coding(unit, line)


def revised(body: Body, exported: Body) -> Body:
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
