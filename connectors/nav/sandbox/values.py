"""Values on the wire: how each type is read, shown and left empty (NAV contract 3.7, 5.1)."""

from __future__ import annotations

import re
import uuid
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from connectors.nav.sandbox.catalogue import EntitySet, Field
from connectors.nav.sandbox.errors import NavError, bad_request

NO_ID = "00000000-0000-0000-0000-000000000000"
NO_DATE = "0001-01-01"
NO_INSTANT = "0001-01-01T00:00:00Z"
BLANK = "_x0020_"
ZERO = Decimal(0)
CENT = Decimal("0.01")
# The largest number a Decimal field of the database takes, 15 digits before the point.
_LIMIT = Decimal(10) ** 15

_EMPTY: dict[str, Any] = {
    "S": "", "G": NO_ID, "D": ZERO, "I": 0, "L": 0, "B": False, "Dt": NO_DATE, "DT": NO_INSTANT,
    "Bin": "",
}  # fmt: skip
_WORDS = {
    "S": "String", "G": "Guid", "D": "Decimal", "I": "Int32", "L": "Int64", "B": "Boolean",
    "Dt": "Date", "DT": "DateTimeOffset", "Bin": "Stream",
}  # fmt: skip
_OUTSIDE_NAMES = re.compile(r"[^A-Za-z0-9_]")
_ENCODED = re.compile(r"_x([0-9A-F]{4})_")
_CUT_TO_TEN = "currencyCode"


def empty(field: Field) -> Any:
    """Return the empty value of a field: blank, zero, the zero GUID, year one."""
    if field.kind == "E":
        return BLANK if BLANK in field.members else field.members[0]
    return _EMPTY[field.kind]


def blank_record(entity_set: EntitySet) -> dict[str, Any]:
    """Return a record in which every field is empty."""
    return {name: empty(field) for name, field in entity_set.fields.items()}


def encode_member(name: str) -> str:
    """Return the wire form of an AL option name: 'G/L Account' -> 'G_x002F_L_x0020_Account'."""
    return _OUTSIDE_NAMES.sub(lambda m: f"_x{ord(m.group()):04X}_", name) or BLANK


def decode_member(wire: str) -> str:
    """Return the AL option name of a wire form."""
    return _ENCODED.sub(lambda m: chr(int(m.group(1), 16)), wire)


def member(field: Field, text: str) -> str | None:
    """Return the wire form of an enum member given in either form; None if there is none."""
    if text in field.members:
        return text
    encoded = encode_member(text)
    return encoded if encoded in field.members else None


def as_guid(text: object) -> str | None:
    """Return a GUID in its canonical spelling; None if the text is none."""
    try:
        return str(uuid.UUID(text)) if isinstance(text, str) and len(text) in (32, 36) else None
    except ValueError:
        return None


def read_value(field: Field, raw: Any) -> Any:
    """Turn one JSON value of a body into what the record stores; NavError where it cannot be."""
    if raw is None and field.not_null:
        raise bad_request(f"A null value was found for the property named '{field.name}'.")
    if raw is None:
        return empty(field)
    if field.kind == "E":
        return _read_member(field, raw)
    return _READERS[field.kind](field, raw)


def _read_member(field: Field, raw: Any) -> str:
    found = member(field, raw) if isinstance(raw, str) else None
    if found is None:
        options = ",".join(decode_member(name) for name in field.members)
        raise NavError(
            400, "Unknown", f"'{raw}' is not an option. The existing options are: {options}"
        )
    return found


def _read_string(field: Field, raw: Any) -> str:
    if not isinstance(raw, str):
        raise _unconvertible(field)
    text = raw[:10] if field.name == _CUT_TO_TEN else raw
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise _unconvertible(field)
    if field.is_code or field.name == _CUT_TO_TEN:
        text = text.strip().upper()
    if field.length and len(text) > field.length:
        raise NavError(
            400,
            "Application_StringExceededLength",
            f"The length of the string is {len(text)}, but it must be less than or equal to "
            f"{field.length} characters. Value: {text}",
        )
    return text


def _read_guid(field: Field, raw: Any) -> str:
    found = as_guid(raw)
    if found is None:
        raise NavError(400, "Application_InvalidGUID", f"Invalid format of GUID string: {raw}")
    return found


def _read_decimal(field: Field, raw: Any) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, int | Decimal):
        raise _unconvertible(field)
    if abs(raw) >= _LIMIT:
        raise _unconvertible(field)
    return plain(Decimal(raw))


def _read_integer(field: Field, raw: Any) -> int:
    limit = 2**31 if field.kind == "I" else 2**63
    if isinstance(raw, bool) or not isinstance(raw, int) or not -limit <= raw < limit:
        raise _unconvertible(field)
    return raw


def _read_boolean(field: Field, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise _unconvertible(field)
    return raw


def _read_date(field: Field, raw: Any) -> str:
    try:
        return date.fromisoformat(raw).isoformat() if len(raw) == 10 else _fail(field)
    except (TypeError, ValueError):
        raise _unconvertible(field) from None


def _read_instant(field: Field, raw: Any) -> str:
    try:
        datetime.fromisoformat(raw)
    except (TypeError, ValueError):
        raise _unconvertible(field) from None
    return raw


def _fail(field: Field) -> str:
    raise _unconvertible(field)


def _unconvertible(field: Field) -> NavError:
    return bad_request(f"Unable to convert value to {_WORDS[field.kind]}")


_READERS = {
    "S": _read_string, "G": _read_guid, "D": _read_decimal, "I": _read_integer,
    "L": _read_integer, "B": _read_boolean, "Dt": _read_date, "DT": _read_instant,
    "Bin": _read_string,
}  # fmt: skip


def plain(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros: 5066.00 is shown as 5066."""
    if number == number.to_integral_value():
        return number.quantize(Decimal(1)) + ZERO if abs(number) < Decimal(10) ** 27 else number
    return number.normalize()


def money(number: Decimal, precision: Decimal = CENT) -> Decimal:
    """Round an amount half away from zero to the currency's precision; NavError if too large."""
    if abs(number) >= _LIMIT:
        raise NavError(400, "Application_EvaluateException", f"The number {number} is too large.")
    return plain((number / precision).quantize(Decimal(1), ROUND_HALF_UP) * precision)


def number_of(record: dict[str, Any], name: str) -> Decimal:
    """Return a decimal field as Decimal, whatever JSON made of it on the way to disk."""
    return Decimal(record.get(name) or 0)


def instant_text(moment: datetime) -> str:
    """Return an aware UTC instant as the API writes it, with milliseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
