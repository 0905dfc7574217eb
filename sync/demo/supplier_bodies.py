"""Suppliers in JAGGAER's JI form (JAGGAER contract 7.4b, 10.4). Pure."""

from __future__ import annotations

from sync.demo.identity import integration_number, stamp
from sync.demo.parts import TERMS, Body, terms_body
from sync.demo.records import Row, Unit

THREE_LETTERS = {
    "CH": "CHE",
    "DE": "DEU",
    "DK": "DNK",
    "ET": "ETH",
    "GB": "GBR",
    "IE": "IRL",
    "IN": "IND",
    "MX": "MEX",
    "NG": "NGA",
    "NL": "NLD",
    "PR": "PRI",
    "US": "USA",
    "VN": "VNM",
    "ZA": "ZAF",
}


def supplier_body(unit: Unit, place: int) -> Body:
    """Return a supplier in the JI form (contract 10.4); no bank data, no invented street."""
    row = unit.suppliers[place]
    body = {
        "sqIntegrationNumber": integration_number(unit, place),
        "erpNumber": row["supplier_code"],
        "jaSupplierId": str(40_000 + place),
        "lastUpdate": stamp(unit, "suppliers", place)["lastUpdate"],
        "requiresERP": "true",
        "approvedForERPSync": "false" if row["status"] == "onboarding" else "true",
        "name": row["name"],
        "doingBusinessAs": row.get("trading_as"),
        "otherNames": "; ".join(_other_names(row)) or None,
        "countryOfOrigin": row.get("country"),
        "active": "No" if row["status"] == "inactive" else "Yes",
        "parentSupplier": _parent(unit, row),
        "enabledCurrencyList": {"isoCurrencyCode": [row["currency"]]},
        "addressList": {"address": _addresses(row)},
        "contactList": {"contact": [_contact(row)]},
        "locationList": {"location": [_location(row)]},
    }
    return {name: value for name, value in body.items() if value is not None}


def _other_names(row: Row) -> list[str]:
    return [*row.get("other_names", ()), *filter(None, [row.get("formerly")])]


def _parent(unit: Unit, row: Row) -> Body | None:
    code = row.get("parent_supplier_code")
    if code is None:
        return None
    place = next(n for n, other in enumerate(unit.suppliers) if other["supplier_code"] == code)
    return {"erpNumber": code, "sqIntegrationNumber": integration_number(unit, place)}


def _addresses(row: Row) -> list[Body]:
    """The source of the data knows countries alone."""
    common: Body = {"erpNumber": "001", "active": "true"}
    if row.get("country"):
        common["isoCountryCode"] = THREE_LETTERS[row["country"]]
    kinds = {"remitto": "Accounts Receivable", "fulfillment": "Order Desk"}
    return [{"type": kind, "name": name, **common} for kind, name in kinds.items()]


def _contact(row: Row) -> Body:
    return {
        "type": "remitto",
        "erpNumber": "C1",
        "firstName": "Accounts",
        "lastName": "Receivable",
        "email": f"ar@{row['supplier_code'].lower()}.example",
        "active": "true",
    }


def _location(row: Row) -> Body:
    terms = {"active": "true", **terms_body(TERMS[row["payment_terms_code"]], "termsType")}
    return {
        "supportsOrderFulfillment": "Yes",
        "erpNumber": "loc1",
        "name": "Fulfillment Center 1",
        "active": "true",
        "primary": "Yes",
        "termsAndCondition": {"paymentTerms": terms},
    }
