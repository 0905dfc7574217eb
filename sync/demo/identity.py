"""Ids, numbers and change times of the demo's documents at the source. Pure.

Change times follow the order of the rows: invoices are decided in the order of (change time, id).
"""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

from sync.demo.records import UNITS, Unit

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


def supplier_id(unit: Unit, code: str) -> int:
    """Return JAGGAER's internal id of a supplier; a code that nobody knows has one too."""
    digest = hashlib.sha256(f"{unit.key}:{code}".encode()).digest()
    return 1_003_000_000 + int.from_bytes(digest[:3])


def stamp(unit: Unit, kind: str, place: int) -> dict[str, str]:
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
