"""The demo as the JAGGAER sandbox takes it: one line per supplier, order and invoice. Pure.

Amounts stay the decimal text of the rows: as `Decimal` they are written as JSON numbers with
exactly those digits.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from sync.demo.identity import integration_number, invoice_id, order_id, stamp
from sync.demo.invoice_bodies import EXPORTS, invoice_body
from sync.demo.order_bodies import order_body, revised
from sync.demo.parts import Body
from sync.demo.records import Unit
from sync.demo.supplier_bodies import supplier_body


def seed_lines(unit: Unit) -> Iterator[Body]:
    """Yield one line per supplier, order and invoice for the JAGGAER sandbox."""
    for place in range(len(unit.suppliers)):
        yield _line(unit, "suppliers", integration_number(unit, place), supplier_body(unit, place))
    for place in range(len(unit.orders)):
        yield _line(unit, "purchaseorders", order_id(unit, place), order_body(unit, place))
    for place in range(len(unit.invoices)):
        yield _line(unit, "invoices", invoice_id(unit, place), invoice_body(unit, place))


def later_lines(unit: Unit) -> Iterator[Body]:
    """Yield what the source exports after the first run: a revised order, then approvals."""
    for place, order in enumerate(unit.orders):
        if order.get("revised_later"):
            body = revised(order_body(unit, place), stamp(unit, "later", place))
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
    """Write JSON in ASCII on one line; a Decimal becomes a number with exactly its digits."""
    if isinstance(value, Mapping):
        members = (f"{json.dumps(key)}:{dumps(member)}" for key, member in value.items())
        return "{" + ",".join(members) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value)
