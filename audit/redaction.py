"""Nothing secret in a log line, an audit event or an answer.

Three nets: values that this process has unsealed, names that speak of secrets, and shapes that
secrets come in (Authorization headers, form bodies, signed tokens, private keys).
"""

from __future__ import annotations

import json
import re
import threading
from collections import OrderedDict
from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote, quote_plus

DOTS = "••••••"

_SENSITIVE = (
    r"pass(?:word|wd|phrase)|pwd|secrets?|tokens?|api[_-]?keys?|access[_-]?keys?|private[_-]?keys?"
    r"|service[_-]?keys?|fernet[_-]?keys?|data[_-]?keys?|authorization|cookies?|credentials?"
    r"|assertion|code[_-]?verifier|session[_-]?id|client[_-]?state|iban"
    r"|bank[_-]?account(?:[_-]?number)?"
)
_SECRET_NAME = re.compile(rf"(?:{_SENSITIVE})$", re.IGNORECASE)
# Patterns begin at the beginning of a word: from every letter on, a long text would take minutes.
_FIELD = r"[\w-]{0,40}(?:secret|password|passwd|token|assertion|api_?key|client_?state)"
_SHAPES = (
    re.compile(
        r"\b((?i:bearer|basic|digest|negotiate))(\s+)(?!realm\b)"
        r"(?:(?=[\w.~/-]*[A-Z0-9_+/~=])[\w+/.~=-]{6,}|[\w+/.~=-]{16,})"
    ),
    re.compile(r"(?i)\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(\s*:\s*)[^\r\n\"']+"),
    re.compile(rf"""(?i)(["']{_FIELD}["']\s*:\s*["'])()[^"']+"""),
    re.compile(rf"""(?i)(?<![\w-])({_FIELD}=)()[^\s&"';,)]+"""),
    re.compile(r"()()\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"),
    re.compile(r"()()\bmlc_[A-Za-z0-9_-]{16,}"),
    re.compile(r"()()-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?"),
    re.compile(r"(/webhooks/[a-z]{1,20}/)()[^\s/?#\"']+"),
    re.compile(r"(\b[a-z+]{3,12}://[^\s/:@]*:)()[^\s/@]+(?=@)"),
)
_MAIL = re.compile(r"(?<![^\s<>@,;:\"'])[^\s<>@,;:\"']{1,64}@[^\s<>@,;:\"']{3,255}")

# No shape without one of these, the second ones in any case: most texts have none.
_MARKS = ("=", ":", "eyJ", "mlc_", "-----BEGIN", "/webhooks/")
_SCHEMES = ("bearer", "basic", "digest", "negotiate")

_KEPT = 2048  # distinct spellings a process remembers; the least recently unsealed goes first
_SHORTEST = 6  # shorter values would dot half of every sentence
_known: OrderedDict[str, None] = OrderedDict()
_by_beginning: dict[str, tuple[str, ...]] = {}
_lock = threading.Lock()


def remember(value: str) -> None:
    """Let this value, also as a form, an address or JSON spells it, read as dots from now on."""
    if len(value) < _SHORTEST:
        return
    spellings = {value, quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1]}
    with _lock:
        for spelling in spellings:
            if spelling not in _known:
                start = spelling[:_SHORTEST]
                _by_beginning[start] = (*_by_beginning.get(start, ()), spelling)
            _known[spelling] = None
            _known.move_to_end(spelling)
        while len(_known) > _KEPT:
            _forget(_known.popitem(last=False)[0])


def _forget(spelling: str) -> None:
    start = spelling[:_SHORTEST]
    left = tuple(one for one in _by_beginning.pop(start) if one != spelling)
    if left:
        _by_beginning[start] = left


def _known_in(text: str) -> list[str]:
    """Return the known secrets that a text may hold, the longest first.

    Looks up every six characters of the text, or every secret in it, whatever are fewer.
    """
    if len(text) < _SHORTEST or not _known:
        return []
    with _lock:
        if len(_known) < len(text):
            found = [secret for secret in _known if secret in text]
        else:
            places = range(len(text) - _SHORTEST + 1)
            starts = {text[place : place + _SHORTEST] for place in places}
            found = [one for start in starts for one in _by_beginning.get(start, ())]
    return sorted(found, key=len, reverse=True)


@lru_cache(maxsize=4096)
def is_secret_name(name: str) -> bool:
    """Say whether a field of this name holds something that must not be shown."""
    return bool(_SECRET_NAME.search(name))


def redact(value: Any) -> Any:
    """Return a copy with everything secret dotted; mappings and lists are walked."""
    match value:
        case str():
            return scrub(value)
        case bytes() | bytearray() | memoryview():
            return DOTS
        case dict() | Mapping():
            return {key: _redact_entry(key, item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [redact(item) for item in value]
        case _:
            return value


def _redact_entry(name: Any, value: Any) -> Any:
    if isinstance(name, str) and is_secret_name(name) and not _harmless(value):
        return DOTS
    return redact(value)


def _harmless(value: Any) -> bool:
    """Absence, a yes or no, a count and the word "changed" tell nothing."""
    return value in (None, "", "changed") or isinstance(value, bool | int)


def scrub(text: str) -> str:
    """Return free text with known secrets and secret shapes dotted."""
    for secret in _known_in(text):
        text = text.replace(secret, DOTS)
    if not _may_have_shape(text):
        return text
    for shape in _SHAPES:
        text = shape.sub(rf"\g<1>\g<2>{DOTS}", text)
    return text


def _may_have_shape(text: str) -> bool:
    if any(mark in text for mark in _MARKS):
        return True
    lowered = text.lower()
    return any(scheme in lowered for scheme in _SCHEMES)


def without_mail(value: Any) -> Any:
    """Return the value without mail addresses: what is chained for good names nobody."""
    match value:
        case str():
            return _MAIL.sub("•@•", value) if "@" in value else value
        case dict():
            return {key: without_mail(item) for key, item in value.items()}
        case list():
            return [without_mail(item) for item in value]
        case _:
            return value
