"""Read the folder with the original data; only `make` needs it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sync.demo.choice import Book, Row, scenarios_of
from sync.demo.records import read_table


@dataclass(frozen=True)
class Source:
    """Everything of the original folder that the demo is made from."""

    orders: tuple[Row, ...]
    suppliers: tuple[Row, ...]
    invoices: tuple[Row, ...]
    labels: tuple[Row, ...]
    categories: tuple[Row, ...]  # business_unit, category, gl_account
    centres: tuple[Row, ...]  # business_unit, cost_centre, dimension_code, dimension_value
    centre_names: Mapping[tuple[str, str], str]
    accounts: tuple[Row, ...]
    dimensions: tuple[Row, ...]
    payment_terms: tuple[Row, ...]
    codes: Mapping[str, list[str]]  # label reason -> accepted reason codes of the product
    rules: Mapping[str, Any]


def read(folder: Path) -> Source:
    """Read the original folder. Raises FileNotFoundError where a file is missing."""
    departments = [json.loads(line) for line in _text(folder / "departments.jsonl").splitlines()]
    return Source(
        orders=_packed(folder / "purchase_orders.jsonl.gz"),
        suppliers=_packed(folder / "suppliers.jsonl.gz"),
        invoices=_packed(folder / "invoices.jsonl.gz"),
        labels=_packed(folder / "invoices.expected.jsonl.gz"),
        categories=tuple(read_table(folder / "category_to_gl.csv")),
        centres=tuple(read_table(folder / "department_to_dimension.csv")),
        centre_names={
            (row["business_unit"], row["cost_centre"]): row["country"] or row["name"]
            for row in departments
        },
        accounts=tuple(_json(folder / "chart_of_accounts.json")["accounts"]),
        dimensions=tuple(_json(folder / "dimensions.json")["dimensions"]),
        payment_terms=tuple(_json(folder / "payment_terms.json")["payment_terms"]),
        codes=_json(folder / "reasons.json"),
        rules=_json(folder / "rules.json"),
    )


def book(source: Source, unit: str) -> Book:
    """Return one business unit of the source, with what its mappings can book."""
    orders = {row["po_id"]: row for row in source.orders if row["business_unit"] == unit}
    pairs = zip(source.invoices, source.labels, strict=True)
    own = [(row, label) for row, label in pairs if row["business_unit"] == unit]
    return Book(
        unit=unit,
        orders=orders,
        suppliers={s["supplier_code"]: s for s in source.suppliers if s["business_unit"] == unit},
        scenarios=scenarios_of([row for row, _ in own], [label for _, label in own], orders),
        accounts=_accounts(source, unit),
        cost_centres=_cost_centres(source, unit),
    )


def _accounts(source: Source, unit: str) -> dict[str, bool]:
    postable = {
        row["no"]
        for row in source.accounts
        if row["account_type"] == "Posting" and row["direct_posting"] and not row["blocked"]
    }
    return {
        row["category"]: row["gl_account"] in postable
        for row in source.categories
        if row["business_unit"] == unit
    }


def _cost_centres(source: Source, unit: str) -> dict[str, bool]:
    open_values = {
        (dimension["code"], value["code"])
        for dimension in source.dimensions
        for value in dimension["values"]
        if not value["blocked"]
    }
    return {
        row["cost_centre"]: (row["dimension_code"], row["dimension_value"]) in open_values
        for row in source.centres
        if row["business_unit"] == unit
    }


def _packed(path: Path) -> tuple[Row, ...]:
    lines = gzip.decompress(path.read_bytes()).decode("utf-8").split("\n")
    return tuple(json.loads(line) for line in lines if line)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _json(path: Path) -> Any:
    return json.loads(_text(path))
