"""What NAV received and invoiced of orders, read from the order's lines."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.order_compare import place_of
from connectors.nav.pages import services as pages
from connectors.nav.pages.books import Books
from connectors.nav.pages.desk import by_number
from connectors.standing import OrderedLine


def read(books: Books, order_ids: Sequence[str]) -> dict[str, list[OrderedLine]]:
    """Return the lines of orders by order number, 40 orders a call.

    An order that NAV no longer has (fully invoiced, or deleted) is left out.
    """
    service = books.services.need(pages.ORDER)
    found: dict[str, list[OrderedLine]] = {}
    for group in odata.in_groups(sorted(set(order_ids))):
        params = {"$filter": odata.any_of("No", group), "$expand": service.lines}
        for row in books.client.rows(books.path(service.name), params, primary=True):
            lines = by_number(row.get(service.lines) or [])
            found[str(row["No"])] = [ordered_line(line) for line in lines.values()]
    return found


def ordered_line(line: Row) -> OrderedLine:
    """Return an order's line as NAV counts it, at the place under which we wrote it."""
    return OrderedLine(
        place=place_of(line.get("Line_No")),
        ordered=odata.parse_number(line.get("Quantity") or 0),
        received=odata.parse_number(line.get("Quantity_Received") or 0),
        invoiced=odata.parse_number(line.get("Quantity_Invoiced") or 0),
    )
