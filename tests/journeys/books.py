"""What a ledger holds at the end, however it was written: the same for both dialects of NAV."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

# What the demo's council has in its ledger after the first run, through API v2.0 and pages alike.
COUNCIL = {
    "purchaseOrders": (233, "1885983.87"),
    "purchaseInvoices": (217, "1433027.65"),
    "purchaseCreditMemos": (6, "10892.78"),
    "journals": (223, "1444999.99"),
}
COUNCIL_DIGEST = "34e4002b70181147"
_NUMBERS = {
    "purchaseOrders": ("", "directUnitCost"),
    "purchaseInvoices": ("vendorInvoiceNumber", "unitCost"),
    "purchaseCreditMemos": ("vendorCreditMemoNumber", "unitCost"),
}


def totals(books: Mapping[str, Any]) -> dict[str, tuple[int, str]]:
    """Return documents and the net total of each kind in the ledger, and the debit of journals."""
    found = {
        name: (len(books[name]), str(sum(_net(row, cost) for row in books[name])))
        for name, (_, cost) in _NUMBERS.items()
    }
    entries = [line for batch in books["journals"] for line in batch["lines"]]
    debit = sum((max(Decimal(str(line["amount"])), Decimal(0)) for line in entries), Decimal(0))
    return found | {"journals": (len({line["documentNumber"] for line in entries}), str(debit))}


def digest(books: Mapping[str, Any]) -> str:
    """Tell two ledgers apart by any line: vendor, the supplier's number, account, quantity, price
    and dimensions of documents, account, amount and dimensions of entries."""
    lines = Counter([*_lines(books), *_entries(books)])
    text = json.dumps(sorted((*line, count) for line, count in lines.items()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _net(row: Mapping[str, Any], cost: str) -> Decimal:
    return sum((_product(line, cost) for line in row["lines"]), Decimal(0))


def _product(line: Mapping[str, Any], cost: str) -> Decimal:
    product = Decimal(str(line["quantity"] or 0)) * Decimal(str(line[cost] or 0))
    return product.quantize(Decimal("0.01"))


def _lines(books: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, (number, cost) in _NUMBERS.items():
        for row in books[name]:
            head = (name, row["vendorNumber"], str(row.get(number) or ""), row["currencyCode"])
            for line in row["lines"]:
                if line["lineObjectNumber"]:
                    yield (*head, line["lineObjectNumber"], str(_product(line, cost)), _coded(line))


def _entries(books: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    for batch in books["journals"]:
        for line in batch["lines"]:
            amount = str(Decimal(str(line["amount"])).quantize(Decimal("0.01")))
            yield ("journal", line["externalDocumentNumber"], line["accountNumber"], amount)


def _coded(line: Mapping[str, Any]) -> str:
    return json.dumps(sorted((line.get("dimensions") or {}).items()))
