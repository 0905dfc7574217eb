"""Does a page's record say what we wanted to write? Pure, property by property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.errors import UnexpectedAnswer
from connectors.nav import odata
from connectors.nav.pages.client import DECIMALS
from connectors.nav.texts import clean

_OPTIONS = frozenset({"Type", "Account_Type", "Document_Type", "Blocked"})
_TEXTS = frozenset(
    {
        "Name", "Address", "Address_2", "City", "County", "Phone_No", "E_Mail", "Home_Page",
        "VAT_Registration_No", "Description", "Comment", "Your_Reference", "Vendor_Order_No",
    }
)  # fmt: skip
_NOT_COMPARED = frozenset({"Line_No"})


def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, local_currency: str = ""
) -> list[str]:
    """Return the names of the properties of `wanted` that the record does not have so."""
    return [
        name
        for name, value in wanted.items()
        if name not in _NOT_COMPARED and not same(name, value, found.get(name), local_currency)
    ]


def line_differences(
    wanted: Sequence[Mapping[str, Any]], found: Mapping[int, Mapping[str, Any]]
) -> list[str]:
    """Return names like `lines[2].Quantity` (from 1); lines that are missing are no difference."""
    return [
        f"lines[{place}].{name}"
        for place, line in enumerate(wanted, start=1)
        if int(line["Line_No"]) in found
        for name in differences(line, found[int(line["Line_No"])])
    ]


def same(name: str, wanted: Any, found: Any, local_currency: str = "") -> bool:
    if name in DECIMALS:
        return _number(wanted) == _number(found)
    if name.endswith("_Date"):
        return _day(wanted) == _day(found)
    if name in _OPTIONS:
        return odata.decode_enum(wanted) == odata.decode_enum(found)
    if isinstance(wanted, bool):
        return wanted is found
    if name in _TEXTS:
        return clean(str(wanted or "")) == clean(str(found or ""))
    ours, theirs = odata.code(str(wanted or "")), odata.code(str(found or ""))
    if name == "Currency_Code":
        blank = ("", odata.code(local_currency))
        return ours == theirs or (ours in blank and theirs in blank)
    return ours == theirs


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _day(value: Any) -> Any:
    try:
        return odata.parse_date(value)
    except UnexpectedAnswer:
        return value
