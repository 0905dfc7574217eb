"""Orders whose numbers are one to the ledger: equal once case and blanks around them are put aside.

They are neither merged nor both written: their effects could not be told apart afterwards
(reliability catalogue, F50).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sync.domain.references import invoice_number_key
from sync.models import Document, DocumentState, FlowName, Integration

_OVER = (DocumentState.SETTLED, DocumentState.REJECTED, DocumentState.IGNORED)


def earlier_twins(integration: Integration, documents: Sequence[Document]) -> Mapping[Any, str]:
    """Return the source ids of orders that had a document's number first, by document."""
    rows = (
        Document.objects.filter(
            integration=integration,
            flow_name=FlowName.PURCHASE_ORDERS,
            reference_key__in={row.reference_key for row in documents if row.reference_key},
        )
        .exclude(state__in=_OVER)
        .order_by("first_seen_at", "source_id")
    )
    first: dict[str, Document] = {}
    for row in rows.only("reference", "source_id", "first_seen_at"):
        first.setdefault(invoice_number_key(row.reference), row)
    return {
        document.pk: twin.source_id
        for document in documents
        if (twin := first.get(invoice_number_key(document.reference))) is not None
        and twin.pk != document.pk
    }
