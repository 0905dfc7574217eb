"""What a document means, as a digest: equal meaning, equal fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# Fields that change on every export without a change of meaning (JAGGAER contract 6.1).
_VOLATILE = frozenset({"version", "modified_at", "status_words"})


def fingerprint(content: Mapping[str, Any]) -> str:
    """Return the digest (64 hex digits) of a stored document without its volatile fields."""
    meaning = {key: value for key, value in content.items() if key not in _VOLATILE}
    return digest(meaning)


def digest(value: Any) -> str:
    """Return the SHA-256 of any JSON value in its canonical form (sorted keys, no blanks)."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
