"""The NAV side of the demo: one company per business unit, as the NAV sandbox is seeded. Pure.

Field names are those of Business Central's API v2.0 (NAV contract 3).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sync.demo.records import Ledger, Row, Unit

Record = dict[str, Any]

NAMES = {  # name of the company in NAV (30 characters), display name, local currency
    "WVU": ("West Virginia University", "West Virginia University", "USD"),
    "SCMS": ("Supply Chain Management System", "Supply Chain Management System", "USD"),
    "DBC": ("Darlington Borough Council", "Darlington Borough Council", "GBP"),
}
_COMPANY_IDS = uuid.UUID("5ee5ad3c-91a5-4d3f-9d0e-0c5a1f0de300")
UNITS_OF_MEASURE = {
    "PCS": ("Piece", "EA"),
    "BOX": ("Box", "BX"),
    "PACK": ("Pack", "PK"),
    "HOUR": ("Hour", "HUR"),
    "DAY": ("Day", "DAY"),
    "KG": ("Kilogram", "KGM"),
    "SET": ("Set", "SET"),
}
WORLD_VALUE = {  # one hundred units in US dollars, rounded: enough to show a conversion
    "USD": "100",
    "GBP": "155",
    "EUR": "125",
    "CAD": "85",
    "ZAR": "10",
}
CURRENCY_NAMES = {
    "USD": "US dollar",
    "GBP": "Pound sterling",
    "EUR": "Euro",
    "CAD": "Canadian dollar",
    "ZAR": "South African rand",
}
RATES_FROM = "2006-01-01"
TAX_PERCENTS = {"VAT20": "20", "VAT5": "5", "VAT0": "0"}  # VAT product posting group -> percent
PURCHASE_TAX_ACCOUNT = "5630"
PAYABLES_ACCOUNT = "5410"
COUNTRIES = {
    "CH": "Switzerland",
    "DE": "Germany",
    "DK": "Denmark",
    "ET": "Ethiopia",
    "GB": "Great Britain",
    "IE": "Ireland",
    "IN": "India",
    "MX": "Mexico",
    "NG": "Nigeria",
    "NL": "Netherlands",
    "PR": "Puerto Rico",
    "US": "USA",
    "VN": "Vietnam",
    "ZA": "South Africa",
}
LEDGER_ONLY_VENDORS = (  # typed into the ledger by hand: the source does not know them
    ("L00010", "Quayside Window Cleaning", ""),
    ("L00020", "Former Landlord Holdings", "Payment"),
)
BATCHES = {"JAGGAER": "Invoices from JAGGAER", "DEFAULT": "Default journal batch"}


def company_id(key: str) -> str:
    """Return the company's id in the ledger, the same on every machine."""
    return str(uuid.uuid5(_COMPANY_IDS, key))


def company(unit: Unit, ledger: Ledger) -> Record:
    """Return the seed of one company: setup, reference data, vendors, journal batches."""
    name, display, currency = NAMES[unit.key]
    foreign = [code for code in CURRENCY_NAMES if code != currency]
    return {
        "id": company_id(unit.key),
        "name": name,
        "displayName": display,
        "localCurrency": currency,
        "setup": _setup(unit.key, ledger),
        "accounts": [_account(row) for row in ledger.accounts],
        "dimensions": _dimensions(ledger.dimensions),
        "paymentTerms": [_payment_terms(row) for row in ledger.payment_terms],
        "currencies": [{"code": code, "displayName": CURRENCY_NAMES[code]} for code in foreign],
        "currencyExchangeRates": [_rate(code, currency) for code in foreign],
        "countriesRegions": [{"code": c, "displayName": n} for c, n in COUNTRIES.items()],
        "unitsOfMeasure": [
            {"code": code, "displayName": text, "internationalStandardCode": standard}
            for code, (text, standard) in UNITS_OF_MEASURE.items()
        ],
        "taxGroups": [
            {"code": code, "displayName": f"VAT {percent} %"}
            for code, percent in _taxes(unit.key).items()
        ],
        "vendors": [*_vendors(unit), *_ledger_only(currency)],
        "journals": [{"code": code, "displayName": text} for code, text in BATCHES.items()],
    }


def _setup(key: str, ledger: Ledger) -> Record:
    """The posting window is open: the demo's documents are from 2006 to 2021."""
    globals_ = {row["global"]: row["dimension"] for row in ledger.dimensions if row["global"]}
    return {
        "localCurrency": NAMES[key][2],
        "localCurrencySymbol": "£" if NAMES[key][2] == "GBP" else "$",
        "allowPostingFrom": "0001-01-01",
        "allowPostingTo": "0001-01-01",
        "globalDimensions": [globals_[number] for number in sorted(globals_)],
        "extDocNoMandatory": True,
        "manualVendorNumbers": True,
        "payablesAccount": PAYABLES_ACCOUNT,
        "vatAccount": PURCHASE_TAX_ACCOUNT,
        "vatSetup": [
            {"prod": code, "percent": percent, "account": PURCHASE_TAX_ACCOUNT, "type": "Normal"}
            for code, percent in _taxes(key).items()
        ],
    }


def _taxes(key: str) -> dict[str, str]:
    """The council pays value added tax; the two US bodies have no tax set up."""
    return TAX_PERCENTS if key == "DBC" else {}


def _account(row: Row) -> Record:
    return {
        "number": row["no"],
        "displayName": row["name"],
        "category": row["category"],
        "accountType": row["account_type"],
        "directPosting": row["direct_posting"] == "yes",
        "blocked": row["blocked"] == "yes",
    }


def _dimensions(rows: Iterable[Row]) -> list[Record]:
    dimensions: dict[str, Record] = {}
    for row in rows:
        head = {"code": row["dimension"], "displayName": row["dimension_name"], "values": []}
        blocked = row["blocked"] == "yes"
        value = {"code": row["value"], "displayName": row["value_name"], "blocked": blocked}
        dimensions.setdefault(row["dimension"], head)["values"].append(value)
    return list(dimensions.values())


def _payment_terms(row: Row) -> Record:
    """A date formula goes over the wire without its angle brackets (NAV contract 3.5)."""
    discount = row["discount_date_calculation"] or ""
    return {
        "code": row["code"],
        "displayName": row["description"],
        "dueDateCalculation": row["due_date_calculation"].strip("<>"),
        "discountDateCalculation": discount.strip("<>"),
        "discountPercent": Decimal(row["discount_pct"]),
    }


def _rate(code: str, local: str) -> Record:
    """One hundred of the local currency's worth, by way of the US dollar."""
    return {
        "currencyCode": code,
        "startingDate": RATES_FROM,
        "exchangeRateAmount": Decimal(WORLD_VALUE[local]),
        "relationalExchangeRateAmount": Decimal(WORLD_VALUE[code]),
    }


def _vendors(unit: Unit) -> list[Record]:
    """Suppliers that the ledger knows already, one of them under another spelling."""
    return [
        {
            "number": row["supplier_code"],
            "displayName": row["vendor"]["name"],
            "country": row.get("country", ""),
            "paymentTermsCode": row["payment_terms_code"],
            "blocked": row["vendor"]["blocked"],
        }
        for row in unit.suppliers
        if "vendor" in row
    ]


def _ledger_only(currency: str) -> list[Record]:
    country = "GB" if currency == "GBP" else "US"
    return [
        {
            "number": number,
            "displayName": name,
            "country": country,
            "paymentTermsCode": "30 DAYS",
            "blocked": blocked,
        }
        for number, name, blocked in LEDGER_ONLY_VENDORS
    ]
