"""The kinds of effects at NAV and where each of them lives (NAV contract 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connectors import base

VENDOR = "vendor"
ORDER = "purchase_order"
INVOICE = "purchase_invoice"
CREDIT_MEMO = "purchase_credit_memo"
JOURNAL = "journal"

CREATE, UPDATE, POST = base.CREATE, base.UPDATE, base.POST
CHANGE = "change"  # of a document that stands: change_2 for its second version
LINES = "lines"
LINE_DIMENSIONS = "line_dimensions"

LINES_PER_BATCH = 100
SEQUENCE_STEP = 10_000


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """One kind of purchase document; `number` is the property with the supplier's number."""

    kind: str
    prefix: str  # of natural keys
    entity_set: str
    line_set: str
    date: str
    cost: str
    number: str = ""
    has_price_basis: bool = True  # pricesIncludeTax can be written

    @property
    def lengths(self) -> str:
        """The first part of this kind's names in `field_lengths`."""
        return self.kind


DOCUMENTS: Mapping[str, DocumentKind] = {
    kind.kind: kind
    for kind in (
        DocumentKind(
            ORDER, "PO", "purchaseOrders", "purchaseOrderLines", "orderDate", "directUnitCost"
        ),
        DocumentKind(
            INVOICE,
            "INV",
            "purchaseInvoices",
            "purchaseInvoiceLines",
            "invoiceDate",
            "unitCost",
            "vendorInvoiceNumber",
        ),
        DocumentKind(
            CREDIT_MEMO,
            "CM",
            "purchaseCreditMemos",
            "purchaseCreditMemoLines",
            "creditMemoDate",
            "unitCost",
            "vendorCreditMemoNumber",
            has_price_basis=False,
        ),
    )
}
