"""The read-back of journal entries through pages: waiting in their batch, or posted meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from connectors.base import Found, Step, Written
from connectors.nav import odata, posted_entries
from connectors.nav.client import Row
from connectors.nav.lookup import Answers, Asked
from connectors.nav.pages import entries
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import record
from connectors.nav.pages.compare import line_differences
from connectors.nav.pages.desk import Desk
from connectors.nav.posted_entries import Posting


def find(desk: Desk, asked: Asked) -> Answers:
    """Find entries in their batch, and in the ledger once finance posted them; what neither shows
    is asked for once more by its line numbers.

    Of an entry that is there in part the rest is added by sending it again.
    """
    waiting: dict[str, list[Row]] = {}
    for batch in sorted({step.content["batch"] for step, _ in asked}):
        numbers = [_number(step) for step, _ in asked if step.content["batch"] == batch]
        waiting |= entries.waiting(desk, batch, numbers)
    posted = posted_of(desk, [step for step, _ in asked])
    for batch in sorted({step.content["batch"] for step, _ in asked}):
        unseen = [
            step
            for step, _ in asked
            if step.content["batch"] == batch
            and not (waiting[_number(step)] or posted[_number(step)])
        ]
        waiting |= entries.in_places(desk, batch, unseen) if unseen else {}
    answers = []
    for step, _ in asked:
        found = _waiting(desk, step, waiting[_number(step)])
        if posted[_number(step)]:
            found.append(_booked(desk, step, posted[_number(step)]))
        answers.append(found)
    return answers


def posted_of(desk: Desk, steps: Sequence[Step]) -> dict[str, list[Row]]:
    """Return what is posted of entries, whoever posted it, by document number."""
    seen = entries.of_numbers(desk, map(_number, steps))
    return {
        _number(step): posted_entries.of_journal(_wanted(step), seen[_number(step)], _posting)
        for step in steps
    }


def _number(step: Step) -> str:
    return str(step.content["document_number"])


def _waiting(desk: Desk, step: Step, rows: Sequence[Row]) -> list[Found]:
    there = {int(row["Line_No"]): row for row in rows}
    attempt = entries.place_of(step.content, rows)
    lines = entries.bodies(desk.books.known_template(step.content["batch"]), step.content, attempt)
    lines = [{k: v for k, v in line.items() if k != "Journal_Template_Name"} for line in lines]
    other = line_differences(lines, there)
    if len(rows) > int(step.content["count"]):
        other.append("lines")
    own = [there[line["Line_No"]] for line in lines if line["Line_No"] in there]
    if not own or (len(own) < len(lines) and not other):
        return []
    written = entries.written(desk, step, own)
    return [Found(written, not other, tuple(other), {"lines": [dict(row) for row in own]})]


def _booked(desk: Desk, step: Step, rows: Sequence[Row]) -> Found:
    is_whole = int(step.content["count"]) <= len(step.content["lines"])
    theirs = [_posting(row) for row in rows]
    other = posted_entries.differences(_wanted(step), theirs, is_whole=is_whole)
    service = desk.books.services.need(pages.LEDGER_ENTRY)
    entry = int(rows[0]["Entry_No"])
    written = Written(
        remote_id=f"{step.content['batch']}|{_number(step)}",
        number=_number(step),
        status="posted",
        url=desk.url(desk.books.path(record(service.name, {"Entry_No": entry}))),
        facts={"posted": True, "entry_ids": [str(row["Entry_No"]) for row in rows]},
    )
    return Found(written, not other, other, {"entries": [dict(row) for row in rows]})


def _wanted(step: Step) -> list[Posting]:
    return [
        Posting(
            account=line["Account_No"],
            amount=Decimal(line["Amount"]),
            posted_on=odata.parse_date(line.get("Posting_Date")),
            external_number=str(line.get("External_Document_No") or ""),
        )
        for line in step.content["lines"]
    ]


def _posting(row: Row) -> Posting:
    return Posting(
        account=str(row.get("G_L_Account_No") or ""),
        amount=odata.parse_number(row.get("Amount") or 0),
        posted_on=odata.parse_date(row.get("Posting_Date")),
        external_number=str(row.get("External_Document_No") or ""),
        document_type=odata.decode_enum(row.get("Document_Type")),
    )
