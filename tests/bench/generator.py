"""Seeded orders and invoices of any number, as JAGGAER exports them and for a company in NAV.

Everything follows from the number of documents: two machines measure the same work.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

SEED = 20240214
COMPANY_ID = "6f0c1b52-2f5e-4d1a-8a51-94c1e7a0be01"
DATASET = "bench"
ACCOUNTS = [str(7000 + 10 * number) for number in range(20)]
DEPARTMENTS = [f"D{number:02d}" for number in range(12)]
_SUPPLIERS = 50
_BEGIN = datetime(2024, 1, 8, tzinfo=UTC)
_TERMS = {"type": "Net", "daysAfter": 30, "standardPaymentTermsCode": "Net 30"}


def mappings() -> dict[str, list[dict[str, str]]]:
    """Return the rows to import, by mapping kind."""
    pairs = {
        "ledger_account": [(f"GL{code}", code) for code in ACCOUNTS],
        "cost_center": [(f"CC{code}", f"DEPARTMENT/{code}") for code in DEPARTMENTS],
        "payment_terms": [("Net 30", "30 DAYS")],
        "unit_of_measure": [("EA", "PCS")],
    }
    return {
        kind: [{"source_code": source, "target_code": target} for source, target in rows]
        for kind, rows in pairs.items()
    }


def write_seeds(folder: Path, documents: int, *, mixed: bool) -> tuple[Path, Path]:
    """Write the seed files for JAGGAER and NAV: so many orders, and an invoice for each.

    `mixed`: the lines of an order belong to departments of their own; else all to one.
    """
    jaggaer, nav = folder / "jaggaer.jsonl", folder / "nav.json"
    with jaggaer.open("w", encoding="ascii") as lines:
        for record in _records(documents, mixed=mixed):
            lines.write(json.dumps({"dataset": DATASET, **record}) + "\n")
    nav.write_text(json.dumps({"companies": [_company()]}), encoding="ascii")
    return jaggaer, nav


def _records(documents: int, *, mixed: bool) -> Iterator[dict[str, Any]]:
    chance = random.Random(SEED)
    for number in range(1, _SUPPLIERS + 1):
        yield {"collection": "suppliers", "id": f"u{number}", "body": _supplier(number)}
    orders = [_order(number, chance, mixed=mixed) for number in range(1, documents + 1)]
    for number, order in enumerate(orders, start=1):
        yield {"collection": "purchaseorders", "id": number, "body": order}
    for number, order in enumerate(orders, start=1):
        yield {"collection": "invoices", "id": number, "body": _invoice(number, order)}


def _at(minutes: int) -> str:
    return (_BEGIN + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _party(number: int) -> dict[str, str]:
    return {"name": f"Bench Supplier {number:03d}", "supplierNumber": f"B{number:05d}"}


def _supplier(number: int) -> dict[str, Any]:
    address = {"type": "remitto", "name": "Accounts", "active": "true", "isoCountryCode": "USA"}
    return {
        "sqIntegrationNumber": f"u{number}",
        "erpNumber": _party(number)["supplierNumber"],
        "name": _party(number)["name"],
        "lastUpdate": _at(number),
        "active": "Yes",
        "requiresERP": "true",
        "approvedForERPSync": "true",
        "enabledCurrencyList": {"isoCurrencyCode": ["USD"]},
        "addressList": {"address": [address]},
    }


def _order(number: int, chance: random.Random, *, mixed: bool) -> dict[str, Any]:
    count = chance.randint(1, 6)
    departments = [chance.choice(DEPARTMENTS) for _ in range(count)]
    lines = [
        _line(number, place, department if mixed else departments[0], chance)
        for place, department in enumerate(departments, start=1)
    ]
    header = {
        "poId": number,
        "poNumber": f"PO{number:07d}",
        "lastUpdate": _at(1000 + number),
        "createDateTime": _at(1000 + number),
        "revisionNumber": 0,
        "workflowStatus": "Completed",
        "supplier": _party(1 + number % _SUPPLIERS),
        "terms": _TERMS,
        "total": _total(lines),
    }
    return {"header": header, "lineList": {"poLine": lines}}


def _line(number: int, place: int, department: str, chance: random.Random) -> dict[str, Any]:
    segments = [
        {"internalName": "Account", "value": f"GL{chance.choice(ACCOUNTS)}"},
        {"internalName": "CostCenter", "value": f"CC{department}"},
    ]
    part = {"customFieldValueList": {"customFieldValue": segments}}
    split = {"context": "Line", "splittableFieldIndexList": {"splittableFieldIndex": [part]}}
    return {
        "lineId": number * 100 + place,
        "lineNumber": place,
        "quantity": chance.randint(1, 40),
        "unitPrice": chance.randint(1, 900),
        "item": {"description": f"Item {place}", "unitOfMeasure": {"dimension": "EA"}},
        "splittableFieldSetGroupList": {
            "splittableFieldSetGroup": [{"splittableFieldIndexSet": [split]}]
        },
    }


def _invoice(number: int, order: dict[str, Any]) -> dict[str, Any]:
    ordered = order["header"]
    lines = [
        {**line, "poNumber": ordered["poNumber"], "poLineNumber": str(line["lineNumber"])}
        for line in order["lineList"]["poLine"]
    ]
    header = {
        "invoiceId": number,
        "invoiceNumber": f"I{number:07d}",
        "supplierInvoiceNumber": f"S-{number:07d}",
        "lastUpdate": _at(100_000 + number),
        "invoiceDate": _at(50_000 + number)[:10] + "T00:00:00.000Z",
        "invoiceType": "Invoice",
        "paymentStatus": "Payable",
        "workflowStatus": "Completed",
        "supplier": ordered["supplier"],
        "terms": _TERMS,
        "total": ordered["total"],
    }
    return {"header": header, "lineList": {"invoiceLine": lines}}


def _total(lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {"currency": "USD", "value": sum(x["quantity"] * x["unitPrice"] for x in lines)}


def _company() -> dict[str, Any]:
    accounts = {"5410": "Payables", "5460": "Invoices to be booked", "5630": "Purchase tax"}
    accounts |= {code: f"Expense {code}" for code in ACCOUNTS}
    values = [{"code": code, "displayName": f"Department {code}"} for code in DEPARTMENTS]
    return {
        "id": COMPANY_ID,
        "name": "Bench",
        "displayName": "Bench",
        "localCurrency": "USD",
        "setup": {"manualVendorNumbers": True, "payablesAccount": "5410", "vatAccount": "5630"},
        "accounts": [
            {"number": number, "displayName": name, "category": "Expense"}
            for number, name in accounts.items()
        ],
        "dimensions": [{"code": "DEPARTMENT", "displayName": "Department", "values": values}],
        "paymentTerms": [
            {"code": "30 DAYS", "displayName": "Net 30 days", "dueDateCalculation": "30D"}
        ],
        "unitsOfMeasure": [
            {"code": "PCS", "displayName": "Piece", "internationalStandardCode": "EA"}
        ],
        "journals": [{"code": "JAGGAER", "displayName": "Invoices from JAGGAER"}],
    }
