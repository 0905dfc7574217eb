"""Instants and message ids as JAGGAER writes them (JAGGAER contract 6.1, 7.1)."""

import hashlib
import re
import uuid
from collections.abc import Callable
from datetime import UTC, datetime

_COMPACT = {8: "%Y%m%d", 14: "%Y%m%d%H%M%S"}
_ISO = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d:\d\d)?)?")
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


def instant_text(instant: datetime) -> str:
    """Return `2024-02-14T19:58:56.973Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + (
        f"{instant.microsecond // 1000:03d}Z"
    )


def compact_text(instant: datetime) -> str:
    """Return `20240201080000`, the form of `lastModTime` in company profiles."""
    return instant.astimezone(UTC).strftime("%Y%m%d%H%M%S")


def milliseconds(text: str, forms: tuple[str, ...] = ("iso", "compact")) -> int | None:
    """Return an instant's milliseconds since 1970, None for text that is no instant.

    Without a zone it is taken as UTC, a bare day as its midnight.
    """
    if "iso" in forms and _ISO.fullmatch(text):
        return _since_1970(_parsed(datetime.fromisoformat, text))
    if "compact" in forms and text.isdigit() and len(text) in _COMPACT:
        form = _COMPACT[len(text)]
        return _since_1970(
            _parsed(lambda digits: datetime.strptime(digits, form).replace(tzinfo=UTC), text)
        )
    return None


def message_id(instant: datetime) -> str:
    """Return a new export message id; its last 12 hex digits are 0.33 to 3.48 s before."""
    random = str(uuid.uuid4())
    lead = 330 + int(random[:4], 16) % 3150
    return f"{random[:24]}{int(instant.timestamp() * 1000) - lead:012x}"


def fraction(text: str) -> float:
    """Return a number from 0 to 1 that is always the same for the same text."""
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF


def _parsed(parse: Callable[[str], datetime], text: str) -> datetime | None:
    try:
        return parse(text)
    except ValueError:
        return None


def _since_1970(instant: datetime | None) -> int | None:
    if instant is None:
        return None
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    span = aware - _NEVER
    return (span.days * 86_400 + span.seconds) * 1000 + span.microseconds // 1000
