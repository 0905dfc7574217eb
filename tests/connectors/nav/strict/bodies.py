"""What a body may hold, and in which order (NAV contract 3, 4.1, 4.3, 4.6, 4.9, 5.1, 7)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from connectors.nav.metadata import NEEDS, WISHES
from connectors.nav.sandbox.catalogue import EntitySet, Field, entity_sets

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
_RESOURCE = re.compile(rf"/api/v2\.0/companies\({_GUID.pattern}\)/(\w+)")

# Editable on the page and of no use, or answered with an error (marked with a dagger in 3.3-3.6).
_NEVER = {
    "purchaseOrders": {"fullyReceived"},
    "purchaseInvoiceLines": {
        "amountExcludingTax",
        "amountIncludingTax",
        "invoiceDiscountAllocation",
        "netAmount",
        "netTaxAmount",
        "netAmountIncludingTax",
    },
    "journalLines": {"journalDisplayName"},
    "dimensionSetLines": {"parentId", "parentType", "displayName", "valueDisplayName"},
    "items": {"inventory"},
    "attachments": {"byteSize"},
}
_ASKED_FOR = WISHES.keys() | {
    f"{name}.{prop}" for sets in NEEDS.values() for name, props in sets.items() for prop in props
}
_LINE_SETS = ("purchaseOrderLines", "purchaseInvoiceLines", "purchaseCreditMemoLines")
_FIXED = {
    **{name: {"documentId", "sequence", "lineObjectNumber"} for name in _LINE_SETS},
    "journalLines": {"journalId"},
    "dimensionSetLines": {"id", "code"},
}
_VENDOR = ("vendorId", "vendorNumber")
_NEEDED: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "purchaseOrders": (_VENDOR,),
    "purchaseInvoices": (_VENDOR,),
    "purchaseCreditMemos": (_VENDOR,),
    "dimensionSetLines": (("id", "code"), ("valueId", "valueCode")),
    "subscriptions": (("notificationUrl",), ("resource",)),
}
_ONE_OF = (
    _VENDOR,
    ("payToVendorId", "payToVendorNumber"),
    ("currencyId", "currencyCode"),
    ("itemId", "accountId"),
    ("accountId", "accountNumber"),
    ("accountId", "lineObjectNumber"),
    ("itemId", "lineObjectNumber"),
)
_BEFORE = (
    ("lineType", ("lineObjectNumber",)),
    ("accountType", ("accountId", "accountNumber")),
    (
        "vendorNumber",
        (
            "payToVendorNumber",
            "currencyCode",
            "paymentTermsId",
            "dueDate",
            "purchaser",
            "pricesIncludeTax",
            "shortcutDimension1Code",
            "shortcutDimension2Code",
        ),
    ),
    ("lineObjectNumber", ("description", "quantity", "unitCost", "directUnitCost", "taxCode")),
)
_NESTED = {
    "purchaseOrders": "purchaseOrderLines",
    "purchaseInvoices": "purchaseInvoiceLines",
}
_SHORTER = {"currencyCode": 10, "taxCode": 20, "clientState": 2048}


class Digits(str):
    """A number as it was written."""


def read_json(body: bytes) -> Any:
    """Return a body with its numbers as written and names that came twice refused."""
    if not body.strip():
        return None
    return json.loads(
        body, parse_float=Digits, parse_int=Digits, parse_constant=Digits, object_pairs_hook=_pairs
    )


def _pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({name for name, _ in members}) == len(members), f"a name twice: {members}"
    return dict(members)


def names_used(entity_set: EntitySet, body: Any) -> Iterator[str]:
    """Yield `set.property` of all that a body names, nested lines included."""
    for member, value in body.items() if isinstance(body, dict) else ():
        yield f"{entity_set.name}.{member}"
        for row in value if isinstance(value, list) else ():
            yield from names_used(entity_sets()[member], row)


def body_breaches(method: str, entity_set: EntitySet, body: Any) -> Iterator[str]:
    """Yield what is wrong with the body of a POST or PATCH."""
    if not isinstance(body, dict) or not body:
        yield "the body is no object with members"
        return
    name = entity_set.name
    for each in names_used(entity_set, body):
        if name != "subscriptions" and each not in _ASKED_FOR:
            yield f"{each} is sent, and the check does not look whether it is published"
    for member, value in body.items():
        yield from _member(method, entity_set, member, value)
    if method == "PATCH" and name != "subscriptions":
        for fixed in sorted(_FIXED.get(name, set()) & body.keys()):
            yield f"{fixed} cannot change"
    else:
        for names in _NEEDED.get(name, ()):
            if not any(body.get(each) for each in names):
                yield f"{' or '.join(names)} is missing"
    for names in _ONE_OF:
        if all(each in body for each in names):
            yield f"{' and '.join(names)} at once"
    yield from _order(list(body))
    yield from _line(entity_set, body)
    if name == "subscriptions":
        yield from _subscription(body)


def _member(method: str, entity_set: EntitySet, member: str, value: Any) -> Iterator[str]:
    field = entity_set.fields.get(member)
    if field is None:
        if method == "POST" and _NESTED.get(entity_set.name) == member and isinstance(value, list):
            for row in value:
                yield from body_breaches("POST", entity_sets()[member], row)
            return
        yield f"{entity_set.type} has no property {member}"
    elif field.read_only:
        yield f"{member} is read-only"
    elif member in _NEVER.get(entity_set.name, ()):
        yield f"{member} is of no use and never sent"
    else:
        wrong = _value(field, value)
        if wrong:
            yield f"{member}: {wrong} ({value!r:.60})"


def _value(field: Field, value: Any) -> str:
    """Return what is wrong with a value, empty for nothing."""
    if value is None:
        return "null, where empty has a form of its own"
    if field.kind in ("D", "I", "L"):
        if not isinstance(value, Digits) or not _NUMBER.fullmatch(value):
            return "no plain JSON number"
        if field.kind != "D" and ("." in value or not -(2**31) <= int(value) < 2**31):
            return "no whole number of its size"
        return ""
    if field.kind == "B":
        return "" if isinstance(value, bool) else "neither true nor false"
    if not isinstance(value, str) or isinstance(value, Digits):
        return "no text"
    if field.kind == "G":
        return "" if _GUID.fullmatch(value) else "no record id"
    if field.kind == "Dt":
        return _day(value)
    if field.kind == "E":
        return "" if value in field.members else "no member in wire form"
    limit = min(field.length or 10_000, _SHORTER.get(field.name, 10_000))
    if len(value) > limit:
        return f"longer than {limit}"
    return "letters that are none" if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", value) else ""


def _day(value: str) -> str:
    try:
        return "" if len(value) == 10 and date.fromisoformat(value) else "no day"
    except ValueError:
        return "no day"


def _order(names: list[str]) -> Iterator[str]:
    """Properties are validated in the order of the body (4.1)."""
    for first, later in _BEFORE:
        for each in later:
            if first in names and each in names and names.index(each) < names.index(first):
                yield f"{each} before {first}"


def _line(entity_set: EntitySet, body: Mapping[str, Any]) -> Iterator[str]:
    if entity_set.name not in _LINE_SETS:
        return
    kind = body.get("lineType")
    if kind != "Item" and ("unitOfMeasureCode" in body or "unitOfMeasureId" in body):
        yield "a unit on a line that is no item"
    if "lineObjectNumber" in body and not kind:
        yield "an object without its type"
    if kind == "Comment" and body.keys() - {"sequence", "lineType", "description", "description2"}:
        yield "a comment line with more than text"


def _subscription(body: Mapping[str, Any]) -> Iterator[str]:
    found = _RESOURCE.fullmatch(str(body.get("resource")))
    if not found or not entity_sets()[found[2]].webhook:
        yield f"the resource {body.get('resource')!r} takes no subscription"
    if "clientState" not in body:
        yield "a subscription without its state"
