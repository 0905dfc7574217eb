"""Why a document parks after the ledger or the source took nothing of a write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.base import CREATE, Found, Step
from connectors.errors import ChangedInLedger, ConnectorError, NotFound, NumberTaken
from sync.domain.reasons import Reason, reason
from sync.domain.side_by_side import in_words
from sync.engine.site import WRITTEN_BACK
from sync.engine.writing.beside import NAMED
from sync.models import Document, Link, Write
from sync.models.document import INVOICE_KINDS


def refusal_of(document: Document, row: Write, error: ConnectorError) -> Reason:
    """Say why the ledger took nothing: somebody changed or deleted what stood there, or it said
    no."""
    if isinstance(error, NotFound) and row.kind != WRITTEN_BACK and row.operation != CREATE:
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
    if isinstance(error, NumberTaken):
        return reason(
            "duplicate_invoice/posting",
            document=document.source_id,
            number=document.supplier_reference or document.reference,
            draft=error.draft,
            numbers=error.numbers,
            words=error.message,
        )
    return reason(
        "ledger_refused/source" if row.kind == WRITTEN_BACK else "ledger_refused",
        document=document.source_id,
        step=f"{row.kind} {row.operation}",
        words=error.message,
        code=error.code,
    )


def conflict_of(
    document: Document, step: Step, found: Sequence[Found], *, was_sent: bool
) -> Reason:
    """Say that something else stands under our key, and what differs, side by side.

    Where that is plainly somebody else's, a person may accept that both stand: then it is known
    which ones are meant (`NAMED`), and what bears our reference is none of them.
    """
    own = [item for item in found if item.bears_reference or item.same]
    others = [item for item in found if item not in own]
    if _is_told_apart(step, own, others, was_sent=was_sent):
        return _said("duplicate_invoice/typed", document, step, others)
    key = "outcome_unknown/conflict" if was_sent else "duplicate_invoice/ledger"
    return _said(key, document, step, found)


def _is_told_apart(
    step: Step, own: Sequence[Found], others: Sequence[Found], *, was_sent: bool
) -> bool:
    """Whether it is certain which of what was found is ours: none where nothing can have arrived,
    else the one that bears our reference and says just what was sent."""
    if step.kind not in INVOICE_KINDS or step.operation != CREATE or not others:
        return False
    is_one = len(own) == 1 and own[0].same and own[0].bears_reference
    return is_one or not (own or was_sent)


def _said(key: str, document: Document, step: Step, found: Sequence[Found]) -> Reason:
    differences = sorted({name for item in found for name in item.differences})
    evidence: dict[str, Any] = {}
    if key == "duplicate_invoice/typed":
        evidence[NAMED] = [item.known_as for item in found]
    return reason(
        key,
        document=document.source_id,
        number=document.supplier_reference or document.reference,
        count=len(found),
        numbers=[item.written.number for item in found],
        differences=differences,
        fields=[in_words(name) for name in differences],
        ours=step.content,
        theirs=[dict(item.document) for item in found],
        **evidence,
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
