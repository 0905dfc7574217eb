"""A draft of ours taken back: what stood counts for nothing any more."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from connectors.withdrawing import WITHDRAW
from sync.engine.reducing import orders_of
from sync.models import Allocation, Document, DocumentState, Link, Write, WriteState

if TYPE_CHECKING:
    from sync.engine.writing.transitions import WriteBook


def withdrawn(book: WriteBook, row: Write) -> None:
    """The ledger holds this effect no more: its steps and its link are past."""
    for each in book.chains[row.document_id]:
        is_taken_back = each.kind == row.kind and each.state == WriteState.CONFIRMED
        if each is row or is_taken_back:
            each.state = WriteState.WITHDRAWN
            each.lease_until = each.verify_at = each.error = None
            each.sent_at = None  # it was answered for: nothing of it is on its way any more
            book.change(each)
    Link.objects.filter(document=row.document_id, kind=row.kind).delete()
    taken = orders_of([row.document_id])
    book.follow |= taken
    book.freed |= taken
    book.let_next_go(row)
    number = row.content.get("known", {}).get("number", "")
    book.tell(row, "write.withdrawn", number=number)


def is_going_on(chain: Sequence[Write]) -> bool:
    """Whether the document's newest steps take back what stands; its state follows them."""
    return any(row.operation == WITHDRAW for row in chain)


def forgotten(document: Document) -> None:
    """Nothing of a document stands any more: it takes nothing of an order, and its next decision
    starts from what the source says now."""
    Allocation.objects.filter(document=document).delete()
    document.state, document.reasons = DocumentState.PARKED, []
    document.planned_fingerprint = document.booked_fingerprint = ""
