"""Source rows -> the compact rows that the project carries. Pure.

Fields that the demo never shows are dropped; what is added is marked in each function: statuses of
the export, split coding, revisions, vendors that the ledger knows already.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sync.demo.choice import Book, Choice, Row, Scenario, mixed

STATUSES = {"pending": 4, "in_process": 3, "paid": 3}  # exports that are not simply payable
STATES = {"pending": "waiting", "in_process": "waiting", "paid": "settled"}
SPLITS = 4  # order lines with two cost centres
SHARES = (Decimal(60), Decimal(40))
KNOWN_VENDORS = 12  # active suppliers that the ledger has already
UNDATED_LEAD = timedelta(days=30)  # order date before the first invoice where the source has none
LEGAL_FORMS = {" LIMITED": " Ltd", " LTD": " Limited", " INC": ", Inc.", " CORP": " Corporation"}

ORDER_FIELDS = ("po_number", "supplier_code", "supplier_name", "currency", "status", "buyer_code")
ORDER_LINE_FIELDS = (
    "line_no",
    "description",
    "category",
    "quantity",
    "uom",
    "unit_price",
    "line_total",
    "cost_centre",
    "scheduled_delivery",
)
INVOICE_FIELDS = (
    "invoice_id",
    "document_type",
    "supplier_invoice_number",
    "invoice_date",
    "received_date",
    "supplier_code",
    "supplier_name",
    "currency",
    "po_references",
    "net_total",
    "tax_total",
    "gross_total",
    "original_invoice_number",
)
INVOICE_LINE_FIELDS = (
    "line_no",
    "kind",
    "description",
    "quantity",
    "uom",
    "unit_price",
    "line_total",
    "category",
    "cost_centre",
    "po_line_no",
    "po_reference",
    "tax_rate",
)
SUPPLIER_FIELDS = (
    "supplier_code",
    "name",
    "parent_supplier_code",
    "parent_evidence",
    "country",
    "payment_terms_code",
    "status",
    "currency",
    "company_number",
    "trading_as",
    "formerly",
    "other_names",
)
LABEL_FIELDS = ("invoice_id", "case", "outcome", "strict", "scenario", "sequence", "nav_document")


@dataclass(frozen=True)
class Additions:
    """What the demo adds to the source's facts, per scenario or order."""

    status: Mapping[str, str]  # scenario -> pending | in_process | paid
    split: Mapping[str, str]  # po_id -> second cost centre of its only line
    revised: str  # po_id that arrives as revision 1
    revised_later: str  # po_id whose revision comes after the first run


def additions(choice: Choice, book: Book) -> Additions:
    """Decide deterministically which everyday documents carry the demo's additions."""
    plain = [s for s in choice.scenarios if s.case == "exact_full" and len(s.invoices) == 1]
    plain = mixed((s for s in plain if len(s.orders) == 1), key=lambda s: s.key)
    status, rest = {}, iter(plain)
    for word, number in STATUSES.items():
        status |= {next(rest).key: word for _ in range(number)}
    revised = next(rest).orders[0]["po_id"]
    partners = {s.orders[0]["po_id"]: _second_centre(s, choice, book) for s in rest}
    split = {po_id: centre for po_id, centre in partners.items() if centre}
    invoiced = {order["po_id"] for scenario in choice.scenarios for order in scenario.orders}
    return Additions(
        status=status,
        split=dict(list(split.items())[:SPLITS]),
        revised=revised,
        revised_later=next(po_id for po_id in choice.orders if po_id not in invoiced),
    )


def _second_centre(scenario: Scenario, choice: Choice, book: Book) -> str | None:
    """Return another usable cost centre where a 60/40 split of the line is exact to the cent."""
    lines = (*scenario.orders[0]["lines"], *scenario.invoices[0]["lines"])
    exact = all((Decimal(line["line_total"]) * 6) % Decimal("0.10") == 0 for line in lines)
    if len(lines) != 2 or not exact or not book.sound(lines[0]) or not lines[0]["cost_centre"]:
        return None
    used = {line["cost_centre"] for order in choice.orders.values() for line in order["lines"]}
    others = {centre for centre in used if book.cost_centres.get(centre or "")}
    others -= {lines[0]["cost_centre"]}
    return mixed(others, key=lambda centre: scenario.key + centre)[0] if others else None


def order_row(order: Row, added: Additions, first_invoice: date | None) -> dict[str, Any]:
    """Return the compact order; `created` is derived where the source has no order date."""
    row = _some(order, ORDER_FIELDS)
    row["created"] = order["order_date"] or (first_invoice - UNDATED_LEAD).isoformat()
    row["total"] = order["total_ordered"]
    row["lines"] = [_order_line(line, added.split.get(order["po_id"])) for line in order["lines"]]
    if order["po_id"] == added.revised:
        row["revision"] = 1
    if order["po_id"] == added.revised_later:
        row["revised_later"] = True
    return row


def _order_line(line: Row, second_centre: str | None) -> dict[str, Any]:
    row = _some(line, ORDER_LINE_FIELDS)
    if line["line_status"] == "cancelled":
        row["cancelled"] = True
    return row | _shares(line, second_centre)


def _shares(line: Row, second_centre: str | None) -> dict[str, Any]:
    if second_centre is None:
        return {}
    centres = (line["cost_centre"], second_centre)
    return {"shares": [[c, str(share)] for c, share in zip(centres, SHARES, strict=True)]}


def invoice_row(invoice: Row, scenario: Scenario, added: Additions) -> dict[str, Any]:
    """Return the compact invoice, with the status of its export where that is not payable."""
    row = _some(invoice, INVOICE_FIELDS)
    second = added.split.get(scenario.orders[0]["po_id"]) if scenario.orders else None
    row["lines"] = [
        _some(line, INVOICE_LINE_FIELDS) | _shares(line, second) for line in invoice["lines"]
    ]
    if scenario.key in added.status:
        row["export"] = added.status[scenario.key]
    return row


def label_row(
    label: Row,
    invoice: Row,
    scenario: Scenario,
    added: Additions,
    codes: Mapping[str, list[str]],
    targets: Mapping[str, str],
) -> dict[str, Any]:
    """Return the compact label: what must become of the invoice, and what it books.

    `accepted` holds, per labelled reason, the product's reason codes that mean it; `targets` maps
    cost centres to `DIMENSION/VALUE`. Booked amounts are as billed, credit memos positive.
    """
    row = _some(label, LABEL_FIELDS)
    row["accepted"] = {reason: codes[reason] for reason in label["reasons"]}
    row["state"] = _state(label, invoice, added.status.get(scenario.key))
    second = added.split.get(scenario.orders[0]["po_id"]) if scenario.orders else None
    row["gl"] = _booked(label.get("gl", ()), targets.get(second or ""))
    return row


def _state(label: Row, invoice: Row, export: str | None) -> str:
    """An invoice exported without lines is cancelled at the source (JAGGAER contract 7.2)."""
    if not invoice["lines"]:
        return "settled"
    if export:
        return STATES[export]
    return "written" if label["outcome"] == "post" else "parked"


def _booked(entries: Sequence[Row], second: str | None) -> list[dict[str, str]]:
    sign = -1 if sum(Decimal(entry["amount"]) for entry in entries) < 0 else 1
    rows = []
    for entry in entries:
        amount = sign * Decimal(entry["amount"])
        parts = [(entry["department"], amount)]
        if second:
            first_part = amount * SHARES[0] / 100
            value = second.partition("/")[2]
            parts = [(entry["department"], first_part), (value, amount - first_part)]
        rows += [
            {"account": entry["account"], "department": department, "amount": f"{part:.2f}"}
            for department, part in parts
        ]
    return rows


def supplier_rows(choice: Choice) -> list[dict[str, Any]]:
    """Return the suppliers by code, one child moved before its parent, with the known vendors."""
    rows = [_some(choice.suppliers[code], SUPPLIER_FIELDS) for code in sorted(choice.suppliers)]
    _name_known_vendors(rows)
    child = next(row for row in rows if "parent_supplier_code" in row)
    parent = next(r for r in rows if r["supplier_code"] == child["parent_supplier_code"])
    if rows.index(child) > rows.index(parent):
        rows.remove(child)
        rows.insert(rows.index(parent), child)
    return rows


def _name_known_vendors(rows: list[dict[str, Any]]) -> None:
    """Mark what the ledger knows: blocked vendors, and active ones, one of them misspelled."""
    for row in rows:
        if row["status"] == "blocked":
            row["vendor"] = {"name": row["name"], "blocked": "All"}
    names = [row["name"].casefold() for row in rows]
    active = [r for r in rows if r["status"] == "active" and names.count(r["name"].casefold()) == 1]
    known = mixed(active, key=lambda row: row["supplier_code"])[:KNOWN_VENDORS]
    for row in known:
        row["vendor"] = {"name": row["name"], "blocked": ""}
    odd = next(row for row in known if row["name"].upper().endswith(tuple(LEGAL_FORMS)))
    odd["vendor"]["name"] = respelled(odd["name"])


def respelled(name: str) -> str:
    """Spell a company's name as another clerk would: other legal form, ordinary capitals."""
    for form, other in LEGAL_FORMS.items():
        if name.upper().endswith(form):
            return name[: -len(form)].title() + other
    return name.title()


def _some(row: Row, fields: Iterable[str]) -> dict[str, Any]:
    return {name: row[name] for name in fields if row.get(name) not in (None, [])}
