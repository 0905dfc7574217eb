"""Secret values of a payload: what is kept of them instead (JAGGAER contract 7.4, payees).

A masked value says `masked:<digest>:<last four>`: enough to notice a change and to show which
account is meant. The digest is slow on purpose and bound to the system it came from. Understanding
a masked payload gives the same digests as understanding the original.
"""

from __future__ import annotations

import copy
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from connectors.jaggaer.profile import Resource
from connectors.jaggaer.profile.values import as_text

_MASKED = re.compile(r"masked:([0-9a-f]{32}):(.{0,4})")
_ROUNDS = 2000
_SHOWN = 4


def masked(payload: Mapping[str, Any], resource: Resource, salt: str) -> Mapping[str, Any]:
    """The payload with every field that the profile calls secret masked; others untouched."""
    secret = [
        (part, field)
        for part in resource.lists.values()
        for field in part.fields.secrets()
        if part.elements(payload)
    ]
    own = resource.fields.secrets()
    if not secret and not own:
        return payload
    kept = copy.deepcopy(dict(payload))

    def change(value: Any) -> str:
        return mask(value, salt)

    for field in own:
        field.path.replace(kept, change, kept)
    for part, field in secret:
        for element in part.elements(kept):
            field.path.replace(element, change, kept)
    return kept


def mask(value: Any, salt: str) -> str:
    """What is kept of one secret value; a masked one stays as it is."""
    text = as_text(value)
    if _MASKED.fullmatch(text):
        return text
    digest, hint = digest_and_hint(text, salt)
    return f"masked:{digest}:{hint}"


def digest_and_hint(value: str, salt: str) -> tuple[str, str]:
    """Digest and last four characters of a secret value, masked already or not."""
    found = _MASKED.fullmatch(value)
    if found:
        return found[1], found[2]
    plain = re.sub(r"[\s\-]+", "", value).upper()
    hint = plain[-_SHOWN:] if len(plain) > 2 * _SHOWN else ""
    return _slow_digest(plain, salt), hint


@lru_cache(maxsize=4096)
def _slow_digest(plain: str, salt: str) -> str:
    raw = hashlib.pbkdf2_hmac("sha256", plain.encode(), salt.encode(), _ROUNDS, dklen=16)
    return raw.hex()
