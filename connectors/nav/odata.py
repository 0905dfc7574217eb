"""OData as Business Central speaks it: literals, enum words, empty values, exact JSON.

Source of the rules: NAV contract 3.7 (enum words), 5.1 (formats), 5.3 (filters).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import quote

from connectors.errors import UnexpectedAnswer
from connectors.nav.urls import ZERO_GUID, is_guid

T = TypeVar("T")

KEYS_PER_LOOKUP = 40
# Common servers and proxies take addresses of 4,000 letters; path and other options need 600.
_LETTERS_PER_LOOKUP = 3400
_LETTERS_AROUND_A_KEY = 45  # "externalDocumentNumber eq '...' or ", encoded
LANGUAGE = {"Accept": "application/json", "Accept-Language": "en-US"}
WRITE_HEADERS = {**LANGUAGE, "Content-Type": "application/json"}
PRIMARY = {"Data-Access-Intent": "ReadWrite"}  # on GET only; on a write it is an error

_EMPTY_DATE = "0001-01-01"
_ENCODED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLAIN = re.compile(r"[A-Za-z0-9_]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


# Filters.


def literal(value: object) -> str:
    """Return a value as a filter literal: text in quotes, GUIDs, days and numbers bare.

    Raises ValueError for text with control characters, which no code or number has, and for types
    that have no literal.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return (
            value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.")
            + f"{value.microsecond // 1000:03}Z"
        )
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int):
        return str(value)
    if not isinstance(value, str):
        raise ValueError(f"no filter literal for {type(value).__name__}")
    if _CONTROL.search(value):
        raise ValueError("a filter value must not hold control characters")
    return "'" + value.replace("'", "''") + "'"


def id_literal(record_id: str) -> str:
    """Return a record id as a filter literal (unquoted); raises ValueError for other text."""
    if not is_guid(record_id):
        raise ValueError(f"not a record id: {record_id!r}")
    return record_id


def equals(name: str, value: object) -> str:
    return f"{name} eq {literal(value)}"


def any_of(name: str, values: Iterable[object]) -> str:
    """Return `name eq a or name eq b`: `or` works on one field only (NAV contract 5.3)."""
    parts = [equals(name, value) for value in values]
    if not parts:
        raise ValueError("a filter needs at least one value")
    return " or ".join(parts)


def any_id(record_ids: Iterable[str]) -> str:
    """Return `id eq a or id eq b`."""
    return " or ".join(f"id eq {id_literal(each)}" for each in record_ids)


def both(first: str, second: str) -> str:
    """Join two conditions with `and`, alternatives in brackets."""
    return " and ".join(f"({part})" if " or " in part else part for part in (first, second))


def key_of(row: Mapping[str, Any], name: str) -> str:
    """Return the code that a look-up recognizes a row by.

    Raises UnexpectedAnswer where the row does not show it: read as blank it would be nobody's, and
    what stands would be written again.
    """
    if name not in row:
        raise UnexpectedAnswer(
            f"NAV's list leaves out {name}, which the look-up goes by.", code="property_missing"
        )
    return key(str(row[name] or ""))


def in_groups(items: Sequence[T], size: int = KEYS_PER_LOOKUP) -> Iterator[Sequence[T]]:
    """Yield the items in groups; of texts, which are keys of a filter, as many as an address
    holds."""
    start = letters = 0
    for place, item in enumerate(items):
        longer = _LETTERS_AROUND_A_KEY + len(quote(item)) if isinstance(item, str) else 0
        if place - start == size or (place > start and letters + longer > _LETTERS_PER_LOOKUP):
            yield items[start:place]
            start, letters = place, 0
        letters += longer
    if start < len(items):
        yield items[start:]


def page_size(records: int) -> dict[str, str]:
    """Return the header that limits a page; the next page needs it again."""
    return {"Prefer": f"odata.maxpagesize={records}"}


# Values.


def encode_enum(name: str) -> str:
    """Return an option's name in wire form: `G/L Account` becomes `G_x002F_L_x0020_Account`."""
    if not name:
        name = " "
    return "".join(c if _PLAIN.match(c) else f"_x{ord(c):04X}_" for c in name)


def decode_enum(word: object) -> str:
    """Return an option's name from its wire form or the plain name; the blank option is empty."""
    text = _ENCODED.sub(lambda found: chr(int(found[1], 16)), str(word or ""))
    return text.strip()


def parse_date(value: object) -> date | None:
    """Return a day; None for the empty one (0001-01-01, blank or null).

    Raises UnexpectedAnswer for text that is no day.
    """
    text = str(value or "").strip()[:10]
    if not text or text == _EMPTY_DATE:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UnexpectedAnswer(f"NAV sent {text!r} where a date belongs.") from error


def parse_instant(value: object) -> datetime | None:
    """Return an instant in UTC; None for the empty one."""
    text = str(value or "").strip()
    if not text or text.startswith(_EMPTY_DATE):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UnexpectedAnswer(f"NAV sent {text[:40]!r} where a time belongs.") from error
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def is_blank_id(value: object) -> bool:
    return not value or value == ZERO_GUID


def parse_number(value: object) -> Decimal:
    """Return a decimal as received; raises UnexpectedAnswer where a number belongs and is not."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise UnexpectedAnswer(f"NAV sent {str(value)[:40]!r} where a number belongs.")
    return Decimal(value)


def code(text: str) -> str:
    """Return a code as NAV stores it: upper case, no blanks around it.

    Letters whose upper case has another length (like the German sharp s) stay as they are.
    """
    bare = text.strip()
    if bare.isascii():
        return bare.upper()
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in bare)


def key(text: str) -> str:
    """Return a code as look-ups compare it, never as it is sent: one in which the ledger wrote a
    sharp s as SS is still ours. What stands unrecognized would be written again."""
    return code(text).upper()


def same_code(ours: object, theirs: object) -> bool:
    """Whether two codes are the same to NAV; nothing is the same as blank."""
    return key(str(ours or "")) == key(str(theirs or ""))


# Bodies.

DECIMAL_PROPERTIES = frozenset({"quantity", "unitCost", "directUnitCost", "amount"})


# NAV validates property by property, in the order of the body (NAV contract 4.1): what a value
# overrides comes before it. Whatever is not named here, nested lines above all, comes last.
_WIRE_ORDER = (
    "sequence", "lineNumber", "number", "displayName",
    "lineType", "lineObjectNumber", "accountType", "accountNumber",
    "vendorNumber", "payToVendorNumber",
    "postingDate", "orderDate", "invoiceDate", "creditMemoDate", "dueDate",
    "documentNumber", "externalDocumentNumber", "vendorInvoiceNumber", "vendorCreditMemoNumber",
    "invoiceNumber",
    "addressLine1", "addressLine2", "country", "postalCode", "city", "state",
    "currencyCode", "paymentTermsId", "pricesIncludeTax",
    "shortcutDimension1Code", "shortcutDimension2Code",
    "description", "quantity", "directUnitCost", "unitCost", "amount", "taxCode", "comment",
)  # fmt: skip


def in_wire_order(stored: Mapping[str, Any], order: Sequence[str]) -> list[tuple[str, Any]]:
    """Return the members of a body in the order in which they are sent: a database that keeps JSON
    does not keep the order of its members."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(stored.items(), key=lambda member: places.get(member[0], len(places)))


def wire_body(stored: Any) -> Any:
    """Return a stored body as it is sent: members in NAV's order, decimals, which are kept as
    strings until then, as numbers."""
    if isinstance(stored, Mapping):
        return {
            name: Decimal(value)
            if name in DECIMAL_PROPERTIES and isinstance(value, str)
            else wire_body(value)
            for name, value in in_wire_order(stored, _WIRE_ORDER)
        }
    if isinstance(stored, list | tuple):
        return [wire_body(item) for item in stored]
    return stored


def dumps(body: Any) -> bytes:
    """Return JSON as UTF-8 with decimals exactly as they are, members in their order.

    Raises ValueError for floats and for numbers that are none.
    """
    return "".join(_pieces(body)).encode()


def _pieces(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        yield from _joined("{", (_member(k, v) for k, v in value.items()), "}")
    elif isinstance(value, list | tuple):
        yield from _joined("[", (_pieces(item) for item in value), "]")
    elif isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"not an amount: {value}")
        yield format(value, "f")
    elif isinstance(value, float):
        raise ValueError("amounts are decimals, never floats")
    else:
        yield json.dumps(value, ensure_ascii=False)


def _member(name: str, value: Any) -> Iterator[str]:
    yield json.dumps(name, ensure_ascii=False) + ":"
    yield from _pieces(value)


def _joined(start: str, parts: Iterable[Iterator[str]], end: str) -> Iterator[str]:
    yield start
    for place, part in enumerate(parts):
        if place:
            yield ","
        yield from part
    yield end
