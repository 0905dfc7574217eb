"""Does a page's record say what we wanted to write? Pure, property by property."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.nav.compare import Names
from connectors.nav.pages.client import DECIMALS

PAGES = Names(
    decimals=DECIMALS,
    dates=frozenset({"Posting_Date", "Document_Date", "Order_Date", "Due_Date"}),
    options=frozenset({"Type", "Account_Type", "Document_Type", "Blocked"}),
    texts=frozenset(
        {
            "Name", "Address", "Address_2", "City", "County", "Phone_No", "E_Mail", "Home_Page",
            "VAT_Registration_No", "Description", "Comment", "Your_Reference", "Vendor_Order_No",
        }
    ),
    currency="Currency_Code",
    not_compared=frozenset({"Line_No"}),
)  # fmt: skip


def differences(
    wanted: Mapping[str, Any], found: Mapping[str, Any], *, local_currency: str = ""
) -> list[str]:
    """Return the names of the properties of `wanted` that the record does not have so."""
    return PAGES.differing(wanted, found, local_currency)


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
