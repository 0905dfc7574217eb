"""The placeholders of `writeBack` bodies: which value of ours each stands for (contract 8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

IDS = frozenset({"jaSupplierId"})
# Placeholder -> our field, as `sync.domain.supplier_fields` names it.
FIELDS: Mapping[str, str] = {
    "erpNumber": "number",
    "status": "status",
    "name": "name",
    "contactEmail": "email",
    "contactPhone": "phone",
    "website": "website",
    "paymentTerms": "payment terms",
    "addressLine1": "line1",
    "addressLine2": "line2",
    "city": "city",
    "state": "state",
    "postalCode": "postal_code",
    "country": "country",
}
# Known to JAGGAER and to no vendor card: always left out of a body.
UNFILLED = frozenset({"contactFirstName", "contactLastName"})
KNOWN = frozenset(FIELDS) | IDS | UNFILLED | {"sourceId"}
_NAME = re.compile(r"\{(\w+)\}")


def names_in(template: Any) -> set[str]:
    """Return the placeholders of a template, however deep."""
    if isinstance(template, str):
        return set(_NAME.findall(template))
    if isinstance(template, Mapping):
        return {name for part in template.values() for name in names_in(part)}
    if isinstance(template, list):
        return {name for part in template for name in names_in(part)}
    return set()
