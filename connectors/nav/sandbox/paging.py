"""Opaque $skiptoken: where the next page starts, by key and not by count (contract 5.3)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from connectors.nav.sandbox.errors import NavError
from connectors.sandboxing.messages import dumps, loads

_DROPPED = ("$skip", "$skiptoken", "aid")


@dataclass(frozen=True)
class Bookmark:
    """The last row handed out (its sort values and key), what `$top` leaves, and when."""

    after: tuple[Any, ...]
    left: int | None
    issued_at: float


def write_token(bookmark: Bookmark) -> str:
    """Return the token of a bookmark; clients must not look inside."""
    text = dumps([list(bookmark.after), bookmark.left, bookmark.issued_at])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_token(token: str, *, now: float, lifetime: float | None) -> Bookmark:
    """Return the bookmark of a token; NavError `SkipTokenIsNoLongerValid` if bad or too old."""
    try:
        padded = token + "=" * (-len(token) % 4)
        after, left, issued_at = loads(base64.urlsafe_b64decode(padded))
        bookmark = Bookmark(tuple(after), left, float(issued_at))
    except (ValueError, TypeError, binascii.Error, json.JSONDecodeError):
        raise _expired() from None
    if lifetime is not None and now - bookmark.issued_at > lifetime:
        raise _expired()
    return bookmark


def page_size(prefer: str, server_size: int, *, strict: bool) -> int:
    """Return the rows of a page: `odata.maxpagesize` of the Prefer header, capped by the server.

    With `strict` a wish above the server's size is refused with 413 (contract 6).
    """
    for part in prefer.replace(";", ",").split(","):
        name, _, value = part.strip().partition("=")
        if name.strip().lower() in ("odata.maxpagesize", "maxpagesize") and value.strip().isdigit():
            if strict and int(value) > server_size:
                raise NavError(413, "BadRequest", "The requested page size is too large.")
            return max(1, min(int(value), server_size))
    return server_size


def next_link(
    url: str, query: tuple[tuple[str, str], ...], extra: Mapping[str, str], token: str
) -> str:
    """Return the address of the next page: the same question, with the token."""
    kept = [(k, v) for k, v in query if k.lower() not in _DROPPED and k not in extra]
    pairs = [*kept, *extra.items(), ("aid", "FIN"), ("$skiptoken", token)]
    return f"{url}?{urlencode(pairs, safe='$,', quote_via=quote)}"


def _expired() -> NavError:
    return NavError(
        400, "SkipTokenIsNoLongerValid", "The skip token is no longer valid. Start over."
    )
