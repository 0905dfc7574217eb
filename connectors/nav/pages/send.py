"""Carrying out steps through pages: one request for a header, one for each line.

There is no transaction over several requests, so a step of lines first reads what is there and adds
what is missing; sent again it goes on where it ended. A line that is there twice is refused by its
key (document and line number, or journal batch and line number).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.errors import Conflict, ConnectorError, DocumentRefused, UnknownOutcome
from connectors.nav import kinds
from connectors.nav.client import Row
from connectors.nav.desk import missing_means_refused
from connectors.nav.errors import DUPLICATE_KEY
from connectors.nav.kinds import SEQUENCE_STEP
from connectors.nav.order_compare import check_left
from connectors.nav.pages import columns, entries, order_changes, withdraw
from connectors.nav.pages.compare import differences, line_differences
from connectors.nav.pages.desk import Desk, known_number
from connectors.nav.places import PLACES
from connectors.nav.steps import base_operation
from connectors.withdrawing import WITHDRAW

Result = Written | Exception
NO_SUCH_CODE = "Internal_InvalidTableRelation"


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Carry out a step. Raises DocumentRefused (its child Conflict: look first), TemporaryError,
    UnknownOutcome or ConfigurationError, ValueError for a step that is none of ours.

    Where nothing says which columns its dimensions have, a refusal lets it try the other one.
    """
    setup = desk.books.setup()
    step = columns.placed(step, setup)
    try:
        return desk.learned(step, _carry_out(desk, step, known))
    except DocumentRefused as refused:
        other = columns.other_way(step, setup)
        if other is None:
            raise
        return desk.learned(other, _other_way(desk, other, known, refused))


def _other_way(
    desk: Desk, step: Step, known: Mapping[str, Any], refused: DocumentRefused
) -> Written:
    """Carry out a step in other columns; raises the first refusal when it is refused there too."""
    try:
        return _carry_out(desk, step, known)
    except DocumentRefused:
        if refused.code == NO_SUCH_CODE:
            refused.message += f" If a dimension's value is meant: {columns.FIX}."
        raise refused from None


def _carry_out(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    operation = base_operation(step.operation)
    if operation == WITHDRAW:
        return withdraw.send(desk, step, known)
    if step.kind == kinds.JOURNAL and operation == kinds.CREATE:
        return _send_entry(desk, step)
    if operation == kinds.CREATE:
        check_left(step, known)
        with missing_means_refused():
            path = desk.path(desk.service(step.kind))
            return desk.confirm(step, desk.client.create(path, step.content["body"], "No"))
    if operation == kinds.UPDATE:
        return _change(desk, step)
    if operation == kinds.CHANGE:
        return order_changes.send(desk, step, known)
    if operation == kinds.LINES:
        return _send_lines(desk, step, known)
    raise ValueError(f"no such step through pages: {step.kind} {step.operation}")


def send_many(desk: Desk, work: Sequence[tuple[Step, Mapping[str, Any]]]) -> list[Result]:
    """Carry out independent steps one after the other; an error stands in the place of its step."""
    results: list[Result] = []
    for step, known in work:
        try:
            results.append(send(desk, step, known))
        except ConnectorError as error:
            results.append(error)
    return results


def _change(desk: Desk, step: Step) -> Written:
    number = str(step.content["id"])
    path = desk.record_path(step.kind, number)
    row = desk.client.change(path, step.content["body"], str(step.content["etag"]), "No")
    return desk.confirm(step, row or {"No": number})


# Lines.


def _send_lines(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Add the lines of a document that are not there yet, in their order."""
    if known.get("posted"):
        return desk.later(step, known)
    wanted = step.content["lines"]
    there = desk.lines(step.kind, known)
    if strangers(step, there):
        raise Conflict(
            f"The document {known_number(known)} holds lines that are not ours.",
            code="changed_in_ledger",
        )
    other = line_differences(wanted, there)
    if other:
        raise Conflict("Lines in NAV differ from ours.", code=DUPLICATE_KEY, detail=str(other[:20]))
    path = desk.lines_path(step.kind, known)
    missing = [line for line in wanted if line["Line_No"] not in there]
    with missing_means_refused():
        _add(desk, path, missing, len(there), int(step.content["count"]), known_number(known))
    return desk.later(step, known)


def strangers(step: Step, there: Mapping[int, Row]) -> list[int]:
    """Return the numbers of lines that no step of the document wanted."""
    ours = {place * SEQUENCE_STEP for place in range(1, int(step.content["count"]) + 1)}
    return [number for number in there if number not in ours]


def _add(
    desk: Desk,
    path: str,
    lines: Sequence[Mapping[str, Any]],
    there: int,
    count: int,
    document: str,
) -> list[Row]:
    """Send lines one after another; a refusal says what is left of the document."""
    rows = []
    for line in lines:
        try:
            row = desk.client.create(path, line, "Line_No")
        except Conflict:
            raise
        except DocumentRefused as error:
            raise _incomplete(error, document, there + len(rows), count) from error
        if int(row["Line_No"]) != int(line["Line_No"]):
            raise UnknownOutcome(
                f"NAV gave a line another number: {row['Line_No']} for {line['Line_No']}."
            )
        rows.append(row)
    return rows


def _incomplete(error: DocumentRefused, document: str, taken: int, count: int) -> DocumentRefused:
    return DocumentRefused(
        f"{error.message} In NAV {document} has {taken} of {count} lines.",
        code=error.code,
        detail=error.detail,
        status=error.status,
        request_id=error.request_id,
    )


# Journals.


def _send_entry(desk: Desk, step: Step) -> Written:
    """Send the lines of an entry that do not wait in the batch yet.

    Where another document has taken the place, the lines go to the next one; what is there of this
    document says which place it has. Who has taken it is asked by the line numbers themselves: a
    ledger that leaves rows out of one answer does not make us write twice.
    """
    content = step.content
    number = str(content["document_number"])
    there = entries.waiting(desk, content["batch"], [number])[number]
    attempt = entries.place_of(content, there)
    _, service = desk.books.services.journal()
    path = desk.path(service)
    while True:
        lines = entries.bodies(desk.books.template(content["batch"]), content, attempt)
        present = {int(row["Line_No"]): row for row in there}
        for line in lines:
            row = present.get(line["Line_No"])
            if row is not None and differences(line, row):
                raise Conflict("Lines in NAV differ from ours.", code=DUPLICATE_KEY)
        missing = [line for line in lines if line["Line_No"] not in present]
        try:
            with missing_means_refused():
                rows = _add(desk, path, missing, len(there), int(content["count"]), number)
        except Conflict as error:
            if error.code != DUPLICATE_KEY or there or attempt + 1 >= PLACES:
                raise
            taken = entries.occupants(desk, content["batch"], [n["Line_No"] for n in lines])
            there = entries.NAMES.of_document(taken, number)
            if there or not taken:
                raise
            attempt += 1
            continue
        present |= {int(row["Line_No"]): row for row in rows}
        return entries.written(desk, step, [present[line["Line_No"]] for line in lines])
