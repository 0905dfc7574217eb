"""Invoices against orders: pure rules, from context to verdict."""

from sync.matching.context import (
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    OrderView,
    SupplierView,
    Usage,
    index_orders,
)
from sync.matching.matcher import match
from sync.matching.verdict import Allocation, Basis, Check, Verdict

__all__ = [
    "Allocation",
    "Basis",
    "Check",
    "EarlierInvoices",
    "InvoiceView",
    "MatchContext",
    "OrderView",
    "SupplierView",
    "Usage",
    "Verdict",
    "index_orders",
    "match",
]
