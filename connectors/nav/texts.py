"""Text and keys as NAV's fields take them: cleaned, within their length, never cut silently."""

from __future__ import annotations

import hashlib
import re

from connectors.nav.odata import code

_UNWANTED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_TAIL = 8


def clean(text: str) -> str:
    """Return one line of text: control characters and lone surrogates become blanks."""
    return " ".join(_UNWANTED.sub(" ", text).split())


def shorten(text: str, length: int) -> str:
    """Return text for a description: what does not fit ends in an ellipsis."""
    line = clean(text)
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def own_key(text: str, length: int) -> str:
    """Return a key of our own within its field: a long one keeps its start and gets the tail of its
    digest, so that different keys stay different and the same one stays the same."""
    key = clean(text)
    if len(key) <= length:
        return key
    tail = hashlib.sha256(key.encode()).hexdigest()[:_TAIL].upper()
    return f"{key[: length - _TAIL - 1]}~{tail}"


def own_code(text: str, length: int) -> str:
    """Return a key of our own for a code field: upper case, as NAV stores it."""
    return own_key(code(clean(text)), length)


def foreign_code(text: str, length: int, name: str) -> str:
    """Return somebody else's number for a code field.

    Raises ValueError when it is empty or too long: such a number is refused, never shortened.
    """
    key = code(clean(text))
    if not key:
        raise ValueError(f"{name} is empty")
    if len(key) > length:
        raise ValueError(f"{name} is longer than {length} characters")
    return key


def exact(text: str, length: int, name: str) -> str:
    """Return text that has to stay whole (addresses of mail, tax numbers) or raise ValueError."""
    line = clean(text)
    if len(line) > length:
        raise ValueError(f"{name} is longer than {length} characters")
    return line
