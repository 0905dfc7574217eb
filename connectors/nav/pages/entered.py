"""What stands at NAV of some vendors and days, or under some numbers, as page services show it.

Drafts have no total of their own: their lines are summed. Posted invoices are on page 138, where it
is published; posted credit memos are on no page of ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.entered import Card, Entered
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.entered import amount, conditions
from connectors.nav.pages import services as pages
from connectors.nav.pages.books import Books
from connectors.nav.pages.kinds import DOCUMENTS
from connectors.nav.pages.services import Service

_DAY, _VENDOR = "Document_Date", "Buy_from_Vendor_No"
_DRAFTS = {kinds.INVOICE: pages.INVOICE, kinds.CREDIT_MEMO: pages.CREDIT_MEMO}


def read(books: Books, kind: str, cards: Sequence[Card], numbers: Sequence[str]) -> list[Entered]:
    """Return documents of one kind, as far as their pages are published."""
    number = DOCUMENTS[kind].number
    found: list[Entered] = []
    draft = books.services.get(_DRAFTS[kind])
    if draft is not None:
        rows = _rows(books, draft, cards, numbers, number, {"$expand": draft.lines})
        found += [_entered(row, number, None, _sum(row.get(draft.lines) or ())) for row in rows]
    posted = books.services.get(pages.POSTED_INVOICE) if kind == kinds.INVOICE else None
    if posted is not None:
        rows = _rows(books, posted, cards, numbers, number, {})
        found += [
            _entered(row, number, amount(row, "Amount_Including_VAT"), amount(row, "Amount"))
            for row in rows
            if row.get("Cancelled") is not True
        ]
    return found


def _rows(
    books: Books,
    service: Service,
    cards: Sequence[Card],
    numbers: Sequence[str],
    number: str,
    params: dict[str, str],
) -> list[Row]:
    """Read the rows; a page that shows no document date cannot be asked for a day."""
    if not service.shows(_DAY):
        cards = ()
    found: list[Row] = []
    for condition in conditions(cards, numbers, _VENDOR, _DAY, number):
        query = {"$filter": condition, **params}
        found += books.client.rows(books.path(service.name), query, primary=True)
    return found


def _sum(lines: Sequence[Row]) -> Decimal | None:
    amounts = [amount(line, "Line_Amount") for line in lines]
    return sum((each for each in amounts if each is not None), Decimal(0)) if amounts else None


def _entered(row: Row, number: str, total: Decimal | None, net: Decimal | None) -> Entered:
    return Entered(
        remote_id=str(row.get("Pre_Assigned_No") or row.get("No") or ""),
        number=str(row.get("No") or ""),
        vendor=str(row.get(_VENDOR) or ""),
        external_number=str(row.get(number) or ""),
        on=odata.parse_date(row.get(_DAY)),
        total=total,
        net=net,
        currency=str(row.get("Currency_Code") or ""),
        row={name: value for name, value in row.items() if "@" not in name},
    )
