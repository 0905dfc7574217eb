"""What a notification of NAV says: which records changed, as far as it is one of ours. Pure.

A notice is only a hint: the truth is read from the ledger. Whoever sends one must know the shared
state; anything else in a body is left out (NAV contract 7, reliability 4.4).
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

MOST_BYTES = 8 * 1024 * 1024
MOST_NOTICES = 5_000
ANYTHING = ""  # in place of an id: every record of the set may have changed

_STAMP = 200
_RECORD = re.compile(
    r"^/?api/(?:[^()]+/)?companies\((?P<company>[0-9a-f-]{36})\)/(?P<set>\w+)"
    r"(?:\((?P<id>[0-9a-f-]{36})\))?(?:\?.*)?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Told:
    """Ids of changed records with what was said of each; ANYTHING stands for the whole set."""

    stamps: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.stamps)


def digest(text: str) -> bytes:
    """Return what is compared in place of a shared state; states are 256 random bits."""
    return sha256(text.encode("utf-8", "replace")).digest()


def read_notices(body: bytes, *, state_hash: bytes, company_id: str, resource: str) -> Told:
    """Return what a body tells about one set of one company; nothing where it is not for us.

    More than MOST_NOTICES of them, or a `collection`, count as a change of anything.
    """
    stamps: dict[str, str] = {}
    for count, item in enumerate(_items(body)):
        if count >= MOST_NOTICES:
            if stamps:
                return Told({ANYTHING: f"more than {MOST_NOTICES}"})
            break
        if not _knows(item, state_hash):
            continue
        about = _RECORD.match(str(item.get("resource") or ""))
        if (
            about is None
            or about["company"].lower() != company_id.lower()
            or about["set"].lower() != resource.lower()
        ):
            continue
        stamps[(about["id"] or ANYTHING).lower()] = _stamp(item)
    if ANYTHING in stamps:
        return Told({ANYTHING: stamps[ANYTHING]})
    return Told(stamps)


def _items(body: bytes) -> Iterator[Mapping[str, Any]]:
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        return
    value = payload.get("value") if isinstance(payload, dict) else None
    if isinstance(value, list):
        yield from (item if isinstance(item, dict) else {} for item in value)


def _knows(item: Mapping[str, Any], state_hash: bytes) -> bool:
    given = item.get("clientState")
    return isinstance(given, str) and hmac.compare_digest(digest(given), bytes(state_hash))


def _stamp(item: Mapping[str, Any]) -> str:
    """Return what happened and when, as it was said: the same again is a repetition."""
    said = (item.get("changeType"), item.get("lastModifiedDateTime"), item.get("resource"))
    words = [str(one or "") for one in said]
    words[2] = words[2].partition("?")[2]  # a collection names its time in the filter only
    return " ".join(words).strip()[:_STAMP]
