"""What NAV received and invoiced of orders: three-way matching asks before it decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.nav import kinds, odata, urls
from connectors.nav.client import Client
from connectors.nav.compare import in_sequence
from connectors.nav.order_compare import place_of
from connectors.standing import OrderedLine


def read(client: Client, company_id: str, order_ids: Sequence[str]) -> dict[str, list[OrderedLine]]:
    """Return the lines of orders by order id, 40 orders a call.

    An order that NAV no longer has (fully invoiced, or deleted) is left out.
    """
    kind = kinds.DOCUMENTS[kinds.ORDER]
    found: dict[str, list[OrderedLine]] = {}
    for group in odata.in_groups(sorted(set(order_ids))):
        params = {
            "$filter": " or ".join(f"id eq {odata.id_literal(each)}" for each in group),
            "$expand": kind.line_set,
        }
        for row in client.rows(urls.company(company_id, kind.entity_set), params, primary=True):
            lines = in_sequence(row.get(kind.line_set))
            found[str(row["id"])] = [ordered_line(line) for line in lines]
    return found


def ordered_line(line: Mapping[str, Any]) -> OrderedLine:
    """Return an order's line as NAV counts it, at the place under which we wrote it."""
    return OrderedLine(
        place=place_of(line.get("sequence")),
        ordered=odata.parse_number(line.get("quantity") or 0),
        received=odata.parse_number(line.get("receivedQuantity") or 0),
        invoiced=odata.parse_number(line.get("invoicedQuantity") or 0),
        account=str(line.get("lineObjectNumber") or ""),
        description=str(line.get("description") or ""),
    )
