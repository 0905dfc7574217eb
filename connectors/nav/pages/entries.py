"""Lines of journal entries: their place in the batch, what waits there, what was posted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from connectors.base import Step, Written
from connectors.nav import odata
from connectors.nav.client import Row
from connectors.nav.lookup import rows_by_key
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import Key, record
from connectors.nav.pages.desk import Desk
from connectors.nav.places import PLACES, LineNames, entries_in_places
from connectors.nav.translate import line_numbers

NAMES = LineNames(line="Line_No", document="Document_No")


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
    return rows_by_key(
        NAMES.document, documents, lambda condition: _in_batch(desk, batch, condition)
    )


def in_places(desk: Desk, batch: str, steps: Sequence[Step]) -> dict[str, list[Row]]:
    """Return the lines of those entries that stand where this connector puts them."""

    def at(numbers: Sequence[int]) -> Iterator[Row]:
        for group in odata.in_groups(numbers, 2 * odata.KEYS_PER_LOOKUP):
            yield from _in_batch(desk, batch, odata.any_of(NAMES.line, group))

    return entries_in_places(
        NAMES, steps, at=at, between=lambda numbers: occupants(desk, batch, numbers)
    )


def occupants(desk: Desk, batch: str, numbers: Sequence[int]) -> list[Row]:
    """Return the lines from the first to the last of these numbers, whoever they belong to."""
    condition = f"Line_No ge {min(numbers)} and Line_No le {max(numbers)}"
    return _in_batch(desk, batch, condition)


def _in_batch(desk: Desk, batch: str, condition: str) -> list[Row]:
    """Read lines of a batch in their order."""
    _, service = desk.books.services.journal()
    params = {"$filter": odata.both(odata.equals("Journal_Batch_Name", batch), condition)}
    rows = desk.client.rows(desk.path(service), params, primary=True)
    return sorted(rows, key=lambda row: int(row.get("Line_No") or 0))


def posted(desk: Desk, documents: Iterable[str]) -> dict[str, list[Row]]:
    """Return the ledger entries of journals with these document numbers, as far as page 20 is
    published; purchase documents that bear the same number have a document type and are left out.
    """
    return {
        number: [row for row in rows if not odata.decode_enum(row.get("Document_Type"))]
        for number, rows in of_numbers(desk, documents).items()
    }


def of_numbers(desk: Desk, documents: Iterable[str]) -> dict[str, list[Row]]:
    """Return the ledger entries of these document numbers, whatever left them, as far as page 20 is
    published."""
    service = desk.books.services.get(pages.LEDGER_ENTRY)
    if service is None:
        return {number: [] for number in documents}
    path = desk.path(service)
    return rows_by_key(
        NAMES.document,
        documents,
        lambda condition: desk.client.rows(path, {"$filter": condition}, primary=True),
    )


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
