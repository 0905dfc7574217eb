"""References as people write them, brought to one spelling.

An order reference is compared after trimming, upper-casing and dropping words such as PO or Order
No., all punctuation and blanks, and leading zeros; its digits alone are a second, weaker key. An
invoice number is a Code field of the ledger: trimmed and upper-cased, nothing else.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

# Words that people put before an order number. Longer ones first, so that "PURCHASE ORDER NUMBER"
# leaves nothing behind. A word ends at a blank, punctuation, a digit or the end of the text.
_WORDS = re.compile(
    r"(?<![^\W\d_])(?:PURCHASE|P[.\s/]{0,2}O\.?|YOUR|OUR|REFERENCE|REF|ORDERS?|BESTELLUNG"
    r"|NUMBER|NUMERO|NO|NR|NUM)(?![^\W\d_])"
)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")
_ZEROS_BEFORE_DIGITS = re.compile(r"(?<!\d)0+(?=\d)")
_LEGAL_FORMS = {
    "limited": "ltd",
    "incorporated": "inc",
    "corporation": "corp",
    "company": "co",
}
_NOT_DIGITS = re.compile(r"\D+")


class OrderKeys(NamedTuple):
    """Both spellings of an order reference; an empty key matches nothing."""

    strict: str
    loose: str


@lru_cache(maxsize=4096)
def order_reference_keys(text: str | None) -> OrderKeys:
    """Give the strict key (letters and digits) and the loose one (digits only) of a reference.

    `PO# so–0498` -> ("SO498", "498"). Where nothing but such words is left, the words count.
    """
    folded = _folded(text)
    shortened = _WORDS.sub(" ", folded)
    strict = _squeezed(shortened) or _squeezed(folded)
    return OrderKeys(strict, _digits(strict))


def invoice_number_key(text: str | None) -> str:
    """The spelling under which the ledger sees two invoice numbers as one: trimmed, upper case."""
    return (text or "").strip().upper()


@lru_cache(maxsize=1024)
def loose_number_key(text: str | None) -> str:
    """An invoice number without punctuation, blanks and leading zeros: A-17, A17 and 0A17 agree."""
    bare = _NOT_ALPHANUMERIC.sub("", _folded(text))
    return bare.lstrip("0") or bare[:1]


@lru_cache(maxsize=8192)
def text_key(text: str | None) -> str:
    """A description or code as it is compared: width and case folded, blanks collapsed."""
    return " ".join(unicodedata.normalize("NFKC", text or "").casefold().split())


@lru_cache(maxsize=8192)
def name_key(text: str | None) -> str:
    """A company's name as it is compared: punctuation dropped, the legal form in its short
    spelling."""
    words = _NOT_ALPHANUMERIC.sub(" ", text_key(text).replace("&", " and ")).split()
    return " ".join(_LEGAL_FORMS.get(word, word) for word in words) or text_key(text)


def line_number(text: str | None) -> int | None:
    """Read an order line number as written ("1", "001", "Line 2"); None where there is none."""
    digits = _NOT_DIGITS.sub(" ", _folded(text)).split()
    return int(digits[0]) if len(digits) == 1 else None


def _folded(text: str | None) -> str:
    """Full-width digits become digits, odd blanks blanks, letters upper case."""
    return unicodedata.normalize("NFKC", text or "").upper().strip()


def _squeezed(text: str) -> str:
    """Drop punctuation and blanks, then zeros before the first digits.

    Zeros inside a number stay: in `305-0652` the dash was put there by a person.
    """
    bare = _NOT_ALPHANUMERIC.sub("", text)
    return _ZEROS_BEFORE_DIGITS.sub("", bare, count=1)


def _digits(strict: str) -> str:
    return _NOT_DIGITS.sub("", strict).lstrip("0")
