"""A profile's names in words, for sentences that people read; the path stands beside them."""

from __future__ import annotations

import re

_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_LISTED = re.compile(r"(\w+)\[(\d+)\]")
_LARGE = {"erp": "ERP", "duns": "DUNS", "id": "ID", "vat": "VAT", "sq": "SQ", "po": "PO"}
_STATUS = {"type": "document type", "action": "action", "ap": "AP status"}


def spoken(name: str, place: str = "") -> str:
    """Return a field in words: `invoiceDate` is "invoice date", in `lines[2].` that of line 3."""
    words = " ".join(_LARGE.get(word, word) for word in _HUMP.sub(" ", name).lower().split())
    listed = _LISTED.findall(place)
    return " of ".join([words, *(_element(*one) for one in reversed(listed))])


def spoken_status(name: str) -> str:
    """Return what a status field of the profile is called in JAGGAER."""
    return _STATUS.get(name, f"{spoken(name)} status")


def shown(text: str) -> str:
    """Return what was received as a quotation, cut where it is long."""
    return f"“{text[:60]}”"


def _element(of: str, at: str) -> str:
    """Return one of a list as people count: `lines[2]` is line 3."""
    return f"{spoken(of).removesuffix('s')} {int(at) + 1}"
