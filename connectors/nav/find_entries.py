"""The read-back of journal entries: waiting in their batch, or posted by finance meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from connectors.base import Found, Step, Written
from connectors.nav import entries, journals, odata, posted_entries
from connectors.nav.client import Row
from connectors.nav.compare import line_differences
from connectors.nav.desk import Desk
from connectors.nav.lookup import Asked
from connectors.nav.places import entries_in_places
from connectors.nav.posted_entries import Posting


def find(desk: Desk, asked: Asked) -> list[list[Found]]:
    """Find entries by document number in the batch and in the ledger, else by their places.

    Found in the ledger is as good: finance has posted it (reliability 1.1). What neither shows is
    free to be written, so it is asked for once more in another way, by the line numbers that it
    would have: a ledger that leaves rows out of one answer does not make us write twice.
    """
    steps = [step for step, _ in asked]
    batches = {name: _batches(desk, asked, name) for name in {s.content["batch"] for s in steps}}
    posted = posted_of(desk, steps)
    waiting = _look(desk, batches, steps, _by_number)
    unseen = [s for s in steps if _number(s) not in waiting and not posted[_number(s)]]
    waiting |= _look(desk, batches, unseen, _by_place)
    answers = []
    for step in steps:
        number = _number(step)
        found = []
        batch_id, rows = waiting.get(number, ("", []))
        lines = _part(step, rows)
        if lines:
            found.append(_waiting(desk, step, batch_id, lines))
        if posted[number]:
            found.append(_posted(desk, step, posted[number]))
        answers.append(found)
    return answers


def posted_of(desk: Desk, steps: Sequence[Step]) -> dict[str, list[Row]]:
    """Return what is posted of entries, whoever posted it, by document number."""
    seen = journals.entries_of(desk.client, desk.company_id, map(_number, steps))
    return {
        _number(step): posted_entries.of_journal(_wanted(step), seen[_number(step)], _posting)
        for step in steps
    }


def _batches(desk: Desk, asked: Asked, name: str) -> list[str]:
    """Return the id of a batch. Where none has this name any more, those of all batches if lines
    may have been sent to it: a batch that was renamed keeps its lines."""
    journal = desk.books.existing_batch(name)
    if journal is not None:
        return [journal.id]
    was_sent = any(known.get("sent_at") for step, known in asked if step.content["batch"] == name)
    every = journals.all_batches(desk.client, desk.company_id) if was_sent else []
    return [each.id for each in every]


def _look(
    desk: Desk,
    batches: Mapping[str, Sequence[str]],
    steps: Sequence[Step],
    ask: Callable[[Desk, str, Sequence[Step]], Mapping[str, list[Row]]],
) -> dict[str, tuple[str, list[Row]]]:
    """Return the lines of those entries that a question finds, with the id of their batch."""
    found: dict[str, tuple[str, list[Row]]] = {}
    for name, ids in batches.items():
        wanted = [step for step in steps if step.content["batch"] == name]
        for batch_id in ids if wanted else ():
            lines = ask(desk, batch_id, wanted)
            found |= {number: (batch_id, rows) for number, rows in lines.items() if rows}
    return found


def _by_number(desk: Desk, batch_id: str, steps: Sequence[Step]) -> Mapping[str, list[Row]]:
    numbers = map(_number, steps)
    return journals.lines_of_documents(desk.client, desk.company_id, batch_id, numbers)


def _by_place(desk: Desk, batch_id: str, steps: Sequence[Step]) -> Mapping[str, list[Row]]:
    """Return the entries whose lines stand where this connector puts them."""
    client, company = desk.client, desk.company_id
    return entries_in_places(
        entries.NAMES,
        steps,
        at=lambda numbers: journals.lines_at(client, company, batch_id, numbers),
        between=lambda numbers: journals.lines_between(client, company, batch_id, numbers),
    )


def _number(step: Step) -> str:
    return str(step.content["document_number"])


def _part(step: Step, lines: list[Row]) -> list[Row]:
    """Return those lines of an entry that this step wanted: a long entry goes out in parts, and
    what the last part did not want is a difference of its own."""
    first = int(step.content["first"])
    end = first + len(step.content["lines"])
    return lines[first:] if end >= int(step.content["count"]) else lines[first:end]


def _waiting(desk: Desk, step: Step, batch_id: str, lines: Sequence[Row]) -> Found:
    other = line_differences(step.content["lines"], lines)
    written = entries.written(desk, step, batch_id, lines)
    return Found(written, not other, tuple(other), {"lines": [dict(line) for line in lines]})


def _posted(desk: Desk, step: Step, rows: Sequence[Row]) -> Found:
    is_whole = int(step.content["count"]) <= len(step.content["lines"])
    theirs = [_posting(row) for row in rows]
    other = posted_entries.differences(_wanted(step), theirs, is_whole=is_whole)
    first = rows[0]
    written = Written(
        remote_id=str(first["id"]),
        number=_number(step),
        status="posted",
        url=desk.url("generalLedgerEntries", str(first["id"])),
        facts={"posted": True, "entry_ids": [str(row["id"]) for row in rows]},
    )
    return Found(written, not other, other, {"entries": [dict(row) for row in rows]})


def _wanted(step: Step) -> list[Posting]:
    return [
        Posting(
            account=line["accountNumber"],
            amount=Decimal(line["amount"]),
            posted_on=odata.parse_date(line["postingDate"]),
            external_number=line["externalDocumentNumber"],
        )
        for line in step.content["lines"]
    ]


def _posting(row: Row) -> Posting:
    debit = odata.parse_number(row.get("debitAmount") or 0)
    return Posting(
        account=str(row.get("accountNumber") or ""),
        amount=debit - odata.parse_number(row.get("creditAmount") or 0),
        posted_on=odata.parse_date(row.get("postingDate")),
        document_type=odata.decode_enum(row.get("documentType")),
    )
