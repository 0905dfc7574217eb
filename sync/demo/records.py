"""The compact rows that the project carries: JSON lines, packed, one folder per business unit."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]

FOLDER = Path(__file__).parent
UNITS = ("WVU", "SCMS", "DBC")
KINDS = ("suppliers", "orders", "invoices", "labels")


Tables = Mapping[str, Mapping[str, str]]  # mapping kind -> source code -> target code


@dataclass(frozen=True)
class Unit:
    """One business unit's rows, in processing order; amounts and quantities are decimal text."""

    key: str
    suppliers: tuple[Row, ...]
    orders: tuple[Row, ...]
    invoices: tuple[Row, ...]
    labels: tuple[Row, ...]  # one per invoice, same order
    mapping: Tables  # as the customer set it up, gaps and mistakes included
    missing: Tables  # what releases the documents that were parked for a mapping
    centre_names: Mapping[str, str]

    @cached_property
    def supplier_of(self) -> Mapping[str, Row]:
        """Suppliers by code."""
        return {row["supplier_code"]: row for row in self.suppliers}

    def mended(self) -> Tables:
        """Return the mapping tables after the missing rows were imported."""
        kinds = {*self.mapping, *self.missing}
        return {k: {**self.mapping.get(k, {}), **self.missing.get(k, {})} for k in kinds}


@dataclass(frozen=True)
class Ledger:
    """What every company of the demo's ledger starts with: one chart, one set of dimensions."""

    accounts: tuple[Row, ...]
    dimensions: tuple[Row, ...]  # one per value
    payment_terms: tuple[Row, ...]

    @cached_property
    def targets(self) -> Mapping[str, bool]:
        """Account numbers and `DIMENSION/VALUE` -> whether a document may be booked with it."""
        accounts = {row["no"]: _is_bookable(row) for row in self.accounts}
        values = {f"{r['dimension']}/{r['value']}": r["blocked"] == "no" for r in self.dimensions}
        return accounts | values


def _is_bookable(account: Row) -> bool:
    opened = account["direct_posting"] == "yes" and account["blocked"] == "no"
    return opened and account["account_type"] == "Posting"


@cache
def unit(key: str, folder: Path = FOLDER) -> Unit:
    """Read one business unit ("WVU", "SCMS", "DBC"); the rows are shared: do not change them."""
    rows = {kind: tuple(read_rows(folder / "data" / key / f"{kind}.jsonl.gz")) for kind in KINDS}
    names = read_table(folder / "data" / "cost_centres.csv")
    return Unit(
        key,
        **rows,
        mapping=_tables(mapping_files(key, folder)),
        missing=_tables(missing_mapping_files(key, folder)),
        centre_names={row["code"]: row["name"] for row in names if row["business_unit"] == key},
    )


@cache
def ledger(folder: Path = FOLDER) -> Ledger:
    """Read the chart of accounts, the dimension values and the payment terms."""
    data = folder / "data"
    return Ledger(
        accounts=tuple(read_table(data / "accounts.csv")),
        dimensions=tuple(read_table(data / "dimensions.csv")),
        payment_terms=tuple(read_json(data / "payment_terms.json")),
    )


def mapping_files(key: str, folder: Path = FOLDER) -> dict[str, Path]:
    """Return mapping kind -> CSV file of one unit, ready for the API's import."""
    return {path.stem: path for path in sorted((folder / "mappings" / key).glob("*.csv"))}


def missing_mapping_files(key: str, folder: Path = FOLDER) -> dict[str, Path]:
    """Return mapping kind -> CSV file whose import releases what was parked for a mapping."""
    files = (folder / "mappings" / "missing" / key).glob("*.csv")
    return {path.stem: path for path in sorted(files)}


def _tables(files: Mapping[str, Path]) -> dict[str, dict[str, str]]:
    return {
        kind: {row["source_code"]: row["target_code"] for row in read_table(path)}
        for kind, path in files.items()
    }


def read_rows(path: Path) -> list[Row]:
    """Read packed JSON lines; amounts are text in them, so no number loses digits."""
    return [json.loads(line) for line in unpacked(path).splitlines()]


def unpacked(path: Path) -> str:
    """Return the text of a packed file."""
    return gzip.decompress(path.read_bytes()).decode("utf-8")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write packed JSON lines whose bytes depend on the rows alone (no time, no file name)."""
    text = "".join(json.dumps(row, separators=(",", ":")) + "\n" for row in rows)
    packed = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, compresslevel=9, mtime=0) as file:
        file.write(text.encode("ascii"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(packed.getvalue())


def read_table(path: Path) -> list[dict[str, str]]:
    """Read a CSV file with a header."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a CSV file with a header and line feeds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def read_json(path: Path) -> Any:
    """Read a JSON file that holds no fractions (amounts are text)."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, value: Any) -> None:
    """Write indented JSON that a person can read and a diff can show."""
    text = json.dumps(value, indent=1, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="utf-8")
