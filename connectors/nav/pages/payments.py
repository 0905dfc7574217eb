"""Whether invoices and credit memos are paid, read from the vendor's ledger entries (page 29)."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.pages import services as pages
from connectors.nav.pages.books import Books
from connectors.nav.pages.kinds import DOCUMENTS
from connectors.payments import Booked, Paying, Payment

_TYPES = {kinds.INVOICE: "Invoice", kinds.CREDIT_MEMO: "Credit Memo"}
Key = tuple[str, str, str]  # document type, vendor, the supplier's number


def read(books: Books, asked: Sequence[Booked]) -> list[Payment | None]:
    """Return how each is paid, None for all where page 29 is not published; 40 a call.

    One without an entry is not posted: a draft, or gone, which reconciliation finds. Entries show
    the supplier's number and no draft, so that of one which shares its number nothing can be told.
    """
    service = books.services.get(pages.VENDOR_ENTRY)
    if service is None:
        return [None] * len(asked)
    keys = [_key(one) for one in asked]
    found: dict[Key, Row] = {}
    for group in odata.in_groups(sorted({number for _, _, number in keys if number})):
        params = {"$filter": odata.any_of("External_Document_No", group)}
        for row in books.client.rows(books.path(service.name), params, primary=True):
            _take(found, row)
    return [
        _payment(found.get(key)) if key[2] and not one.shares_number else None
        for key, one in zip(keys, asked, strict=True)
    ]


def _key(one: Booked) -> Key:
    body = one.content.get("body") or {}
    number = str(body.get(DOCUMENTS[one.kind].number) or "")
    return (
        _TYPES[one.kind],
        odata.key(str(body.get("Buy_from_Vendor_No") or "")),
        odata.key(number),
    )


def _take(found: dict[Key, Row], row: Row) -> None:
    """Keep the newest entry of a key: a number is used again after a cancellation."""
    key = (
        odata.decode_enum(row.get("Document_Type")),
        odata.key(str(row.get("Vendor_No") or "")),
        odata.key(str(row.get("External_Document_No") or "")),
    )
    known = found.get(key)
    if known is None or _place(known) < _place(row):
        found[key] = row


def _place(row: Row) -> Decimal:
    return odata.parse_number(row.get("Entry_No") or 0)


def _payment(row: Row | None) -> Payment:
    if row is None:
        return Payment(Paying.DRAFT)
    remaining = abs(odata.parse_number(row.get("Remaining_Amount") or 0))
    number = str(row.get("Document_No") or "")
    if row.get("Reversed") is True:
        return Payment(Paying.CANCELLED, "Canceled", number, Decimal(0))
    if not row.get("Open"):
        return Payment(Paying.PAID, "Paid", number, Decimal(0))
    whole = abs(odata.parse_number(row.get("Amount") or 0))
    state = Paying.PART_PAID if remaining < whole else Paying.OPEN
    return Payment(state, "Open", number, remaining)
