"""What a run over the demo must end with, derived from the labels and the mapping tables. Pure.

Three stages: `first_run`, `after_missing_mappings` (the rows in `mappings/missing` imported on top)
and `after_later_exports` (the source then approves what was pending and revises an order).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sync.demo.parts import product
from sync.demo.records import Ledger, Row, Tables, Unit

STAGES = ("first_run", "after_missing_mappings", "after_later_exports")
ACCEPTED = {  # what keeps an order out of the ledger -> the product's codes that mean it
    "SUPPLIER_BLOCKED": ["supplier_blocked", "ledger_refused"],
    "MAPPING_MISSING": ["mapping_missing"],
    "MAPPING_INVALID": ["mapping_invalid"],
    "QUANTITY_PRECISION": ["quantity_precision"],
}
MAPPING_CODES = {"mapping_missing", "mapping_invalid", "ledger_refused"}
KEPT_QUANTITY = Decimal("0.00001")  # NAV contract 4.6: a finer quantity is rounded by the ledger
SUPPLIER_STATES = {
    "active": "written",
    "blocked": "written",  # the vendor exists in the ledger, blocked there
    "onboarding": "waiting",  # not approved for the ledger yet
    "inactive": "settled",  # inactive before we saw it, and not in the ledger
}
STATES = ("written", "parked", "waiting", "settled")


def expected(unit: Unit, ledger: Ledger, policy: Mapping[str, Any]) -> dict[str, Any]:
    """Return stage -> flow -> counts, reasons and control totals of one business unit."""
    return {stage: _stage(stage, unit, ledger, policy) for stage in STAGES}


def _stage(stage: str, unit: Unit, ledger: Ledger, policy: Mapping[str, Any]) -> dict[str, Any]:
    tables = unit.mapping if stage == "first_run" else unit.mended()
    states = {label["invoice_id"]: invoice_state(label, stage) for label in unit.labels}
    return {
        "suppliers": _suppliers(unit),
        "purchase_orders": _orders(unit, ledger, tables, revised=stage == STAGES[-1]),
        "invoices": _invoices(unit, states, tables, policy),
    }


def invoice_state(label: Row, stage: str) -> str:
    """Return the state in which an invoice must be at the end of a stage.

    API v2.0 does not show that a dimension value is blocked, and the ledger refuses it only when a
    draft is posted (NAV contract 3.5, 4.5): such a draft is written.
    """
    if set(label["accepted"]) == {"DIMENSION_BLOCKED"}:
        return "written"
    accepted = [set(codes) for codes in label["accepted"].values()]
    mended = bool(accepted) and all(codes & MAPPING_CODES for codes in accepted)
    if label["state"] == "parked" and mended and stage != "first_run":
        return "written"
    if label["state"] == "waiting" and stage == "after_later_exports":
        return "written"
    return label["state"]


def _suppliers(unit: Unit) -> dict[str, Any]:
    states = Counter(SUPPLIER_STATES[row["status"]] for row in unit.suppliers)
    return {"documents": len(unit.suppliers), "states": _in_order(states)}


# Orders.


def _orders(unit: Unit, ledger: Ledger, tables: Tables, *, revised: bool) -> dict[str, Any]:
    ends = [(order, order_reasons(order, unit, ledger, tables)) for order in unit.orders]
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    for order, reasons in ends:
        amount = order_total(order, revised=revised)
        for column in ("read", order_state(order, reasons)):
            totals[order["currency"]][column] += amount
    return {
        "documents": len(unit.orders),
        "states": _in_order(Counter(order_state(*end) for end in ends)),
        "parked": _counted(r for order, reasons in ends if not _is_over(order) for r in reasons),
        "totals": _totals(totals),
    }


def _counted(reasons: Iterable[str]) -> list[dict[str, Any]]:
    return [
        {"label": label, "accepted": ACCEPTED[label], "documents": number}
        for label, number in sorted(Counter(reasons).items())
    ]


def order_state(order: Row, reasons: Iterable[str]) -> str:
    """Cancelled or closed before we saw it: settled; any reason: parked; else written."""
    if _is_over(order):
        return "settled"
    return "parked" if set(reasons) else "written"


def order_total(order: Row, *, revised: bool) -> Decimal:
    """Return what is ordered; the later revision orders the first line a second time."""
    twice = revised and order.get("revised_later")
    more = Decimal(order["lines"][0]["line_total"]) if twice else Decimal(0)
    return Decimal(order["total"]) + more


def order_reasons(order: Row, unit: Unit, ledger: Ledger, tables: Tables) -> set[str]:
    """Return what keeps an order out of the ledger, as keys of ACCEPTED; cancelled lines do not."""
    reasons = set()
    if unit.supplier_of[order["supplier_code"]]["status"] != "active":
        reasons.add("SUPPLIER_BLOCKED")
    for line in order["lines"]:
        if not line.get("cancelled"):
            reasons |= _coding_reasons(line, ledger, tables)
            if _is_too_fine(line):
                reasons.add("QUANTITY_PRECISION")
    return reasons


def _coding_reasons(line: Row, ledger: Ledger, tables: Tables) -> set[str]:
    wanted = [("ledger_account", line["category"])]
    wanted += [("cost_center", centre) for centre, _ in _shares(line)]
    reasons = set()
    for kind, code in wanted:
        target = tables.get(kind, {}).get(code)
        if target is None:
            reasons.add("MAPPING_MISSING")
        elif kind == "ledger_account" and not ledger.targets.get(target):
            reasons.add("MAPPING_INVALID")
    return reasons


def _is_over(order: Row) -> bool:
    return order["status"] in {"cancelled", "finally_closed"}


def _is_too_fine(line: Row) -> bool:
    """A quantity with more decimals than the ledger keeps, whose rounding changes the amount."""
    quantity, price = Decimal(line["quantity"]), Decimal(line["unit_price"])
    kept = quantity.quantize(KEPT_QUANTITY, ROUND_HALF_UP)
    return kept != quantity and product(kept, price) != product(quantity, price)


# Invoices.


def _invoices(
    unit: Unit, states: Mapping[str, str], tables: Tables, policy: Mapping[str, Any]
) -> dict[str, Any]:
    totals: dict[str, Counter[str]] = defaultdict(Counter)
    accounts: Counter[str] = Counter()
    for invoice in unit.invoices:
        state = states[invoice["invoice_id"]]
        amount = signed(invoice, Decimal(invoice["gross_total"]))
        for column in ("read", state):
            totals[invoice["currency"]][column] += amount
        if state == "written":
            for account, _, part in booked(invoice, tables, policy):
                accounts[account] += signed(invoice, part)
    return {
        "documents": len(unit.invoices),
        "credit_notes": sum(row["document_type"] == "credit_memo" for row in unit.invoices),
        "states": _in_order(Counter(states.values())),
        "parked": _parked(unit, states),
        "totals": _totals(totals),
        "ledger": {account: f"{amount:.2f}" for account, amount in sorted(accounts.items())},
    }


def signed(invoice: Row, amount: Decimal) -> Decimal:
    """Return an amount as it counts in sums: credit notes negative, whatever sign was written."""
    return -abs(amount) if invoice["document_type"] == "credit_memo" else amount


def booked(
    invoice: Row, tables: Tables, policy: Mapping[str, Any]
) -> list[tuple[str, str, Decimal]]:
    """Return (account, department, amount as billed) of what an invoice's lines book.

    Charges go to their accounts with the department of the first line, credit memos are positive.
    """
    lines = invoice["lines"]
    sign = -1 if sum(Decimal(line["line_total"]) for line in lines) < 0 else 1
    charges = {name: policy["accounts"][key] for name, key in _CHARGE_ACCOUNTS.items()}
    default = policy["default_dimensions"].get("DEPARTMENT", "")
    first = next(line for line in lines if line["kind"] == "item")
    entries = []
    for line in lines:
        is_item = line["kind"] == "item"
        account = tables["ledger_account"][line["category"]] if is_item else charges[line["kind"]]
        for centre, part in _parts(line if is_item else {**first, **_amount_of(line)}):
            value = tables["cost_center"][centre].partition("/")[2] if centre else default
            entries.append((account, value, sign * part))
    return entries


_CHARGE_ACCOUNTS = {"freight": "freight", "sales_tax": "tax", "discount": "discount"}


def _amount_of(line: Row) -> dict[str, Any]:
    return {"line_total": line["line_total"], "shares": ()}


def _parts(line: Row) -> list[tuple[str | None, Decimal]]:
    total = Decimal(line["line_total"])
    parts = [(centre, total * share / 100) for centre, share in _shares(line)]
    return parts or [(None, total)]


def _shares(line: Row) -> list[tuple[str, Decimal]]:
    """Return (cost centre, percent) of a line; none where it carries no cost centre."""
    if line.get("shares"):
        return [(centre, Decimal(share)) for centre, share in line["shares"]]
    return [(line["cost_centre"], Decimal(100))] if line.get("cost_centre") else []


def _parked(unit: Unit, states: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return, per labelled reason, the codes of the product that mean it and how many wait."""
    found: dict[str, dict[str, Any]] = {}
    for label in unit.labels:
        if states[label["invoice_id"]] != "parked":
            continue
        for reason, accepted in label["accepted"].items():
            row = found.setdefault(reason, {"label": reason, "accepted": accepted, "documents": 0})
            row["documents"] += 1
    return [found[reason] for reason in sorted(found)]


def _in_order(states: Mapping[str, int]) -> dict[str, int]:
    return {state: states[state] for state in STATES if states.get(state)}


def _totals(totals: Mapping[str, Mapping[str, Decimal]]) -> list[dict[str, str]]:
    columns = ("read", *STATES)
    return [
        {"currency": currency}
        | {column: f"{Decimal(totals[currency][column]):.2f}" for column in columns}
        for currency in sorted(totals)
    ]
