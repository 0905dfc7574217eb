"""Run every labelled invoice of a folder and compare what came out with its label.

Documents are read, decided and forgotten one by one: what stays is what a later invoice needs, that
is the use of order lines and the numbers of earlier invoices.
"""

from __future__ import annotations

import gzip
import json
import resource
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.documents import Invoice, LedgerInvoice
from sync.domain.booking import BookingContext, book_invoice
from sync.domain.reasons import Reason
from sync.labelled.labels import codes_of
from sync.labelled.rows import invoice_of
from sync.labelled.world import World
from sync.matching import (
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    SupplierView,
    Usage,
    Verdict,
    match,
)

Row = Mapping[str, Any]
Gl = dict[tuple[str, str], Decimal]

_DEPARTMENT = "DEPARTMENT"


@dataclass
class Report:
    """How the run compares with the labels."""

    invoices: int = 0
    review_posted: int = 0  # strict labels only
    post_exact: int = 0
    post_total: int = 0
    review_right: int = 0
    review_total: int = 0
    seconds: float = 0
    cases: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        rate = Decimal(self.invoices) / max(Decimal(str(self.seconds)), Decimal("0.001"))
        return {
            "invoices": self.invoices,
            "review_posted": self.review_posted,
            "post_exact": self.post_exact,
            "post_total": self.post_total,
            "review_right": self.review_right,
            "review_total": self.review_total,
            "per_second": int(rate),
            "peak_mb": _peak_mb(),
        }


class LabelledRun:
    """One pass over a folder, in its own order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._world = World(folder)
        self._codes = codes_of(folder)
        self._used: dict[tuple[str, int], Usage] = {}
        self._earlier = EarlierInvoices()
        self.report = Report()

    def run(self) -> Report:
        started = time.perf_counter()
        for row, label in self._rows():
            self._judge(label, *self.decide(row))
        self.report.seconds = time.perf_counter() - started
        return self.report

    def decide(self, row: Row) -> tuple[LedgerInvoice | None, tuple[Reason, ...]]:
        """Match and book one invoice as the product does, and remember what it took."""
        invoice = invoice_of(row)
        supplier = self._world.supplier(row["business_unit"], row["supplier_code"])
        verdict = match(invoice, self._match_context(invoice, supplier))
        booking = book_invoice(
            invoice, verdict.allocations, self._booking_context(invoice, supplier)
        )
        self._remember(invoice, supplier, verdict)
        reasons = verdict.reasons + booking.reasons
        return (None if reasons else booking.invoice), reasons

    def _match_context(self, invoice: Invoice, supplier: SupplierView | None) -> MatchContext:
        unit = invoice.business_unit or ""
        return MatchContext(
            policy=self._world.policy(unit),
            supplier=supplier,
            orders=self._world.orders.by_reference(unit),
            orders_by_digits=self._world.orders.by_digits(unit),
            used=self._used,
            earlier=self._earlier,
            document_id=invoice.source_id,
        )

    def _booking_context(self, invoice: Invoice, supplier: SupplierView | None) -> BookingContext:
        unit = invoice.business_unit or ""
        local = self._world.local_currencies.get(unit, invoice.currency or "")
        return BookingContext(
            policy=self._world.policy(unit),
            setup=self._world.setup(local),
            targets=self._world.targets(unit),
            today=invoice.document_date,
            vendor_number=supplier.vendor_number if supplier else None,
        )

    def _remember(self, invoice: Invoice, supplier: SupplierView | None, verdict: Verdict) -> None:
        for key, taken in verdict.usage.items():
            self._used[key] = self._used.get(key, Usage()) + taken
        if supplier is not None:
            view = InvoiceView.of(invoice, supplier, id=invoice.source_id, in_ledger=verdict.ok)
            self._earlier.add(view)

    def _judge(self, label: Row, booked: LedgerInvoice | None, reasons: tuple[Reason, ...]) -> None:
        report = self.report
        report.invoices += 1
        codes = tuple(dict.fromkeys(item.code for item in reasons))
        if label["outcome"] == "post":
            report.post_total += 1
            right = booked is not None and gl_of(booked) == _labelled_gl(label)
            report.post_exact += right
            result = "exact" if right else ("other amounts" if booked else ", ".join(codes))
        else:
            report.review_total += 1
            wanted = [self._codes.get(name, frozenset()) for name in label["reasons"]]
            right = booked is None and all(codes_ & set(codes) for codes_ in wanted)
            report.review_right += right
            report.review_posted += booked is not None and label["strict"]
            result = "right" if right else ("POSTED" if booked else ", ".join(codes))
        report.cases[label["case"], label["outcome"], result] += 1
        if not right:
            report.wrong.append(f"{label['invoice_id']} {label['case']}: {result}")

    def _rows(self) -> Iterator[tuple[Row, Row]]:
        with (
            gzip.open(self._folder / "invoices.jsonl.gz") as invoices,
            gzip.open(self._folder / "invoices.expected.jsonl.gz") as labels,
        ):
            for raw, expected in zip(invoices, labels, strict=True):
                row, label = json.loads(raw), json.loads(expected)
                if row["invoice_id"] != label["invoice_id"]:
                    raise ValueError(f"no label beside invoice {row['invoice_id']}")
                yield row, label


def gl_of(booked: LedgerInvoice) -> Gl:
    """What a purchase document books, per account and department."""
    found: Gl = {}
    for line in booked.lines:
        key = (line.account or "", line.dimensions.get(_DEPARTMENT, ""))
        amount = (line.quantity * line.unit_price).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        found[key] = found.get(key, Decimal(0)) + amount
    return {key: amount for key, amount in found.items() if amount}


def _labelled_gl(label: Row) -> Gl:
    found: Gl = {}
    for row in label["gl"]:
        key = (row["account"], row["department"] or "")
        found[key] = found.get(key, Decimal(0)) + abs_if_credit(label, Decimal(row["amount"]))
    return {key: amount for key, amount in found.items() if amount}


def abs_if_credit(label: Row, amount: Decimal) -> Decimal:
    """A purchase credit memo carries positive amounts, whatever the sign of the label."""
    return abs(amount) if label["nav_document"] == "purchase_credit_memo" else amount


def _peak_mb() -> int:
    """Return this program's peak. Linux counts in `ru_maxrss` what the process that started it had
    in memory; its own figure stands in /proc."""
    with suppress(OSError), Path("/proc/self/status").open() as lines:
        return next(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak // (1024 * 1024 if sys.platform == "darwin" else 1024)
