"""Sending a journal entry: all its lines in one transaction, under line numbers of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.errors import Conflict, NotFound, TemporaryError, UnknownOutcome
from connectors.nav import journals, odata, requests
from connectors.nav.client import record_of
from connectors.nav.desk import Desk
from connectors.nav.errors import DUPLICATE_KEY
from connectors.nav.places import PLACES, LineNames
from connectors.nav.translate import line_numbers

NAMES = LineNames(line="lineNumber", document="documentNumber")


def send_entry(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Send the lines of an entry once.

    When NAV says that a line number is taken, and shows whose lines are there, and these are not
    this document's, the lines go to another place of the batch: nothing was applied, so this
    repeats nothing. Raises Conflict when lines of this document are there, or nobody's are shown.
    """
    content = step.content
    journal = desk.books.batch(content["batch"])
    attempt = int(known.get("slot_attempt") or 0)
    while True:
        numbers = _numbers(content, attempt)
        operations = requests.journal_lines(desk.books, step, journal.id, numbers)
        try:
            records = [record_of(body) for body in desk.all_or_nothing(operations)]
            return written(desk, step, journal.id, records, slot_attempt=attempt)
        except NotFound as error:
            desk.books.forget_batch(content["batch"])
            raise TemporaryError(
                f"The journal batch {content['batch']} is gone; nothing was written.",
                code="journal_batch_gone",
                detail=error.detail,
            ) from error
        except Conflict as error:
            if not _place_is_taken_by_another(desk, step, journal.id, attempt, error):
                raise
            attempt += 1


def _numbers(content: Mapping[str, Any], attempt: int) -> list[int]:
    """Return the line numbers of another place; none where the plan's own are right."""
    if not attempt:
        return []
    first, count = int(content["first"]), len(content["lines"])
    return line_numbers(content["document_number"], first + count, attempt)[first:]


def _place_is_taken_by_another(
    desk: Desk, step: Step, batch_id: str, attempt: int, error: Conflict
) -> bool:
    """Ask who has the line numbers themselves: a look-up by document number would be a second
    question, and a ledger that leaves rows out of its answer would have us write twice."""
    if error.code != DUPLICATE_KEY or step.content["first"] or attempt + 1 >= PLACES:
        return False
    numbers = NAMES.numbers(step.content, attempt)
    there = journals.lines_between(desk.client, desk.company_id, batch_id, numbers)
    owners = {odata.key_of(row, "documentNumber") for row in there}
    return bool(owners) and odata.key(step.content["document_number"]) not in owners


def written(
    desk: Desk, step: Step, batch_id: str, records: Sequence[Mapping[str, Any]], **facts: Any
) -> Written:
    """Return lines that wait in the batch as a confirmed effect; raises UnknownOutcome when they
    are another document's."""
    number = step.content["document_number"]
    if not all(odata.same_code(record.get("documentNumber"), number) for record in records):
        raise UnknownOutcome("NAV's answer shows lines of another document.")
    ids = [str(record["id"]) for record in records]
    return Written(
        remote_id=ids[0],
        number=number,
        status="open",
        url=desk.url("journalLines", ids[0]),
        facts={"line_ids": ids, "batch": step.content["batch"], "batch_id": batch_id, **facts},
    )
