"""The words of the pages for what the code names: causes, owners, kinds, schedules, checks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from tenants.currencies import WITHOUT_DECIMALS
from tenants.pages.formats import as_written, day

FLOWS = {
    "reference": "Ledger codes",
    "suppliers": "Suppliers",
    "purchase_orders": "Purchase orders",
    "invoices": "Invoices",
}
RESOURCES = {
    "supplier": "Supplier",
    "purchase_order": "Purchase order",
    "invoice": "Invoice",
    "credit_note": "Credit note",
}
KINDS = {
    "ledger_account": "Ledger account",
    "cost_center": "Cost center",
    "supplier": "Supplier",
    "payment_terms": "Payment terms",
    "currency": "Currency",
    "unit_of_measure": "Unit of measure",
    "tax": "Tax",
}
OWNERS = {
    "finance": "Finance",
    "procurement": "Procurement",
    "it": "IT",
    "supplier": "The supplier",
    "admin": "Your administrator",
    "support": "Our support",
    "nobody": "Nobody: it passes",
}
LEDGER_DOCUMENTS = {
    "vendor": "Vendor",
    "purchase_order": "Purchase order",
    "purchase_invoice": "Purchase invoice",
    "purchase_credit_memo": "Purchase credit memo",
    "journal": "Journal entry",
    # What a preview names beside them.
    "vendor_change": "Change of the vendor",
    "order_change": "Change of the purchase order",
    "supplier": "Change of the supplier in JAGGAER",
}
PAYMENTS = {
    "draft": "Not posted yet",
    "open": "Open",
    "part_paid": "Paid in part",
    "paid": "Paid",
    "cancelled": "Cancelled",
    "gone": "No longer in the ledger",
}
TRIGGERS = {
    "schedule": "by schedule",
    "api": "over the API",
    "person": "by hand",
    "webhook": "by a notification of the ledger",
    "replay": "as a replay",
    "release": "since a cause was fixed",
}
# Who decides on a field of a supplier.
FIELD_OWNERS = {
    "source": "JAGGAER",
    "ledger": "The ledger",
    "changed": "The side that changed; both changed: a person",
    "stricter": "Blocked on either side is blocked",
}
RESOURCES_COUNTED = {
    "supplier": "Suppliers",
    "purchase_order": "Purchase orders",
    "invoice": "Invoices",
    "credit_note": "Credit notes",
}
# How a review was closed: by a person's action, or by itself.
RESOLVED = {
    "retry": "tried again",
    "accept": "accepted",
    "reject": "rejected",
    "ignore": "ignored",
    "mapped": "the code was mapped",
    "released": "nothing waits for it any more",
}
# What became of a document that was decided, and what would in a preview.
DONE = {"create": "created", "update": "changed", "skip": "nothing to change"}
WOULD = {"create": "would be created", "update": "would be changed", "skip": "nothing to change"}
DECISIONS = {
    "create": "Create",
    "update": "Change",
    "skip": "Nothing to change",
    "wait": "Wait",
    "park": "Needs review",
    "reject": "Reject",
    "settle": "Settled at the source",
    "ignore": "Ignore",
}
COUNTS = {
    "seen": "Seen",
    "read": "Read",
    "unchanged": "As before",
    "written": "In the ledger",
    "parked": "Needs review",
    "waiting": "Waiting",
    "rejected": "Rejected",
    "unknown": "Being looked up",
    "failed": "Failed",
    "settled": "Settled at the source",
    "ignored": "Ignored",
}
DAYS = {
    "mon": "Monday",
    "tue": "Tuesday",
    "wed": "Wednesday",
    "thu": "Thursday",
    "fri": "Friday",
    "sat": "Saturday",
    "sun": "Sunday",
}
# What the numbers of a check are called; the key is that of the verdict.
NUMBERS = {
    "price": "invoice price",
    "order_price": "order price",
    "limit": "allowed",
    "quantity": "invoiced now",
    "ordered": "ordered",
    "invoiced": "invoiced in all",
    "left": "left open",
    "variance": "above in all",
    "open": "still open",
    "amount": "amount",
    "difference": "difference",
    "total": "total",
    "percent": "difference in percent",
    "billed_as": "invoiced as",
    "ordered_as": "which is",
    "factor": "by",
    "factor_from": "said by",
}
# What the facts of a cause are called; the key is that of the reason's evidence.
EVIDENCE = {
    "source_code": "Code of JAGGAER",
    "target_code": "Code in the ledger",
    "kind": "What is mapped",
    "day": "Date of the document",
    "supplier_code": "Supplier's code",
    "order_supplier": "Supplier of the order",
    "order_line": "Line of the order",
    "order_price": "Price of the order",
    "existing": "Document there already",
    "existing_number": "Its number",
    "existing_date": "Its date",
    "existing_total": "Its total",
    "existing_vendor": "Its vendor",
    "source_value": "JAGGAER says",
    "ledger_value": "The ledger says",
    "path": "Field of JAGGAER",
    "words": "The ledger's words",
    "order_unit": "Unit of the order",
    "item": "Catalogue number",
}
REASON_TITLES = {
    "mapping_missing": "Not mapped",
    "mapping_invalid": "Mapped to something that cannot be used",
    "order_reference_missing": "No order named",
    "order_not_found": "Order not received",
    "order_ambiguous": "Several orders fit",
    "order_of_other_supplier": "Order of another supplier",
    "order_cancelled": "Order cancelled or closed",
    "supplier_unknown": "Supplier not known",
    "supplier_ambiguous": "Several vendors fit",
    "supplier_blocked": "Supplier blocked",
    "supplier_conflict": "Supplier differs on both sides",
    "parent_missing": "Parent not received",
    "parent_cycle": "Parents in a circle",
    "duplicate_invoice": "Duplicate",
    "duplicate_suspected": "Perhaps a duplicate",
    "duplicate_in_ledger": "Stands beside one entered in the ledger",
    "price_over_tolerance": "Price above the order",
    "amount_over_order": "Amount above the order",
    "quantity_over_order": "Quantity above the order",
    "quantity_over_received": "More than was received",
    "unit_differs": "Other unit of measure",
    "tax_differs": "Tax differs",
    "charge_not_ordered": "Charge not ordered",
    "charge_over_limit": "Charge above the limit",
    "does_not_add_up": "Does not add up",
    "currency_differs": "Other currency",
    "changed_in_ledger": "Changed in the ledger",
    "changed_at_source": "Changed at the source",
    "outcome_unknown": "Outcome being found out",
    "bank_details_changed": "Bank details changed",
}

# A number with decimals inside of a sentence; dates, versions and order numbers are none.
_DECIMAL = re.compile(r"(?<![\w.,/-])\d+\.\d+(?![\w/-]|\.\d)")
# Quantities, told from numbers of documents by the word behind them.
_QUANTITY = re.compile(
    r"\b\d+(?:\.\d+)?(?= (?:invoiced|ordered|received|is allowed|was invoiced|would be credited)\b)"
)

# A whole amount of a currency that has no decimals: "1500000 JPY".
_WHOLE = re.compile(rf"(?<![\w.,/-])\d+(?= (?:{'|'.join(WITHOUT_DECIMALS)})\b)")
_SNAKE = re.compile(r"(?<![\w|/.])[a-z]+(?:_[a-z]+)+(?![\w|/.])")


def reason_title(code: str) -> str:
    """Return the short name of a reason code."""
    return REASON_TITLES.get(code, code.replace("_", " ").capitalize())


def evidence_name(name: str) -> str:
    """Name a fact of a cause."""
    return EVIDENCE.get(name) or name.replace("_", " ").capitalize()


def counted_name(resource: str, number: int) -> str:
    """Name documents of a kind by how many they are: one invoice, two invoices."""
    return RESOURCES[resource] if number == 1 else RESOURCES_COUNTED[resource]


def plainly(text: str) -> str:
    """Replace the names that only programs know in a sentence by the words of people."""
    text = _QUANTITY.sub(lambda found: as_written(_shortest(found[0])), text)
    text = _SNAKE.sub(lambda found: found[0].replace("_", " "), text)
    text = _DECIMAL.sub(lambda found: as_written(found[0]), text)
    return _WHOLE.sub(lambda found: as_written(found[0]), text)


def as_here(text: str) -> str:
    """Write a day or a decimal number as the tenant does; a code or number of a document stays."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return day(text)
    return as_written(text) if re.fullmatch(r"-?\d+\.\d+", text) else text


def _shortest(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def schedule_words(schedule: Mapping[str, Any]) -> str:
    """Say when a flow runs: `every 15 minutes`, `Monday to Friday at 07:00`."""
    kind = schedule.get("kind", "manual")
    if kind == "interval":
        return _every(int(schedule["every_minutes"]))
    if kind == "daily":
        return f"{_days(schedule['days'])} at {_listed(schedule['at'])}"
    if kind == "cron":
        return f"by the cron expression {schedule['expression']}"
    return "only when somebody starts it"


def _every(minutes: int) -> str:
    if minutes == 1:
        return "every minute"
    if minutes % 60:
        return f"every {minutes} minutes"
    hours = minutes // 60
    return "every hour" if hours == 1 else f"every {hours} hours"


def _days(days: list[str]) -> str:
    names = [name for name in DAYS if name in days]
    if len(names) == len(DAYS):
        return "every day"
    if names == list(DAYS)[:5]:
        return "Monday to Friday"
    return _listed([DAYS[name] for name in names])


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
