"""Make the demo's data from the original folder: `python -m sync.demo.make SOURCE_DIR`.

Run again on the same folder it writes the same rows. Not needed at run time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync.demo import mapping_rows, outcome, records, rows
from sync.demo import source as original
from sync.demo.choice import Book, Choice, Row, choose
from sync.demo.records import FOLDER, UNITS, write_json, write_rows, write_table
from sync.demo.source import Source

CLEARING_ACCOUNTS = {"WVU": "5460", "SCMS": "5470", "DBC": "5480"}
CLEARING_NAME = "Invoices received, to be coded"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read SOURCE_DIR and write data, mappings, policy and expected results; the exit code."""
    parser = argparse.ArgumentParser(description="Make the demo's data from the original folder.")
    parser.add_argument("source", type=Path, help="folder with purchase_orders.jsonl.gz and so on")
    parser.add_argument("--target", type=Path, default=FOLDER, help="where to write")
    options = parser.parse_args(arguments)
    try:
        source = original.read(options.source)
    except FileNotFoundError as missing:
        sys.stderr.write(f"{missing.filename} is missing: is this the folder with the data?\n")
        return 2
    write(source, options.target)
    return 0


def write(source: Source, target: Path) -> None:
    """Write every file of the demo below `target`."""
    centres: dict[tuple[str, str], str] = {}
    for unit in UNITS:
        book = original.book(source, unit)
        choice = choose(book)
        _write_unit(source, book, choice, target)
        used = {line["cost_centre"] for o in choice.orders.values() for line in o["lines"]}
        centres |= {(unit, code): source.centre_names[unit, code] for code in used if code}
    data = target / "data"
    named = [(*key, name) for key, name in sorted(centres.items())]
    write_table(data / "cost_centres.csv", ("business_unit", "code", "name"), named)
    _write_ledger(source, data)
    write_json(target / "policy.json", {unit: policy(unit, source.rules) for unit in UNITS})
    write_json(target / "expected.json", {key: _expected(key, target) for key in UNITS})


def _expected(key: str, target: Path) -> dict[str, Any]:
    """Derive what the demo must end with from the files just written."""
    records.unit.cache_clear()
    records.ledger.cache_clear()
    policies = records.read_json(target / "policy.json")
    return outcome.expected(records.unit(key, target), records.ledger(target), policies[key])


def _write_unit(source: Source, book: Book, choice: Choice, target: Path) -> None:
    folder = target / "data" / book.unit
    added = rows.additions(choice, book)
    write_rows(folder / "suppliers.jsonl.gz", rows.supplier_rows(choice))
    write_rows(folder / "orders.jsonl.gz", _orders(choice, added))
    invoices, labels = _invoices(source, book, choice, added)
    write_rows(folder / "invoices.jsonl.gz", invoices)
    write_rows(folder / "labels.jsonl.gz", labels)
    uoms = {line["uom"] for order in choice.orders.values() for line in order["lines"]}
    given = mapping_rows.given(book.unit, source.categories, source.centres, sorted(uoms))
    missing = mapping_rows.missing(book.unit, source.centres)
    for place, tables in (("mappings", given), ("mappings/missing", missing)):
        for kind, table in tables.items():
            path = target / place / book.unit / f"{kind}.csv"
            write_table(path, mapping_rows.HEADER, table)


def _orders(choice: Choice, added: rows.Additions) -> list[dict[str, Any]]:
    first: dict[str, date] = {}
    for scenario in choice.scenarios:
        for invoice, label in zip(scenario.invoices, scenario.labels, strict=True):
            for po_id in label["po_ids"]:
                day = date.fromisoformat(invoice["received_date"])
                first[po_id] = min(day, first.get(po_id, day), _dated(invoice, day))
    made = [rows.order_row(o, added, _first_day(o, first)) for o in choice.orders.values()]
    return sorted(made, key=lambda row: (row["created"], row["po_number"]))


def _dated(invoice: Row, fallback: date) -> date:
    try:
        return date.fromisoformat(invoice["invoice_date"])
    except ValueError:
        return fallback


def _first_day(order: Row, first: Mapping[str, date]) -> date:
    """Return the day of the first invoice, else of the first delivery, which the source knows."""
    delivered = [line.get("delivered_date") for line in order["lines"]]
    days = [date.fromisoformat(day) for day in delivered if day]
    return first.get(order["po_id"]) or min(days, default=date(2006, 1, 31))


def _invoices(
    source: Source, book: Book, choice: Choice, added: rows.Additions
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    place = {row["invoice_id"]: n for n, row in enumerate(source.invoices)}
    targets = mapping_rows.cost_centres(book.unit, source.centres)
    pairs = [
        (
            rows.invoice_row(invoice, scenario, added),
            rows.label_row(label, invoice, scenario, added, source.codes, targets),
        )
        for scenario in choice.scenarios
        for invoice, label in zip(scenario.invoices, scenario.labels, strict=True)
    ]
    pairs.sort(key=lambda pair: place[pair[0]["invoice_id"]])
    return [invoice for invoice, _ in pairs], [label for _, label in pairs]


def _write_ledger(source: Source, data: Path) -> None:
    accounts = [_account(row) for row in source.accounts]
    accounts += [
        (number, CLEARING_NAME, "Balance Sheet", "Liabilities", "Posting", "yes", "no")
        for number in CLEARING_ACCOUNTS.values()
    ]
    columns = ("no", "name", "income_balance", "category", "account_type")
    columns += ("direct_posting", "blocked")
    write_table(data / "accounts.csv", columns, sorted(accounts))
    write_table(
        data / "dimensions.csv",
        ("dimension", "dimension_name", "global", "value", "value_name", "blocked"),
        [
            (d["code"], d["name"], d.get("global_dimension") or "", v["code"], v["name"], _yes(v))
            for d in source.dimensions
            for v in d["values"]
        ],
    )
    write_json(data / "payment_terms.json", list(source.payment_terms))


def _account(row: Row) -> tuple[str, ...]:
    direct = "yes" if row["direct_posting"] else "no"
    text = ("no", "name", "income_balance", "category", "account_type")
    return (*(row[name] for name in text), direct, _yes(row))


def _yes(row: Row) -> str:
    return "yes" if row["blocked"] else "no"


def policy(unit: str, rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return the integration policy under which the labels hold, in the words of the API."""
    department = rules["default_department"].get(unit)
    return {
        "invoice": {"enabled": True, "post": False, "lines_account": "auto"},
        "journal": {
            "enabled": True,
            "batch": "JAGGAER",
            "balancing_account": CLEARING_ACCOUNTS[unit],
        },
        "match": {
            "mode": "two_way",
            "price_percent": _limit(rules["price_tolerance_pct"]),
            "price_below": "accept",
            "amount_percent": _limit(rules["amount_tolerance_pct"]),
            "quantity_percent": _limit(rules["quantity_tolerance_pct"]),
            "total_amount": _limit(rules["header_rounding_tolerance"]),
            "charge_percent": _limit(rules["freight_limit_pct_of_goods"]),
            "related_supplier": "accept" if rules["family_supplier_may_invoice"] else "review",
            "without_order": "review",
        },
        "tax": {"tax1": "ledger", "tax2": "line"},
        "accounts": {
            "freight": rules["freight_account"],
            "tax": rules["sales_tax_account"],
            "discount": rules["discount_account"],
            "rounding": None,
        },
        "default_dimensions": {"DEPARTMENT": department} if department else {},
        "posting_date": {"source": "accounting_date", "closed_period": "review"},
    }


def _limit(text: str) -> str:
    return f"{Decimal(text):f}"


if __name__ == "__main__":
    sys.exit(main())
