"""Make entities.json, the sandbox's own compact copy of the API v2.0 entity facts.

Usage: python -m connectors.nav.sandbox.build_entities path/to/nav-entities.json

The source is the machine-readable twin of the NAV contract; only sets that a purchase
integration touches are kept. Run it again when the contract changes and commit the result.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

SETS = [
    "companies",
    "vendors",
    "purchaseOrders",
    "purchaseOrderLines",
    "purchaseInvoices",
    "purchaseInvoiceLines",
    "purchaseCreditMemos",
    "purchaseCreditMemoLines",
    "purchaseReceipts",
    "purchaseReceiptLines",
    "accounts",
    "journals",
    "journalLines",
    "generalLedgerEntries",
    "dimensions",
    "dimensionValues",
    "dimensionSetLines",
    "defaultDimensions",
    "paymentTerms",
    "paymentMethods",
    "shipmentMethods",
    "currencies",
    "currencyExchangeRates",
    "unitsOfMeasure",
    "items",
    "itemCategories",
    "locations",
    "taxGroups",
    "taxAreas",
    "countriesRegions",
    "salespeoplePurchasers",
    "generalLedgerSetup",
    "accountingPeriods",
    "companyInformation",
    "attachments",
    "documentAttachments",
    "subscriptions",
]

TYPES = {
    "Edm.String": "S",
    "Edm.Guid": "G",
    "Edm.Decimal": "D",
    "Edm.Int32": "I",
    "Edm.Int64": "L",
    "Edm.Boolean": "B",
    "Edm.Date": "Dt",
    "Edm.DateTimeOffset": "DT",
    "Edm.Stream": "Bin",
}

TARGET = Path(__file__).with_name("entities.json")


def field_row(field: dict[str, Any], enums: dict[str, list[str]]) -> list[Any]:
    """Return [name, type, length, flags]; flags: r read-only, c upper-case code, n not null."""
    kind = field["type"]
    if kind.startswith("NAV."):
        name = kind.removeprefix("NAV.")
        enums[name] = [*field["enum"], *field.get("enumAddedLater", [])]
        short = f"E:{name}"
    else:
        short = TYPES[kind]
    flags = "r" if field["readOnly"] else ""
    flags += "c" if str(field.get("alType", "")).startswith("Code[") else ""
    flags += "n" if field.get("nullable") is False else ""
    return [field["name"], short, field["maxLength"] or 0, flags]


def link_row(link: dict[str, Any], set_of_type: dict[str, str]) -> list[Any] | None:
    """Return [name, target set, collection, own property, target property, kind] or None."""
    target = set_of_type.get(link["entityType"])
    pairs = link.get("referential") or []
    if target is None or len(pairs) != 1:
        return None
    pair = pairs[0]
    own, other = pair["property"], pair["referenced"]
    return [link["name"], target, int(link["collection"]), own, other, link["via"]]


def compact(source: dict[str, Any]) -> dict[str, Any]:
    """Keep the wanted sets of the contract's entity file, one short row per field."""
    enums: dict[str, list[str]] = {}
    set_of_type = {source[name]["entityType"].rsplit(".", 1)[1]: name for name in SETS}
    sets = {}
    for name in SETS:
        facts = source[name]
        links = [link_row(link, set_of_type) for link in facts["navigation"]]
        sets[name] = {
            "type": facts["entityType"].rsplit(".", 1)[1],
            "key": facts["key"][0],
            "methods": facts["methods"],
            "actions": [a["name"].rsplit(".", 1)[1] for a in facts["boundActions"]],
            "webhook": name in source["subscriptions"]["rules"]["webhookResourcesDocumented"],
            "fields": [field_row(field, enums) for field in facts["fields"]],
            "links": [link for link in links if link],
        }
    return {"enums": enums, "sets": sets}


def dump(data: dict[str, Any]) -> str:
    """Write one line per enum, field and link, so that a change shows as one line."""
    parts = ['{"enums": {']
    parts.append(",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in data["enums"].items()))
    parts.append("},\n" + '"sets": {')
    blocks = []
    for name, facts in data["sets"].items():
        head = {k: v for k, v in facts.items() if k not in ("fields", "links")}
        rows = [
            f'"{part}": [\n' + ",\n".join(json.dumps(row) for row in facts[part]) + "]"
            for part in ("fields", "links")
        ]
        blocks.append(f'"{name}": {json.dumps(head)[:-1]},\n' + ",\n".join(rows) + "}")
    parts.append(",\n".join(blocks))
    return "\n".join(parts) + "}}\n"


def main(arguments: list[str]) -> int:
    """Read the contract's entity file named on the command line and write entities.json."""
    if len(arguments) != 1:
        print(__doc__)
        return 2
    source = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    TARGET.write_text(dump(compact(source)), encoding="utf-8")
    print(f"{TARGET.name}: {len(SETS)} entity sets")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
