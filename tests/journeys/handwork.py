"""What people do in NAV by hand to documents that we wrote there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, ClassVar

from tests.small import invoice_number, vendor_number
from tests.world import World, control

_TOUCHED = "Typed by hand"
_BATCH = "JAGGAER"

Expected = tuple[str, set[tuple[str, str]]]  # reference -> (kind, effect)


class Handwork:
    """Deeds on document number n, which has order n, invoice n and its journal entry.

    Even documents wait as drafts and in the journal's batch; odd ones are posted by `post`.
    """

    def __init__(self, customer: World) -> None:
        self.customer = customer
        self.look()

    def look(self) -> None:
        """Take the ledger in anew."""
        books = self.customer.ledger()
        self.invoices = {row["vendorInvoiceNumber"]: row for row in books["purchaseInvoices"]}
        self.orders: dict[str, Mapping[str, Any]] = {}
        for row in books["purchaseOrders"]:
            words = row["lines"][0]["description"].replace("#", " ").split()
            self.orders[next(word for word in words if word.startswith("PO"))] = row
        self.journals = {row["code"]: row for row in books["journals"]}
        self.waiting: dict[str, list[Mapping[str, Any]]] = {}
        for journal in books["journals"]:
            for line in journal["lines"]:
                self.waiting.setdefault(line["externalDocumentNumber"], []).append(line)
        self.numbers = getattr(self, "numbers", {}) | {
            external: lines[0]["documentNumber"] for external, lines in self.waiting.items()
        }
        self.entries: dict[str, list[Mapping[str, Any]]] = {}
        for entry in books["generalLedgerEntries"]:
            self.entries.setdefault(entry["documentNumber"], []).append(entry)

    def do(self, *wishes: Mapping[str, Any]) -> None:
        company = self.customer.integration.company_id
        for start in range(0, len(wishes), 500):
            some = [dict(wish) for wish in wishes[start : start + 500]]
            control(self.customer.nav, "records", {"company": company, "records": some})

    # Posting.

    def post(self, numbers: Iterable[int]) -> None:
        """Post invoices and their journal entries, as finance does."""
        chosen = [invoice_number(number) for number in numbers]
        self.do({"set": "journals", "op": "insert", "values": {"code": "FINANCE"}})
        self.look()
        target = self.journals["FINANCE"]["id"]
        lines = [line for name in chosen for line in self.waiting[name]]
        self.do(*(_patch("journalLines", line, journalId=target) for line in lines))
        self.post_journal("FINANCE")
        self.do(*(_act("purchaseInvoices", "post", self.invoices[name]) for name in chosen))
        self.look()

    def post_journal(self, code: str) -> None:
        self.do(_act("journals", "post", self.journals[code]))

    def tax_the_account(self, number: str) -> None:
        values = {
            "genPostingType": "Purchase",
            "vatBusPostingGroup": "DOMESTIC",
            "vatProdPostingGroup": "VAT25",
        }
        self.do({"set": "accounts", "op": "patch", "key": {"number": number}, "values": values})

    # Damage.

    def damage(self, numbers: Iterable[int]) -> dict[str, set[tuple[str, str]]]:
        """Do one deed to each document, in turn; returns what must be found of it."""
        deeds = {"draft": [], "posted": []}
        for name, when in self.DEEDS:
            deeds[when].append(name)
        turn = {"draft": 0, "posted": 0}
        expected: dict[str, set[tuple[str, str]]] = {}
        for number in numbers:
            when = "posted" if number % 2 else "draft"
            names = deeds[when]
            deed: Callable[[int], Expected] = getattr(self, names[turn[when] % len(names)])
            turn[when] += 1
            reference, kinds = deed(number)
            expected[reference] = kinds
        return expected

    DEEDS: ClassVar[list[tuple[str, str]]] = [
        ("delete_invoice", "draft"),
        ("invoice_cent", "draft"),
        ("invoice_dimension", "draft"),
        ("invoice_number", "draft"),
        ("invoice_copy", "draft"),
        ("invoice_line_gone", "draft"),
        ("invoice_due_date", "draft"),
        ("delete_journal", "draft"),
        ("journal_cent", "draft"),
        ("journal_dimension", "draft"),
        ("journal_copy", "draft"),
        ("delete_order", "draft"),
        ("order_quantity", "draft"),
        ("order_cent", "draft"),
        ("order_dimension", "draft"),
        ("order_copy", "draft"),
        ("cancel_invoice", "posted"),
        ("entry_cent", "posted"),
        ("entry_reversed", "posted"),
        ("entry_copy", "posted"),
        ("entry_dimension", "posted"),
        ("entry_taxed", "posted"),
        ("cost_twice", "posted"),
    ]

    def delete_invoice(self, n: int) -> Expected:
        self.do(_act("purchaseInvoices", "delete", self._invoice(n)))
        return _invoice(n, "missing")

    def invoice_cent(self, n: int) -> Expected:
        self.raise_price(invoice_number(n), "0.01")
        return _invoice(n, "changed")

    def raise_price(self, number: str, by: str) -> None:
        line = _account_line(self.invoices[number])
        price = Decimal(str(line["unitCost"])) + Decimal(by)
        self.do(_patch("purchaseInvoiceLines", line, unitCost=_number(price)))

    def invoice_dimension(self, n: int) -> Expected:
        line = _account_line(self._invoice(n))
        self.do(_patch("purchaseInvoiceLines", line, dims={"DEPARTMENT": "PROD"}))
        return _invoice(n, "changed")

    def invoice_number(self, n: int) -> Expected:
        self.do(_patch("purchaseInvoices", self._invoice(n), vendorInvoiceNumber=f"OTHER-{n}"))
        return _invoice(n, "changed")

    def invoice_copy(self, n: int) -> Expected:
        values = {
            "vendorNumber": vendor_number(n),
            "vendorInvoiceNumber": invoice_number(n).lower(),
            "invoiceDate": "2026-03-03",
        }
        self.do({"set": "purchaseInvoices", "op": "insert", "values": values})
        return _invoice(n, "doubled")

    def invoice_line_gone(self, n: int) -> Expected:
        self.do(_act("purchaseInvoiceLines", "delete", _account_line(self._invoice(n))))
        return _invoice(n, "changed")

    def invoice_due_date(self, n: int) -> Expected:
        self.do(_patch("purchaseInvoices", self._invoice(n), dueDate="2027-01-01"))
        return _invoice(n, "changed")

    def cancel_invoice(self, n: int) -> Expected:
        self.do(_act("purchaseInvoices", "cancel", self._invoice(n)))
        return _invoice(n, "cancelled")

    def delete_journal(self, n: int) -> Expected:
        self.do(*(_act("journalLines", "delete", line) for line in self._waiting(n)))
        return _journal(n, "missing")

    def journal_cent(self, n: int) -> Expected:
        for line in self._waiting(n):
            amount = Decimal(str(line["amount"]))
            other = amount + Decimal("0.01").copy_sign(amount)
            self.do(_patch("journalLines", line, amount=_number(other)))
        return _journal(n, "changed")

    def journal_dimension(self, n: int) -> Expected:
        self.do(_patch("journalLines", self._waiting(n)[0], dims={"DEPARTMENT": "PROD"}))
        return _journal(n, "changed")

    def journal_copy(self, n: int) -> Expected:
        for line in self._waiting(n):
            values = {**_stored(line), "lineNumber": int(line["lineNumber"]) + 20}
            self.do({"set": "journalLines", "op": "insert", "values": values})
        return _journal(n, "doubled")

    def entry_cent(self, n: int) -> Expected:
        for entry in self._entries(n):
            side = "debitAmount" if Decimal(str(entry["debitAmount"])) else "creditAmount"
            amount = Decimal(str(entry[side])) + Decimal("0.01")
            self.do(_patch("generalLedgerEntries", entry, **{side: _number(amount)}))
        return _journal(n, "changed")

    def entry_reversed(self, n: int) -> Expected:
        for entry in self._entries(n):
            sides = {"debitAmount": entry["creditAmount"], "creditAmount": entry["debitAmount"]}
            self._insert_entry(entry, **sides)
        return _journal(n, "cancelled")

    def entry_copy(self, n: int) -> Expected:
        for entry in self._entries(n):
            self._insert_entry(entry)
        return _journal(n, "doubled")

    def entry_dimension(self, n: int) -> Expected:
        self.do(_patch("generalLedgerEntries", self._debit(n), dims={"DEPARTMENT": "PROD"}))
        return _journal(n, "changed")

    def entry_taxed(self, n: int) -> Expected:
        debit = self._debit(n)
        whole = Decimal(str(debit["debitAmount"]))
        self.do(_patch("generalLedgerEntries", debit, debitAmount=_number(whole - 10)))
        self._insert_entry(debit, accountNumber="5610", debitAmount=10)
        return _journal(n, "tax_taken_out")

    def cost_twice(self, n: int) -> Expected:
        line = _account_line(self._invoice(n))
        self.do(_patch("purchaseInvoiceLines", line, lineObjectNumber="8210"))
        return _reference(n), {("changed", "purchase_invoice"), ("booked_twice", "journal")}

    def delete_order(self, n: int) -> Expected:
        self.do(_act("purchaseOrders", "delete", self._order(n)))
        return _order(n, "missing")

    def order_quantity(self, n: int) -> Expected:
        self.do(_patch("purchaseOrderLines", _account_line(self._order(n)), quantity=7))
        return _order(n, "changed")

    def order_cent(self, n: int) -> Expected:
        line = _account_line(self._order(n))
        self.do(_patch("purchaseOrderLines", line, directUnitCost=_number("50.01")))
        return _order(n, "changed")

    def order_dimension(self, n: int) -> Expected:
        line = _account_line(self._order(n))
        self.do(_patch("purchaseOrderLines", line, dims={"DEPARTMENT": "PROD"}))
        return _order(n, "changed")

    def order_copy(self, n: int) -> Expected:
        order = self._order(n)
        comment = {"lineType": "Comment", "description": order["lines"][0]["description"]}
        values = {"vendorNumber": order["vendorNumber"], "orderDate": "2026-03-02"}
        self.do({"set": "purchaseOrders", "op": "insert", "values": values, "lines": [comment]})
        return _order(n, "doubled")

    # Finding.

    def _invoice(self, n: int) -> Mapping[str, Any]:
        return self.invoices[invoice_number(n)]

    def _order(self, n: int) -> Mapping[str, Any]:
        return self.orders[f"PO{n:06d}"]

    def _waiting(self, n: int) -> list[Mapping[str, Any]]:
        return self.waiting[invoice_number(n)]

    def _entries(self, n: int) -> list[Mapping[str, Any]]:
        return self.entries[self.numbers[invoice_number(n)]]

    def _debit(self, n: int) -> Mapping[str, Any]:
        return next(each for each in self._entries(n) if Decimal(str(each["debitAmount"])))

    def _insert_entry(self, entry: Mapping[str, Any], **other: Any) -> None:
        values = {**_stored(entry), **other}
        self.do({"set": "generalLedgerEntries", "op": "insert", "values": values})


def _number(amount: Any) -> float:
    """Return an amount as JSON writes it; the sandbox reads it exactly."""
    return float(amount)


def _account_line(document: Mapping[str, Any]) -> Mapping[str, Any]:
    return next(line for line in document["lines"] if line["lineObjectNumber"])


def _stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a record as it is typed again: without its id and what NAV sets."""
    other = ("id", "dimensions", "place", "number", "lastModifiedDateTime", "entryNumber")
    values = {name: value for name, value in row.items() if name not in other}
    return {**values, "dims": row.get("dimensions", {})}


def _patch(set_name: str, row: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    return {"set": set_name, "op": "patch", "id": row["id"], "values": values}


def _act(set_name: str, op: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return {"set": set_name, "op": op, "id": row["id"]}


def _reference(n: int) -> str:
    return f"I{n:06d}"


def _invoice(n: int, kind: str) -> Expected:
    return _reference(n), {(kind, "purchase_invoice")}


def _journal(n: int, kind: str) -> Expected:
    return _reference(n), {(kind, "journal")}


def _order(n: int, kind: str) -> Expected:
    return f"PO{n:06d}", {(kind, "purchase_order")}
