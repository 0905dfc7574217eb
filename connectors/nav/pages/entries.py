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
    _, service = desk.books.services.journal()
    for group in odata.in_groups(wanted):
        numbers = odata.any_of("Document_No", group)
        condition = odata.both(odata.equals("Journal_Batch_Name", batch), numbers)
        rows = desk.client.rows(desk.path(service), {"$filter": condition}, primary=True)
        for row in rows:
            number = odata.code(str(row.get("Document_No") or ""))
            if number in found:
                found[number].append(row)
    for rows in found.values():
        rows.sort(key=lambda row: int(row.get("Line_No") or 0))
    return found


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
            number = odata.code(str(row.get("Document_No") or ""))
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
