"""Why a document parks after the ledger or the source took nothing of a write."""

from __future__ import annotations

from connectors.errors import ChangedInLedger, ConnectorError
from sync.domain.reasons import Reason, reason
from sync.engine.site import WRITTEN_BACK
from sync.models import Document, Write


def refusal_of(document: Document, row: Write, error: ConnectorError) -> Reason:
    """Say why the ledger took nothing: somebody changed what stands there, or it said no."""
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
