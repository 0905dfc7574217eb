"""What was written back of suppliers before, and what is under way for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sync.engine.site import WRITTEN_BACK
from sync.models import Document, DocumentState, FlowName, Integration, Write, WriteState

_OPEN = (
    DocumentState.RECEIVED,
    DocumentState.WAITING,
    DocumentState.PARKED,
    DocumentState.WRITING,
    DocumentState.UNKNOWN,
)
_MOST_NAMED = 10


def written_back(ids: Iterable[Any]) -> dict[Any, dict[str, str]]:
    """Return per document the fields whose last write-back the source confirmed, with the value."""
    rows = Write.objects.filter(document__in=list(ids), kind=WRITTEN_BACK)
    last: dict[tuple[Any, str], Write] = {}
    for row in rows.exclude(state=WriteState.CANCELLED).order_by("revision"):
        for name in row.content.get("fields", {}):
            last[row.document_id, name] = row
    found: dict[Any, dict[str, str]] = defaultdict(dict)
    for (document_id, name), row in last.items():
        if row.state == WriteState.CONFIRMED:
            value = row.content["fields"][name]
            found[document_id][name] = row.number if name == "number" and not value else value
            if name == "line1":
                found[document_id]["address"] = row.content["fields"][name]
    return found


def open_documents(integration: Integration, suppliers: Iterable[str]) -> dict[str, list[str]]:
    """Return what is under way for suppliers: orders, and invoices not in the ledger yet."""
    rows = Document.objects.filter(
        integration=integration, supplier_source_id__in=list(suppliers)
    ).exclude(flow_name=FlowName.SUPPLIERS)
    wanted = rows.filter(state__in=_OPEN) | rows.filter(
        flow_name=FlowName.PURCHASE_ORDERS, state=DocumentState.WRITTEN
    )
    found: dict[str, list[str]] = defaultdict(list)
    for source_id, reference in wanted.order_by("reference").values_list(
        "supplier_source_id", "reference"
    ):
        if len(found[source_id]) < _MOST_NAMED:
            found[source_id].append(reference)
    return found
