"""Lines of journal entries: their place in the batch, what waits there, what was posted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import Key, record
from connectors.nav.pages.desk import Desk
from connectors.nav.translate import line_numbers

PLACES = 3


def bodies(template: str, content: Mapping[str, Any], attempt: int = 0) -> list[dict[str, Any]]:
    """Return the lines of a step as they are sent, at the given place of the batch."""
    lines = list(content["lines"])
    numbers = [int(line["Line_No"]) for line in lines]
    if attempt:
        first = int(content["first"])
        numbers = line_numbers(content["document_number"], first + len(lines), attempt)[first:]
    head = {"Journal_Template_Name": template, "Journal_Batch_Name": content["batch"]}
    return [
        {**head, **line, "Line_No": number} for line, number in zip(lines, numbers, strict=True)
    ]


def place_of(content: Mapping[str, Any], there: Sequence[Row]) -> int:
    """Return which place of the batch lines of this document have; the first without any."""
    numbers = {int(row["Line_No"]) for row in there}
    for attempt in range(1, PLACES):
        if numbers & set(line_numbers(content["document_number"], content["count"], attempt)):
            return attempt
    return 0


def waiting(desk: Desk, batch: str, documents: Iterable[str]) -> dict[str, list[Row]]:
    """Return the lines that wait in a batch by document number, each in the order of its lines."""
    wanted = sorted(set(documents))
    found: dict[str, list[Row]] = {number: [] for number in wanted}
    for group in odata.in_groups(wanted):
        for row in _in_batch(desk, batch, odata.any_of("Document_No", group)):
            number = odata.key_of(row, "Document_No")
            if number in found:
                found[number].append(row)
    return found


def in_places(desk: Desk, batch: str, steps: Sequence[Step]) -> dict[str, list[Row]]:
    """Return the lines of those entries that stand where this connector puts them."""
    places = {
        (str(step.content["document_number"]), numbers[int(step.content["first"])]): numbers
        for step in steps
        for numbers in (_numbers(step.content, attempt) for attempt in range(PLACES))
    }
    found: dict[str, list[Row]] = {}
    firsts = sorted({first for _, first in places})
    for group in odata.in_groups(firsts, 2 * odata.KEYS_PER_LOOKUP):
        for row in _in_batch(desk, batch, odata.any_of("Line_No", group)):
            number = odata.key_of(row, "Document_No")
            numbers = places.get((number, int(row["Line_No"])))
            if numbers:
                found[number] = of_document(occupants(desk, batch, numbers), number)
    return found


def occupants(desk: Desk, batch: str, numbers: Sequence[int]) -> list[Row]:
    """Return the lines from the first to the last of these numbers, whoever they belong to."""
    condition = f"Line_No ge {min(numbers)} and Line_No le {max(numbers)}"
    return _in_batch(desk, batch, condition)


def of_document(rows: Iterable[Row], number: str) -> list[Row]:
    return [row for row in rows if odata.key_of(row, "Document_No") == odata.code(number)]


def _in_batch(desk: Desk, batch: str, condition: str) -> list[Row]:
    """Read lines of a batch in their order."""
    _, service = desk.books.services.journal()
    params = {"$filter": odata.both(odata.equals("Journal_Batch_Name", batch), condition)}
    rows = desk.client.rows(desk.path(service), params, primary=True)
    return sorted(rows, key=lambda row: int(row.get("Line_No") or 0))


def _numbers(content: Mapping[str, Any], attempt: int) -> list[int]:
    """Return the line numbers that a whole entry has in a place of its batch."""
    count = int(content["count"])
    if attempt:
        return line_numbers(content["document_number"], count, attempt)
    first = int(content["lines"][0]["Line_No"]) - int(content["first"])
    return list(range(first, first + count))


def posted(desk: Desk, documents: Iterable[str]) -> dict[str, list[Row]]:
    """Return the ledger entries of journals with these document numbers, as far as page 20 is
    published; purchase documents that bear the same number have a document type and are left out.
    """
    wanted = sorted(set(documents))
    found: dict[str, list[Row]] = {number: [] for number in wanted}
    service = desk.books.services.get(pages.LEDGER_ENTRY)
    if service is None:
        return found
    for group in odata.in_groups(wanted):
        condition = odata.any_of("Document_No", group)
        rows = desk.client.rows(desk.path(service), {"$filter": condition}, primary=True)
        for row in rows:
            number = odata.key_of(row, "Document_No")
            if number in found and not odata.decode_enum(row.get("Document_Type")):
                found[number].append(row)
    return found


def written(desk: Desk, step: Step, rows: Sequence[Row]) -> Written:
    """Return lines that wait in the batch as a confirmed effect; the first one stands for them."""
    batch = step.content["batch"]
    first = rows[0]
    template = str(first.get("Journal_Template_Name") or desk.books.known_template(batch))
    key: Key = {
        "Journal_Template_Name": template,
        "Journal_Batch_Name": batch,
        "Line_No": int(first["Line_No"]),
    }
    _, service = desk.books.services.journal()
    return Written(
        remote_id=f"{batch}|{int(first['Line_No'])}",
        number=str(step.content["document_number"]),
        status="open",
        url=desk.url(desk.books.path(record(service.name, key))),
        facts={"batch": batch, "line_ids": [str(int(row["Line_No"])) for row in rows]},
    )
