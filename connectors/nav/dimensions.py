"""Dimensions of lines: added where a line lacks them, changed where it has another value.

Repeating it is harmless: what stands already is left alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.errors import Conflict, DocumentRefused, NotFound
from connectors.nav import journals, kinds, odata, requests
from connectors.nav.batch import MOST_OPERATIONS, Operation
from connectors.nav.compare import dimension_changes
from connectors.nav.desk import Desk

Lines = Sequence[Mapping[str, Any]]


def set_on_document(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Read a document's lines with their dimensions and write what differs."""
    lines = desk.lines(step.kind, requests.known_id(known))
    _write(desk, changes(desk, kinds.DOCUMENTS[step.kind].line_set, step, lines))
    return desk.later(step, known)


def set_on_entry(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Write the dimensions of a journal entry, at first as if its lines had none.

    Accounts may bring default dimensions along: then NAV refuses the whole transaction, nothing is
    applied, and what is there is read and changed.
    """
    requests.known_id(known)
    ids = list(known.get("line_ids") or ())
    refusal: DocumentRefused | None = None
    if len(ids) == step.content["count"]:
        bare = [{"id": each} for each in ids]
        try:
            _write(desk, changes(desk, "journalLines", step, bare))
            return desk.later(step, known)
        except (Conflict, NotFound):
            raise
        except DocumentRefused as error:
            refusal = error
    lines = entry_lines(desk, [step])[step.content["document_number"]]
    if refusal is not None and not any(line.get("dimensionSetLines") for line in lines):
        raise refusal
    _write(desk, changes(desk, "journalLines", step, lines))
    return desk.later(step, known)


def entry_lines(desk: Desk, steps: Sequence[Step]) -> dict[str, list[Mapping[str, Any]]]:
    """Return the waiting lines of entries by document number, with their dimensions."""
    found: dict[str, list[Mapping[str, Any]]] = {
        step.content["document_number"]: [] for step in steps
    }
    for name in sorted({step.content["batch"] for step in steps}):
        journal = desk.books.existing_batch(name)
        if journal is not None:
            numbers = [s.content["document_number"] for s in steps if s.content["batch"] == name]
            found |= journals.lines_of_documents(
                desk.client, desk.company_id, journal.id, numbers, expand="dimensionSetLines"
            )
    return found


def changes(desk: Desk, line_set: str, step: Step, lines: Lines) -> list[Operation]:
    """Return the requests that give the lines what the step wants.

    Raises DocumentRefused when NAV has fewer lines than were written: somebody changed them.
    """
    operations = []
    for wanted in step.content["lines"]:
        if wanted["place"] >= len(lines):
            raise DocumentRefused(
                "The document has fewer lines in NAV than were written.", code="changed_in_ledger"
            )
        line = lines[wanted["place"]]
        current = line.get("dimensionSetLines") or ()
        for name, value, row in dimension_changes(wanted["dimensions"], current):
            operations.append(
                requests.add_dimension(desk.books, line_set, str(line["id"]), name, value)
                if row is None
                else requests.change_dimension(desk.books, line_set, str(line["id"]), row, value)
            )
    return operations


def _write(desk: Desk, operations: Sequence[Operation]) -> None:
    for group in odata.in_groups(operations, MOST_OPERATIONS):
        desk.all_or_nothing(requests.numbered(group))
