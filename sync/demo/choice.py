"""Which scenarios, orders and suppliers of the source data become the demo. Pure.

A scenario is a story of one to four invoices on orders that no other scenario uses; it is taken
whole or not at all, because its later labels assume that the earlier invoices went as labelled.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

Row = Mapping[str, Any]

INVOICES = 300  # per business unit
ORDERS = 250
SPARE_ORDERS = 8  # at least so many that nobody invoices
MOST_LINES = 12  # longer orders are left out: they show nothing that a short one does not
QUANTITY_DECIMALS = 5  # what NAV keeps

POSTED_EACH = 3  # scenarios per case that ends in the ledger
REVIEWED_EACH = 2  # scenarios per case that ends in review
CODED_EACH = 5  # scenarios per case that waits for a mapping: they show a release of several
CODED = frozenset(
    {
        "category_unmapped",
        "cost_centre_unmapped",
        "dimension_blocked",
        "gl_account_not_postable",
        "gl_account_unknown",
    }
)
ORDINARY = ("exact_full", "partial", "partial_real_amounts", "quantity_short")


@dataclass(frozen=True)
class Scenario:
    """One labelled story: its invoices with their labels, in order, and the orders they name."""

    key: str
    case: str
    invoices: tuple[Row, ...]
    labels: tuple[Row, ...]
    orders: tuple[Row, ...]

    @property
    def is_reviewed(self) -> bool:
        return any(label["outcome"] == "review" for label in self.labels)

    def supplier_codes(self) -> set[str]:
        """Codes of all suppliers that the invoices and the orders name."""
        named = {row["supplier_code"] for row in (*self.invoices, *self.orders)}
        return named - {None}


@dataclass(frozen=True)
class Book:
    """One business unit as the source data has it; `sound` tells a coding that can be booked."""

    unit: str
    orders: Mapping[str, Row]  # by po_id
    suppliers: Mapping[str, Row]
    scenarios: tuple[Scenario, ...]
    accounts: Mapping[str, bool]  # mapped category -> its target can be booked
    cost_centres: Mapping[str, bool]  # mapped cost centre -> its target can be booked

    def sound(self, line: Row) -> bool:
        """Tell whether category and cost centre of an order line are mapped to usable targets."""
        centre = line["cost_centre"]
        return self.accounts.get(line["category"], False) and (
            centre is None or self.cost_centres.get(centre, False)
        )


@dataclass
class Choice:
    """What was taken for one unit."""

    scenarios: list[Scenario] = field(default_factory=list)
    orders: dict[str, Row] = field(default_factory=dict)  # by po_id, spare ones included
    suppliers: dict[str, Row] = field(default_factory=dict)

    def invoice_count(self) -> int:
        return sum(len(scenario.invoices) for scenario in self.scenarios)


def mixed(items: Iterable[Any], key: Any = str) -> list[Any]:
    """Return the items in an order that looks random and is always the same."""
    return sorted(items, key=lambda item: hashlib.sha256(f"demo:{key(item)}".encode()).digest())


def scenarios_of(
    invoices: Sequence[Row], labels: Sequence[Row], orders: Mapping[str, Row]
) -> tuple[Scenario, ...]:
    """Group invoices and labels (same order, same length) into scenarios."""
    members: dict[str, list[tuple[Row, Row]]] = defaultdict(list)
    for invoice, label in zip(invoices, labels, strict=True):
        members[label["scenario"]].append((invoice, label))
    return tuple(_scenario(key, rows, orders) for key, rows in members.items())


def _scenario(key: str, rows: list[tuple[Row, Row]], orders: Mapping[str, Row]) -> Scenario:
    named = dict.fromkeys(po_id for _, label in rows for po_id in label["po_ids"])
    return Scenario(
        key=key,
        case=rows[0][1]["case"],
        invoices=tuple(invoice for invoice, _ in rows),
        labels=tuple(label for _, label in rows),
        orders=tuple(orders[po_id] for po_id in named),
    )


def choose(book: Book) -> Choice:
    """Take every case that the unit has, then ordinary ones, then orders without invoice."""
    choice = Choice()
    usable = mixed((s for s in book.scenarios if _is_usable(s, book)), key=lambda s: s.key)
    for scenario in _every_case(usable, book):
        _take(scenario, choice, book)
    for scenario in _ordinary(usable, choice):
        if choice.invoice_count() + len(scenario.invoices) <= INVOICES:
            _take(scenario, choice, book)
    for order in _spare_orders(book, choice):
        _take_order(order, choice, book)
    return choice


def _every_case(usable: Sequence[Scenario], book: Book) -> Iterator[Scenario]:
    taken: Counter[tuple[str, str]] = Counter()
    for scenario in usable:
        kind = (scenario.case, _flavor(scenario, book))
        if scenario.case != "exact_full" and taken[kind] < _limit(scenario):
            taken[kind] += 1
            yield scenario


def _limit(scenario: Scenario) -> int:
    if scenario.case in CODED:
        return CODED_EACH
    return REVIEWED_EACH if scenario.is_reviewed else POSTED_EACH


def _flavor(scenario: Scenario, book: Book) -> str:
    """Split a case where the source has kinds of it that a system treats differently."""
    if scenario.case in {"cancelled_po", "supplier_blocked"}:
        return str(book.suppliers[scenario.invoices[0]["supplier_code"]]["status"])
    if scenario.case == "zero_total":
        return "lines" if scenario.invoices[0]["lines"] else "cancelled"
    if scenario.case == "po_ref_digits_only":
        return "both" if "both" in scenario.labels[0].get("note", "") else "one"
    return ""


def _ordinary(usable: Sequence[Scenario], choice: Choice) -> Iterator[Scenario]:
    """Yield everyday scenarios, first those of suppliers that are in the demo anyway."""
    taken = {scenario.key for scenario in choice.scenarios}
    left = [s for s in usable if s.key not in taken and s.case in ORDINARY]
    known = set(choice.suppliers)
    yield from (s for s in left if s.supplier_codes() <= known)
    yield from (s for s in left if not s.supplier_codes() <= known)


def _is_usable(scenario: Scenario, book: Book) -> bool:
    """Leave out what would show the labels in a wrong light in a small extract."""
    precise = scenario.case == "quantity_precision"
    return (
        all(_is_handy(order, precise=precise) for order in scenario.orders)
        and all(_supplier_is_plain(code, scenario, book) for code in scenario.supplier_codes())
        and all(_cancelled_lines_are_sound(order, book) for order in scenario.orders)
    )


def _is_handy(order: Row, *, precise: bool) -> bool:
    fine = precise or all(
        _decimals(line["quantity"]) <= QUANTITY_DECIMALS for line in order["lines"]
    )
    return fine and len(order["lines"]) <= MOST_LINES


def _decimals(text: str) -> int:
    return max(0, -Decimal(text).as_tuple().exponent)


def _supplier_is_plain(code: str, scenario: Scenario, book: Book) -> bool:
    supplier = book.suppliers.get(code)
    if supplier is None:
        return scenario.case == "supplier_unknown"
    parent = book.suppliers.get(supplier["parent_supplier_code"] or "")
    if parent and (parent["parent_supplier_code"] or parent["status"] != "active"):
        return False
    return supplier["status"] == "active" or scenario.case in {"supplier_blocked", "cancelled_po"}


def _cancelled_lines_are_sound(order: Row, book: Book) -> bool:
    """A cancelled line needs no account; one without a mapping would blur what the order needs."""
    cancelled = (line for line in order["lines"] if line["line_status"] == "cancelled")
    return all(book.sound(line) for line in cancelled)


def _spare_orders(book: Book, choice: Choice) -> Iterator[Row]:
    """Yield orders that nobody invoices: twins by number first, then any that can be booked."""
    digits = {_digits(order["po_number"]) for order in choice.orders.values()}
    spare = [o for po_id, o in book.orders.items() if po_id not in choice.orders and _fits(o, book)]
    twins = [order for order in spare if _digits(order["po_number"]) in digits]
    yield from twins
    others = [order for order in spare if order not in twins and order["status"] == "open"]
    others = mixed(others, key=lambda order: order["po_id"])
    known = set(choice.suppliers)
    others.sort(key=lambda order: order["supplier_code"] not in known)
    yield from others[: max(SPARE_ORDERS, ORDERS - len(choice.orders) - len(twins))]


def _digits(number: str) -> str:
    return "".join(filter(str.isdigit, number)).lstrip("0")


def _fits(order: Row, book: Book) -> bool:
    supplier = book.suppliers[order["supplier_code"]]
    return (
        supplier["status"] == "active"
        and not supplier["parent_supplier_code"]
        and _is_handy(order, precise=False)
        and len(order["lines"]) <= 4
        and all(book.sound(line) and Decimal(line["line_total"]) > 0 for line in order["lines"])
    )


def _take(scenario: Scenario, choice: Choice, book: Book) -> None:
    choice.scenarios.append(scenario)
    for order in scenario.orders:
        _take_order(order, choice, book)
    for code in sorted(scenario.supplier_codes()):
        _take_supplier(code, choice, book)


def _take_order(order: Row, choice: Choice, book: Book) -> None:
    choice.orders[order["po_id"]] = order
    _take_supplier(order["supplier_code"], choice, book)


def _take_supplier(code: str, choice: Choice, book: Book) -> None:
    """Take a supplier with its parent; a code that nobody knows stays unknown."""
    supplier = book.suppliers.get(code)
    if supplier is not None and code not in choice.suppliers:
        choice.suppliers[code] = supplier
        if supplier["parent_supplier_code"]:
            _take_supplier(supplier["parent_supplier_code"], choice, book)
