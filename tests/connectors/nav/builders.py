"""Documents for tests, with good defaults."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import (
    JournalEntry,
    JournalLine,
    LedgerInvoice,
    LedgerLine,
    LedgerOrder,
    LedgerSetup,
    LedgerVendor,
    Resource,
)
from connectors.nav.translate import Company

COMPANY = "824820a2-508c-ed11-aada-000d3a298ab3"
SETUP = LedgerSetup(local_currency="GBP", global_dimensions=("DEPARTMENT", "CUSTOMERGROUP"))
BOOKS = Company(SETUP)
DAY = date(2026, 1, 10)


def line(amount: str = "100.00", account: str | None = "8210", **values: Any) -> LedgerLine:
    facts: dict[str, Any] = {
        "description": "Paper",
        "account": account,
        "quantity": Decimal(1),
        "unit_price": Decimal(amount),
        "dimensions": {"DEPARTMENT": "ADM"},
    }
    return LedgerLine(**{**facts, **values})


def invoice(**values: Any) -> LedgerInvoice:
    facts: dict[str, Any] = {
        "resource": Resource.INVOICE,
        "vendor_number": "20000",
        "external_number": "A-17",
        "document_date": DAY,
        "posting_date": DAY,
        "currency": "GBP",
        "lines": (line(),),
        "source_reference": "JAGGAER INV-1",
    }
    return LedgerInvoice(**{**facts, **values})


def credit_memo(**values: Any) -> LedgerInvoice:
    facts = {"resource": Resource.CREDIT_NOTE, "external_number": "CR-1"}
    return invoice(**{**facts, **values})


def order(**values: Any) -> LedgerOrder:
    facts: dict[str, Any] = {
        "vendor_number": "20000",
        "order_date": DAY,
        "currency": "GBP",
        "lines": (line(quantity=Decimal("2.5"), unit_price=Decimal("19.99")),),
        "source_reference": "JAGGAER 0000000049#1",
    }
    return LedgerOrder(**{**facts, **values})


def vendor(**values: Any) -> LedgerVendor:
    facts: dict[str, Any] = {"number": "J4711", "name": "Kestrel Ltd"}
    return LedgerVendor(**{**facts, **values})


def entry(*amounts: str, **values: Any) -> JournalEntry:
    facts: dict[str, Any] = {
        "batch": "JAGGAER",
        "document_number": "JG000001",
        "external_number": "A-17",
        "posting_date": DAY,
        "source_reference": "JAGGAER INV-1",
        "lines": tuple(
            JournalLine(
                account="8210" if Decimal(amount) > 0 else "5510",
                amount=Decimal(amount),
                description="Paper",
            )
            for amount in amounts or ("100.00", "-100.00")
        ),
    }
    return JournalEntry(**{**facts, **values})
