"""Purchase documents as pages: service, key, and the property they are found by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from connectors.nav import kinds
from connectors.nav.pages import services as pages


@dataclass(frozen=True, slots=True)
class PageKind:
    """One kind of document; `number` identifies it together with the vendor."""

    kind: str
    page: str
    document_type: str
    number: str

    def key(self, number: str, document_type: str = "") -> dict[str, str | int]:
        """Return the key of the document with this number (NAV contract 1.4)."""
        return {"Document_Type": document_type or self.document_type, "No": number}


DOCUMENTS: Mapping[str, PageKind] = {
    each.kind: each
    for each in (
        PageKind(kinds.ORDER, pages.ORDER, "Order", "Vendor_Order_No"),
        PageKind(kinds.INVOICE, pages.INVOICE, "Invoice", "Vendor_Invoice_No"),
        PageKind(kinds.CREDIT_MEMO, pages.CREDIT_MEMO, "Credit Memo", "Vendor_Cr_Memo_No"),
    )
}
LINES_PER_STEP = 50


def posted_identity(row: Mapping[str, Any]) -> str:
    """Return what tells a posted document from all others: the draft it was made of, and without
    one its own number, which may be that of some draft as well: the series are different ones."""
    return str(row.get("Pre_Assigned_No") or f"posted {row.get('No') or ''}")
