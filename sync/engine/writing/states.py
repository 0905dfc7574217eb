"""What the states of a chain's writes say about their document."""

from __future__ import annotations

from sync.models import Document, DocumentState, FlowName, WriteState


def state_by(states: set[str], has_reasons: bool) -> str:
    """Return the state of a document by those of its writes."""
    if states & {WriteState.REJECTED, WriteState.CONFLICT}:
        return DocumentState.PARKED
    if WriteState.UNKNOWN in states:
        return DocumentState.UNKNOWN
    if states == {WriteState.CONFIRMED}:
        # The invoice stands, and its journal waits for a reason found with the decision.
        return DocumentState.PARKED if has_reasons else DocumentState.WRITTEN
    return DocumentState.WRITING


def stands_in_part(document: Document, states: set[str]) -> bool:
    """An invoice stands before its journal does; of anything else a part is not the whole."""
    return document.flow_name == FlowName.INVOICES and WriteState.CONFIRMED in states


def awaits_outcome(document: Document) -> bool:
    """Whether a document waits only until it is known what became of an earlier write of it."""
    codes = {row["code"] for row in document.reasons}
    return document.state == DocumentState.WAITING and "outcome_unknown" in codes
