"""What a labelled folder says beside its invoices: policy, mappings, suppliers, orders, ledger.

Orders are kept as received and understood when an invoice names them, so that memory does not grow
with what is made of them.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from connectors.documents import LedgerSetup, ReferenceKind
from sync.domain.coding import Targets
from sync.domain.mapping import COST_CENTER, LEDGER_ACCOUNT, MappingEntry, MappingTable
from sync.domain.policy import Policy, parse
from sync.domain.references import order_reference_keys
from sync.labelled.rows import order_of
from sync.matching import OrderView, SupplierView

_BLOCKED = {"inactive": "inactive", "blocked": "blocked"}


@dataclass(frozen=True, slots=True)
class LedgerCode:
    """One account or dimension value of the folder's ledger."""

    usable: bool
    why_not: str = ""


@dataclass(eq=False)
class World:
    """One folder, read once."""

    folder: Path

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        return json.loads((self.folder / "rules.json").read_text(encoding="utf-8"))

    @cached_property
    def codes(self) -> dict[tuple[ReferenceKind, str], LedgerCode]:
        """Accounts and dimension values, with those that cannot be booked on marked so."""
        chart = json.loads((self.folder / "chart_of_accounts.json").read_text(encoding="utf-8"))
        values = json.loads((self.folder / "dimensions.json").read_text(encoding="utf-8"))
        codes = {
            (ReferenceKind.LEDGER_ACCOUNTS, row["no"]): _account(row) for row in chart["accounts"]
        }
        for dimension in values["dimensions"]:
            for row in dimension["values"]:
                key = (ReferenceKind.DIMENSION_VALUES, f"{dimension['code']}/{row['code']}")
                usable = not row["blocked"] and row.get("type", "Standard") == "Standard"
                codes[key] = LedgerCode(usable, "" if usable else "it is blocked.")
        return codes

    @lru_cache(maxsize=64)  # noqa: B019  a world lives as long as its run
    def policy(self, unit: str) -> Policy:
        """The policy of a business unit, made of the folder's rules."""
        rules = self.rules
        department = (rules.get("default_department") or {}).get(unit)
        return parse(
            {
                "match": {
                    "price_percent": rules["price_tolerance_pct"],
                    "amount_percent": rules["amount_tolerance_pct"],
                    "quantity_percent": rules["quantity_tolerance_pct"],
                    "total_amount": rules["header_rounding_tolerance"],
                    "charge_percent": rules["freight_limit_pct_of_goods"],
                    "price_below": "accept" if rules["price_below_order"] == "post" else "review",
                    "related_supplier": (
                        "accept" if rules["family_supplier_may_invoice"] else "review"
                    ),
                },
                "accounts": {
                    "freight": rules["freight_account"],
                    "tax": rules["sales_tax_account"],
                    "discount": rules["discount_account"],
                },
                "default_dimensions": {"DEPARTMENT": department} if department else {},
            }
        )

    @cached_property
    def _tables(self) -> dict[str, dict[str, MappingTable]]:
        found: dict[str, dict[str, list[MappingEntry]]] = {}
        for row in _csv(self.folder / "category_to_gl.csv"):
            if row["gl_account"]:
                entry = MappingEntry(row["category"], row["gl_account"])
                found.setdefault(row["business_unit"], {}).setdefault(LEDGER_ACCOUNT, []).append(
                    entry
                )
        for row in _csv(self.folder / "department_to_dimension.csv"):
            if row["dimension_value"]:
                target = f"{row['dimension_code']}/{row['dimension_value']}"
                entry = MappingEntry(row["cost_centre"], target)
                found.setdefault(row["business_unit"], {}).setdefault(COST_CENTER, []).append(entry)
        return {
            unit: {kind: MappingTable(kind, entries) for kind, entries in kinds.items()}
            for unit, kinds in found.items()
        }

    @lru_cache(maxsize=64)  # noqa: B019
    def targets(self, unit: str) -> Targets:
        return Targets(
            tables=self._tables.get(unit, {}),
            default_dimensions=self.policy(unit).default_dimensions,
            find=lambda kind, code: self.codes.get((kind, code)),
            published=frozenset({ReferenceKind.LEDGER_ACCOUNTS, ReferenceKind.DIMENSION_VALUES}),
        )

    def setup(self, currency: str) -> LedgerSetup:
        """A company whose local currency is the unit's own."""
        longest = self.rules["supplier_invoice_number_max_length"]
        kinds = ("purchase_invoice", "purchase_credit_memo", "journal")
        lengths = {f"{kind}.external_number": longest for kind in kinds}
        return LedgerSetup(local_currency=currency, field_lengths=lengths)

    # Suppliers and orders.

    def supplier(self, unit: str, code: str | None) -> SupplierView | None:
        return self.suppliers.get((unit, code)) if code else None

    @cached_property
    def suppliers(self) -> dict[tuple[str, str], SupplierView]:
        """Suppliers by unit and code, each with the topmost parent of its family."""
        rows = {
            (row["business_unit"], row["supplier_code"]): row
            for row in _lines(self.folder / "suppliers.jsonl.gz")
        }
        parents = {
            key: (key[0], row["parent_supplier_code"])
            for key, row in rows.items()
            if row["parent_supplier_code"]
        }
        return {
            key: SupplierView(
                key=":".join(key),
                name=row["name"],
                erp_number=key[1],
                vendor_number=key[1],
                family=":".join(_topmost(key, parents)),
                blocked_because=_BLOCKED.get(row["status"], ""),
            )
            for key, row in rows.items()
        }

    @cached_property
    def orders(self) -> Orders:
        return Orders(self.folder / "purchase_orders.jsonl.gz", self)

    @cached_property
    def local_currencies(self) -> dict[str, str]:
        """The currency most suppliers of a unit have: the currency of its company."""
        seen: dict[str, dict[str, int]] = {}
        for row in _lines(self.folder / "suppliers.jsonl.gz"):
            count = seen.setdefault(row["business_unit"], {})
            count[row["currency"]] = count.get(row["currency"], 0) + 1
        return {unit: max(count, key=lambda name: count[name]) for unit, count in seen.items()}


class Orders:
    """The orders of a folder by business unit and reference, understood when they are asked for."""

    def __init__(self, path: Path, world: World) -> None:
        self._world = world
        self._raw: list[bytes] = []
        self._strict: dict[tuple[str, str], tuple[int, ...]] = {}
        self._digits: dict[tuple[str, str], tuple[int, ...]] = {}
        with gzip.open(path) as rows:
            for raw in rows:
                self._add(raw)
        self.view = lru_cache(maxsize=2048)(self._view)

    def _add(self, raw: bytes) -> None:
        row = json.loads(raw)
        place = len(self._raw)
        self._raw.append(raw)
        keys = order_reference_keys.__wrapped__(row["po_number"])
        for index, key in ((self._strict, keys.strict), (self._digits, keys.loose)):
            if key:
                name = (row["business_unit"], key)
                index[name] = (*index.get(name, ()), place)

    def _view(self, place: int) -> OrderView:
        order = order_of(json.loads(self._raw[place]))
        unit = order.business_unit or ""
        supplier = self._world.supplier(unit, order.supplier.erp_number)
        return OrderView(
            id=order.source_id,
            document=order,
            supplier_key=supplier.key if supplier else None,
            family=supplier.family if supplier else "",
        )

    def by_reference(self, unit: str) -> UnitOrders:
        return UnitOrders(self, self._strict, unit)

    def by_digits(self, unit: str) -> UnitOrders:
        return UnitOrders(self, self._digits, unit)


class UnitOrders(Mapping[str, tuple[OrderView, ...]]):
    """One index of one business unit, as matching reads it."""

    def __init__(
        self, orders: Orders, index: Mapping[tuple[str, str], tuple[int, ...]], unit: str
    ) -> None:
        self._orders = orders
        self._index = index
        self._unit = unit

    def __getitem__(self, key: str) -> tuple[OrderView, ...]:
        return tuple(self._orders.view(place) for place in self._index[self._unit, key])

    def __iter__(self) -> Iterator[str]:
        return (key for unit, key in self._index if unit == self._unit)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _account(row: Mapping[str, Any]) -> LedgerCode:
    if row["blocked"]:
        return LedgerCode(False, f"account {row['no']} is blocked.")
    if row["account_type"] != "Posting":
        return LedgerCode(False, f"account {row['no']} is a {row['account_type'].lower()}.")
    if not row["direct_posting"]:
        return LedgerCode(False, f"account {row['no']} takes no direct posting.")
    return LedgerCode(True)


def _topmost(
    key: tuple[str, str], parents: Mapping[tuple[str, str], tuple[str, str]]
) -> tuple[str, str]:
    """Follow the parents up; a cycle ends at its smallest member."""
    seen: list[tuple[str, str]] = []
    while key in parents and key not in seen:
        seen.append(key)
        key = parents[key]
    return min(seen[seen.index(key) :]) if key in seen else key


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as rows:
        for line in rows:
            yield json.loads(line)


def _csv(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as rows:
        yield from csv.DictReader(rows)
