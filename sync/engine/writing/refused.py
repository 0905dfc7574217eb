"""Why a document parks after the ledger or the source took nothing of a write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Found
from connectors.errors import ChangedInLedger, ConnectorError, NotFound
from sync.domain.reasons import Reason, reason
from sync.domain.side_by_side import in_words
from sync.engine.site import WRITTEN_BACK
from sync.models import Document, Link, Write


def refusal_of(document: Document, row: Write, error: ConnectorError) -> Reason:
    """Say why the ledger took nothing: somebody changed or deleted what stood there, or it said
    no."""
    if isinstance(error, NotFound) and row.kind != WRITTEN_BACK and row.operation != "create":
        return _deleted(document, row)
    if isinstance(error, ChangedInLedger):
        code = f"changed_in_ledger/{error.how}" if error.how else "changed_in_ledger"
        return reason(
            code,
            document=document.source_id,
            fields=error.message,
            order=document.reference,
            ledger=error.differences[0]["ledger"] if error.differences else "",
            differences=error.differences,
        )
    return reason(
        "ledger_refused/source" if row.kind == WRITTEN_BACK else "ledger_refused",
        document=document.source_id,
        step=f"{row.kind} {row.operation}",
        words=error.message,
        code=error.code,
    )


def conflict_of(
    document: Document, content: Mapping[str, Any], found: Sequence[Found], *, was_sent: bool
) -> Reason:
    """Say that something else stands under our key, and what differs, side by side."""
    differences = sorted({name for item in found for name in item.differences})
    return reason(
        "outcome_unknown/conflict" if was_sent else "duplicate_invoice/ledger",
        document=document.source_id,
        number=document.supplier_reference or document.reference,
        count=len(found),
        numbers=[item.written.number for item in found],
        differences=differences,
        fields=[in_words(name) for name in differences],
        ours=content,
        theirs=[dict(item.document) for item in found],
    )


def _deleted(document: Document, row: Write) -> Reason:
    """Say that what was to be changed is gone from the ledger: it is never made again unasked."""
    links = Link.objects.filter(document=document, kind=row.kind)
    number = links.values_list("number", flat=True).first() or row.number
    if row.kind == "vendor":
        return reason(
            "supplier_ambiguous/gone",
            supplier=document.reference or document.source_id,
            supplier_code=document.source_id,
            gone=number,
        )
    return reason(
        "changed_in_ledger/deleted_document",
        document=document.source_id,
        what=row.kind.replace("_", " "),
        number=number,
    )
