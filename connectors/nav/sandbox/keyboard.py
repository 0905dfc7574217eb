"""What a person does in the client, which the API cannot: release, receive, pay, block, cancel."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.document_posting import cancel_document
from connectors.nav.sandbox.documents import KINDS, document_lines, refresh
from connectors.nav.sandbox.errors import NavError
from connectors.nav.sandbox.ledger import pay_in_part, settle_vendor_entry
from connectors.nav.sandbox.order_posting import (
    ORDERS,
    open_quantities,
    post_order_invoice,
    post_receipt,
)
from connectors.nav.sandbox.posting_checks import check_external_number
from connectors.nav.sandbox.records import Record
from connectors.nav.sandbox.registry import ACTIONS, rules_of
from connectors.nav.sandbox.rules import Call
from connectors.nav.sandbox.seed import insert, insert_default_dimension, typed
from connectors.nav.sandbox.switches import Switches
from connectors.nav.sandbox.values import ZERO, number_of

Wish = Mapping[str, Any]


def act(company: Company, wish: Wish) -> Record | None:
    """Carry out one wish: {"set", "op", "id" or "key": {field: value}, "values", "lines"}.

    `op` is insert, patch, delete or one of the acts below. Returns the record afterwards, None
    once it is gone. Raises KeyError for a missing word, ValueError for an unknown record or act.
    """
    set_name, op = wish["set"], wish.get("op", "insert")
    if op == "insert":
        return insert(company, set_name, {**wish["values"], **_lines(wish)})
    record = find_record(company, set_name, wish)
    if op not in _ACTS:
        raise ValueError(f"unknown op {op!r}; known: insert, {', '.join(_ACTS)}")
    _ACTS[op](company, set_name, record, wish)
    return company.get(set_name, record["id"])


def find_record(company: Company, set_name: str, wish: Wish) -> Record:
    """Return the one record a wish names by id or by a key; ValueError if there is none."""
    if "id" in wish:
        found = company.get(set_name, str(wish["id"]).lower())
        rows = [found] if found else []
    else:
        (first, value), *others = wish["key"].items()
        rows = company.find(set_name, first, value)
        rows = [row for row in rows if all(row.get(k) == v for k, v in others)]
    if len(rows) != 1:
        raise ValueError(f"{len(rows)} records of {set_name} match {wish.get('key', 'the id')}")
    return rows[0]


def _lines(wish: Wish) -> dict[str, Any]:
    return {"lines": wish["lines"]} if "lines" in wish else {}


def _patch(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    company.put(set_name, {**record, **typed(set_name, wish["values"])})
    if set_name in KINDS:
        refresh(company, KINDS[set_name], record["id"])


def _delete(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    kind = KINDS.get(set_name)
    for line in company.find(kind.lines, "documentId", record["id"]) if kind else ():
        company.delete(kind.lines, line)
    company.delete(set_name, record)


def _release(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    company.put(set_name, {**record, "status": "Open"})


def _reopen(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    company.put(set_name, {**record, "status": "Draft"})


def _receive(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    """Receive an order: everything open, or `quantities` by line sequence; on its `postingDate`."""
    order = {**record, "postingDate": wish.get("postingDate", record["postingDate"])}
    post_receipt(company, order, _quantities(company, record, wish))


def _invoice(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    """Receive what is missing and invoice an order; `vendorInvoiceNumber` as on the paper."""
    number = wish.get("vendorInvoiceNumber", record.get("vendorInvoiceNumber", ""))
    order = company.put(set_name, {**record, "vendorInvoiceNumber": number})
    check_external_number(company, "Invoice", "Invoice", order, "vendorInvoiceNumber")
    lines = document_lines(company, ORDERS, order["id"])
    if "quantities" in wish:
        wanted = _quantities(company, order, wish)
    else:
        wanted = {
            line["id"]: number_of(line, "quantity") - number_of(line, "invoicedQuantity")
            for line in lines
        }
    missing = {
        line["id"]: max(
            ZERO,
            wanted.get(line["id"], ZERO)
            + number_of(line, "invoicedQuantity")
            - number_of(line, "receivedQuantity"),
        )
        for line in lines
    }
    post_receipt(company, order, missing)
    post_order_invoice(company, order, wanted)


def _quantities(company: Company, order: Record, wish: Wish) -> dict[str, Decimal]:
    lines = document_lines(company, ORDERS, order["id"])
    if "quantities" not in wish:
        return open_quantities(lines)
    by_sequence = {int(k): Decimal(v) for k, v in wish["quantities"].items()}
    return {line["id"]: by_sequence.get(line["sequence"], ZERO) for line in lines}


def _post(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    name = "receiveAndInvoice" if set_name == "purchaseOrders" else "post"
    ACTIONS[set_name, name](Call(company, Switches()), record)


def _pay(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    """Pay a posted document: whole, or only the `amount` that is given."""
    if "amount" in wish:
        pay_in_part(company, record["id"], Decimal(wish["amount"]))
        return
    settle_vendor_entry(company, record["id"])
    company.put(set_name, {**record, "status": "Paid"})


def _cancel(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    cancel_document(company, KINDS[set_name], record)


def _default_dimension(company: Company, set_name: str, record: Record, wish: Wish) -> None:
    insert_default_dimension(company, set_name, record, wish["values"])


_ACTS: dict[str, Callable[[Company, str, Record, Wish], None]] = {
    "patch": _patch,
    "delete": _delete,
    "release": _release,
    "reopen": _reopen,
    "receive": _receive,
    "invoice": _invoice,
    "post": _post,
    "pay": _pay,
    "cancel": _cancel,
    "default_dimension": _default_dimension,
}


def run_jobs(company: Company) -> list[dict[str, Any]]:
    """Work off postings that were put off; return what became of each."""
    results = []
    for job in company.all("jobs"):
        company.records.delete(company.collection("jobs"), job["id"])
        record = company.get(job["set"], job["id"])
        company.records.commit()
        error = ""
        try:
            if record:
                ACTIONS[job["set"], job["action"]](Call(company, Switches()), record)
            company.records.commit()
        except NavError as refusal:
            company.records.roll_back()
            error = refusal.text
        results.append({"id": job["id"], "set": job["set"], "error": error})
    return results


_LEDGER_SETS = (
    "accounts", "vendors", "purchaseOrders", "purchaseInvoices", "purchaseCreditMemos",
    "purchaseReceipts", "journals", "generalLedgerEntries",
)  # fmt: skip
_LINE_SETS = {
    "purchaseOrders": ("purchaseOrderLines", "documentId", "sequence"),
    "purchaseInvoices": ("purchaseInvoiceLines", "documentId", "sequence"),
    "purchaseCreditMemos": ("purchaseCreditMemoLines", "documentId", "sequence"),
    "purchaseReceipts": ("purchaseReceiptLines", "documentId", "sequence"),
    "journals": ("journalLines", "journalId", "lineNumber"),
}


def ledger_of(company: Company) -> dict[str, Any]:
    """Return all books of a company: records as clients see them and the fields behind them.

    Documents and journals carry `lines`; every record with dimensions carries `dimensions`.
    """
    books: dict[str, Any] = {"company": company.id, "setup": _bare(company.setup)}
    for name in _LEDGER_SETS:
        books[name] = [_with_lines(company, name, row) for row in company.all(name)]
    books["vendorLedgerEntries"] = [_bare(row) for row in company.all("vendorLedgerEntries")]
    return books


def _with_lines(company: Company, set_name: str, record: Record) -> Record:
    shown = _shown(company, set_name, record)
    if set_name in _LINE_SETS:
        lines, field, order = _LINE_SETS[set_name]
        rows = sorted(company.find(lines, field, record["id"]), key=lambda row: row[order])
        shown["lines"] = [_shown(company, lines, row) for row in rows]
    return shown


def _shown(company: Company, set_name: str, record: Record) -> Record:
    rules = rules_of(set_name)
    seen = {name: rules.shown(company, record, name) for name in rules.entity_set.fields}
    shown = {**_bare(record), **seen}
    shown["dimensions"] = shown.pop("dims", {})
    return shown


def _bare(record: Record) -> Record:
    return {name: value for name, value in record.items() if not name.startswith("_")}
