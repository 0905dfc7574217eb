"""Requests to page web services: addresses inside a company, records without an id of their own."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors.errors import UnknownOutcome
from connectors.nav import odata
from connectors.nav.client import Client, Row
from connectors.nav.urls import text_key

Key = Mapping[str, str | int]

DECIMALS = frozenset({"Quantity", "Direct_Unit_Cost", "Amount"})


class PagesClient(Client):
    """One instance's page web services; reading is that of every dialect."""

    def create(self, path: str, body: Mapping[str, Any], key: str) -> dict[str, Any]:
        """Create a record; raises UnknownOutcome when the answer does not show it with its key."""
        answer = self._write("POST", path, odata.dumps(wire_body(body)))
        return _record(answer.json(), key)

    def change(self, path: str, body: Mapping[str, Any], etag: str, key: str) -> dict[str, Any]:
        """Change a record that still has the version `etag`; returns it as it is now."""
        answer = self._write("PATCH", path, odata.dumps(wire_body(body)), {"If-Match": etag})
        return _record(answer.json(), key) if answer.body.strip() else {}

    def remove(self, path: str, etag: str) -> None:
        """Delete a record that still has the version `etag`."""
        self._write("DELETE", path, b"", {"If-Match": etag})


# What a value overrides comes before it, as in the dialect `api` (NAV contract 4.1).
_WIRE_ORDER = (
    "Journal_Template_Name", "Journal_Batch_Name", "Line_No",
    "Buy_from_Vendor_No", "Pay_to_Vendor_No", "Posting_Date",
    "Document_Type", "Document_No", "External_Document_No", "Account_Type", "Account_No",
    "Type", "No", "Name",
    "Document_Date", "Order_Date",
    "Vendor_Order_No", "Vendor_Invoice_No", "Vendor_Cr_Memo_No",
    "Address", "Address_2", "Country_Region_Code", "Post_Code", "City", "County",
    "Currency_Code", "Payment_Terms_Code", "Due_Date", "Prices_Including_VAT",
    "Shortcut_Dimension_1_Code", "Shortcut_Dimension_2_Code",
    "Description", "Quantity", "Direct_Unit_Cost", "Amount", "Bal_Account_No",
)  # fmt: skip


def wire_body(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return a stored body as it is sent: members in NAV's order, decimals, which are kept as
    strings until then, as numbers."""
    return {
        name: Decimal(value) if name in DECIMALS and isinstance(value, str) else value
        for name, value in odata.in_wire_order(stored, _WIRE_ORDER)
    }


def company(name: str, inside: str = "") -> str:
    """Return a path inside a company, which is named in the path (NAV contract 1.4)."""
    scope = f"Company({text_key(name)})"
    return f"{scope}/{inside}" if inside else scope


def record(service: str, key: Key, inside: str = "") -> str:
    """Return `Service('X')` or `Service(A='X',B=1)`; a key in braces is a preview's placeholder."""
    if len(key) == 1:
        text = _literal(next(iter(key.values())))
    else:
        text = ",".join(f"{name}={_literal(value)}" for name, value in key.items())
    path = f"{service}({text})"
    return f"{path}/{inside}" if inside else path


def _literal(value: str | int) -> str:
    if isinstance(value, int):
        return str(value)
    return f"'{value}'" if value.startswith("{") else text_key(value)


def etag_of(row: Row) -> str:
    return str(row.get("@odata.etag") or "")


def _record(payload: Any, key: str) -> dict[str, Any]:
    if not isinstance(payload, Mapping) or not payload.get(key):
        raise UnknownOutcome("NAV's answer to the change does not show the record.")
    return dict(payload)
