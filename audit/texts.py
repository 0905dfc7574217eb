"""What people said in their own words: a digest is chained, the text lies beside and can be erased.

A note or a reason may name somebody, and what is chained stays for good. So the event holds
`{"digest": SHA-256(salt | text)}` and the table of texts holds salt and text under that digest:
nobody can put another text in its place, and once both are gone the digest tells nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

ERASED = "[erased]"
CHANGED = "[this text is not the one that was chained]"
_SALT = 16


class Spoken(NamedTuple):
    """A text that waits to be stored beside its event."""

    digest: str
    salt: bytes
    text: str


def spoken(text: str) -> Spoken:
    """Return a text with the digest that stands for it in the chain."""
    salt = secrets.token_bytes(_SALT)
    return Spoken(digest_of(salt, text), salt, text)


def digest_of(salt: bytes, text: str) -> str:
    return hashlib.sha256(bytes(salt) + text.encode()).hexdigest()


def chained(one: Spoken) -> dict[str, str]:
    """Return what an event holds in place of the text."""
    return {"digest": one.digest}


def digests_in(facts: Mapping[str, Any]) -> Iterable[str]:
    """Yield the digests of the texts that facts speak of."""
    return (value["digest"] for value in facts.values() if _is_chained(value))


def told(facts: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Return facts with their texts in place; one that is gone reads as erased."""
    return {
        name: texts.get(value["digest"], ERASED) if _is_chained(value) else value
        for name, value in facts.items()
    }


def _is_chained(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"digest"}
