"""Values as the profile types them: text, whole numbers, decimals, booleans, days, instants.

Days are the first ten characters of what was sent and never travel through time zones: JAGGAER
sends calendar days as midnight UTC (JAGGAER contract 7.1).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

TYPES = ("string", "int", "decimal", "bool", "date", "instant")

_LETTERS = r"y+|M+|d+|H+|h+|m+|s+|S+|a|X{1,3}|Z|[A-Za-z]+"
_TOKEN = re.compile(rf"'(?:[^']|'')*'|{_LETTERS}|[^A-Za-z']")
_DIGITS = {"yyyy": r"(?P<y>\d{4})", "yy": r"(?P<y>\d{2})"}
_DIGITS |= {2 * letter: rf"(?P<{letter}>\d{{2}})" for letter in "MdHhms"}
_DIGITS |= {letter: rf"(?P<{letter}>\d{{1,2}})" for letter in "MdHhms"}
_DIGITS |= {"a": r"(?P<a>[AaPp][Mm])"}
_CENTURY = 2000  # of a year with two digits
_USUAL_INSTANTS = ("yyyy-MM-dd'T'HH:mm:ss.SSSX", "yyyy-MM-dd'T'HH:mm:ssX")
_USUAL_COMPACT = ("yyyyMMddHHmmss", "yyyyMMdd")
_ZONE = r"(?P<z>[Zz]|[+-]\d{2}(?::?\d{2})?)"
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")


class PatternError(ValueError):
    """A date pattern with letters we do not know."""


class DatePattern:
    """A pattern such as `yyyy-MM-dd'T'HH:mm:ss.SSSX`, for reading and for writing."""

    def __init__(self, pattern: str) -> None:
        self._tokens = _tokens(pattern)
        self._regex = re.compile("".join(map(_to_regex, self._tokens)))
        self.names_zone = any(
            token[0] in "XZ" or (token[0] == "'" and token.endswith("Z'")) for token in self._tokens
        )

    def read(self, text: str, zone: Any) -> datetime | None:
        """The aware instant a text stands for, None if it has another form; ValueError for a
        day or time that does not exist. `zone` applies where the text names none."""
        match = self._regex.fullmatch(text)
        if match is None:
            return None
        parts = match.groupdict()
        numbers = [int(parts.get(key) or low) for key, low in (("y", 1), ("M", 1), ("d", 1))]
        numbers[0] += _CENTURY if len(parts.get("y") or "") == 2 else 0
        clock = [_hour(parts), *(int(parts.get(key) or 0) for key in "ms")]
        clock[2] = min(clock[2], 59)  # a leap second is the last second of its minute
        micro = int((parts.get("f") or "0").ljust(6, "0")[:6])
        return datetime(*numbers, *clock, micro, tzinfo=_offset(parts.get("z")) or zone)

    def write(self, instant: datetime, zone: Any = UTC) -> str:
        """The text of an instant, cut to what the pattern shows: in UTC, or where the text does
        not say so in the zone that its reader takes it for."""
        at = instant.astimezone(UTC if self.names_zone else zone)
        return "".join(_to_text(token, at) for token in self._tokens)


class Converter:
    """Turns received scalars into typed values, with the words and patterns of one profile."""

    def __init__(self, dates: Mapping[str, Any], text: Mapping[str, Any]) -> None:
        self.zone = _zone(dates.get("compactTimeZone", "UTC"))
        compact = [DatePattern(p) for p in dates.get("compact", _USUAL_COMPACT)]
        instants = [DatePattern(p) for p in dates.get("instant", _USUAL_INSTANTS)]
        self._instants = (*instants, *compact)
        self._days = tuple(DatePattern(p) for p in dates.get("date", ("yyyy-MM-dd",)))
        self._compact = tuple(compact)
        self._true = frozenset(map(fold, text.get("trueValues", ("true",))))
        self._false = frozenset(map(fold, text.get("falseValues", ("false",))))
        self._of: dict[str, Callable[[Any], Any]] = {
            "string": as_text,
            "int": self._int,
            "decimal": as_decimal,
            "bool": self._bool,
            "date": self._date,
            "instant": self._instant,
        }

    def of(self, kind: str) -> Callable[[Any], Any]:
        """The function that converts to `kind`; it raises ValueError for what cannot be."""
        return self._of[kind]

    def _int(self, raw: Any) -> int:
        number = as_decimal(raw)
        if number != number.to_integral_value():
            raise ValueError("not a whole number")
        return int(number)

    def _bool(self, raw: Any) -> bool:
        word = fold(as_text(raw))
        if word in self._true:
            return True
        if word in self._false:
            return False
        raise ValueError("neither yes nor no")

    def _date(self, raw: Any) -> date:
        text = as_text(raw).strip()
        found = _read(text[:10], self._days) or _read(text, (*self._days, *self._compact))
        if found is None:
            raise ValueError("not a date of the form this profile expects")
        return found.date()

    def _instant(self, raw: Any) -> datetime:
        found = _read(as_text(raw).strip(), self._instants, self.zone)
        if found is None:
            raise ValueError("not a time of the form this profile expects")
        return found.astimezone(UTC)


def fold(word: str) -> str:
    """A status word without case, blanks, hyphens and underscores (JAGGAER contract 7.2)."""
    return re.sub(r"[\s_\-]+", "", word).casefold()


def as_text(raw: Any) -> str:
    """A scalar as text; numbers keep their digits, booleans are true and false."""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, bool):
        return "true" if raw else "false"
    return format(raw, "f") if isinstance(raw, Decimal) else str(raw)


def as_decimal(raw: Any) -> Decimal:
    """A number, or the text of one with a decimal point; ValueError for everything else."""
    if isinstance(raw, bool):
        raise ValueError("not a number")
    if isinstance(raw, Decimal | int):
        return Decimal(raw)
    text = str(raw).strip()
    if not _NUMBER.fullmatch(text):
        raise ValueError("not a number")
    try:
        return Decimal(text)
    except InvalidOperation:
        raise ValueError("not a number") from None


def _read(text: str, patterns: Iterable[DatePattern], zone: Any = UTC) -> datetime | None:
    for pattern in patterns:
        found = pattern.read(text, zone)
        if found is not None:
            return found
    return None


def _tokens(pattern: str) -> tuple[str, ...]:
    tokens = tuple(_TOKEN.findall(pattern))
    if not tokens or "".join(tokens) != pattern:
        raise PatternError(f"{pattern!r} is not a date pattern")
    for token in tokens:
        if token.isalpha() and token not in _DIGITS and token[0] not in "SXZ":
            raise PatternError(f"{pattern!r}: {token!r} is not supported")
    return tokens


def _to_regex(token: str) -> str:
    if token in _DIGITS:
        return _DIGITS[token]
    if token[0] == "S":
        return r"(?P<f>\d{1,9})"
    if token[0] in "XZ":
        return _ZONE
    return re.escape(_literal(token))


def _to_text(piece: str, at: datetime) -> str:
    if piece[0] == "y":
        return f"{at.year:04d}"[-len(piece) :]
    if piece == "a":
        return "AM" if at.hour < 12 else "PM"
    numbers = {"M": at.month, "d": at.day, "H": at.hour, "m": at.minute, "s": at.second}
    numbers["h"] = at.hour % 12 or 12
    if piece in _DIGITS:
        return f"{numbers[piece[0]]:0{len(piece)}d}"
    if piece[0] == "S":
        return f"{at.microsecond:06d}".ljust(len(piece), "0")[: len(piece)]
    return "Z" if piece[0] in "XZ" else _literal(piece)


def _hour(parts: Mapping[str, str | None]) -> int:
    """The hour of the day, where the text counts to twelve twice as well."""
    if parts.get("h") is None:
        return int(parts.get("H") or 0)
    half = int(parts["h"] or 0)
    if not 1 <= half <= 12:
        raise ValueError("no hour between 1 and 12")
    return half % 12 + (12 if (parts.get("a") or "").upper() == "PM" else 0)


def _literal(token: str) -> str:
    return token[1:-1].replace("''", "'") or "'" if token[0] == "'" else token


def _offset(text: str | None) -> timezone | None:
    if text is None:
        return None
    if text in "Zz":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if text[0] == "-" else shift)


def _zone(name: str) -> Any:
    return UTC if name in ("UTC", "Z", "GMT") else ZoneInfo(name)
