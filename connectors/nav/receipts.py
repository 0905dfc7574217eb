"""When NAV received what it received of orders: its posted receipts (NAV contract 3.3).

Only API v2.0 has them. A line of a receipt names no line of its order: the number under which NAV
keeps it is that of the order's line, as long as nothing between the two was changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.errors import (
    AuthenticationError,
    ConfigurationError,
    DocumentRefused,
    NotFound,
)
from connectors.nav import odata, urls
from connectors.nav.client import Client, Row
from connectors.nav.compare import in_sequence
from connectors.nav.metadata import Metadata
from connectors.nav.order_compare import place_of
from connectors.standing import ReceivedLine

RECEIPTS, LINES = "purchaseReceipts", "purchaseReceiptLines"
_OF_RECEIPTS = {"number", "orderNumber", "postingDate", LINES}
_OF_LINES = {"sequence", "lineObjectNumber", "description", "quantity"}


def read(
    client: Client, company_id: str, order_numbers: Sequence[str]
) -> dict[str, list[ReceivedLine]] | None:
    """Return the lines of receipts by order number, 40 orders a call.

    None where the instance does not publish receipts, or not to us: they only order what is known
    without them.
    """
    if not is_published(client.metadata()):
        return None
    found: dict[str, list[ReceivedLine]] = {number: [] for number in order_numbers}
    path = urls.company(company_id, RECEIPTS)
    try:
        for group in odata.in_groups(sorted(found)):
            params = {"$filter": odata.any_of("orderNumber", group), "$expand": LINES}
            for row in client.rows(path, params, primary=True):
                number = odata.code(str(row.get("orderNumber") or ""))
                found.setdefault(number, []).extend(_lines(row))
    except AuthenticationError:
        raise
    except (ConfigurationError, DocumentRefused, NotFound):
        return None
    return found


def is_published(metadata: Metadata) -> bool:
    """Whether an instance shows of its receipts what is needed."""
    return all(
        metadata.has(name) and names <= metadata.names(name)
        for name, names in ((RECEIPTS, _OF_RECEIPTS), (LINES, _OF_LINES))
    )


def _lines(row: Row) -> list[ReceivedLine]:
    received_on = odata.parse_date(row.get("postingDate"))
    if received_on is None:
        return []
    return [
        ReceivedLine(
            receipt=str(row.get("number") or ""),
            received_on=received_on,
            place=place_of(line.get("sequence")),
            account=str(line.get("lineObjectNumber") or ""),
            description=str(line.get("description") or ""),
            quantity=odata.parse_number(line.get("quantity") or 0),
        )
        for line in in_sequence(row.get(LINES))
    ]
