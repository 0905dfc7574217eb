"""What stands at NAV of some vendors and days, or under some numbers: drafts and posted alike.

API v2.0 keeps both in one set. Asked on the primary in groups of forty; who asks compares.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from connectors.entered import Card, Entered
from connectors.nav import kinds, odata, urls
from connectors.nav.client import Client, Row

_CANCELLED = frozenset({"Canceled", "Corrective"})


def read(
    client: Client, company_id: str, kind: str, cards: Sequence[Card], numbers: Sequence[str]
) -> list[Entered]:
    """Return documents of one kind; what was cancelled is left out."""
    which = kinds.DOCUMENTS[kind]
    names = ("id", "number", "status", "vendorNumber", "currencyCode", which.number, which.date)
    amounts = ("totalAmountIncludingTax", "totalAmountExcludingTax")
    path = urls.company(company_id, which.entity_set)
    found: dict[str, Entered] = {}
    for condition in conditions(cards, numbers, "vendorNumber", which.date, which.number):
        params = {"$filter": condition, "$select": ",".join((*names, *amounts))}
        for row in client.rows(path, params, primary=True):
            if odata.decode_enum(row.get("status")) not in _CANCELLED:
                found[str(row["id"])] = _entered(which, row)
    return list(found.values())


def conditions(
    cards: Sequence[Card], numbers: Sequence[str], vendor: str, day: str, number: str
) -> Iterator[str]:
    """Yield filters for cards and for numbers; `or` stays on one field (NAV contract 5.3)."""
    for group in odata.in_groups(sorted(cards, key=lambda card: (card.on, card.vendor))):
        vendors = odata.any_of(vendor, sorted({card.vendor for card in group}))
        yield odata.both(vendors, odata.any_of(day, sorted({card.on for card in group})))
    for keys in odata.in_groups(sorted(set(numbers))):
        yield odata.any_of(number, keys)


def amount(row: Row, name: str) -> Decimal | None:
    value: Any = row.get(name)
    return None if value is None else odata.parse_number(value)


def _entered(which: kinds.DocumentKind, row: Row) -> Entered:
    return Entered(
        remote_id=str(row["id"]),
        number=str(row.get("number") or ""),
        vendor=str(row.get("vendorNumber") or ""),
        external_number=str(row.get(which.number) or ""),
        on=odata.parse_date(row.get(which.date)),
        total=amount(row, "totalAmountIncludingTax"),
        net=amount(row, "totalAmountExcludingTax"),
        currency=str(row.get("currencyCode") or ""),
        row={name: value for name, value in row.items() if "@" not in name},
    )
