"""The read-back of journal entries: waiting in their batch, or posted by finance meanwhile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.base import Found, Step, Written
from connectors.nav import entries, journals, odata
from connectors.nav.compare import line_differences
from connectors.nav.desk import Desk

Asked = Sequence[tuple[Step, Mapping[str, Any]]]
Row = Mapping[str, Any]


def find(desk: Desk, asked: Asked) -> list[list[Found]]:
    """Find entries by document number in the batch and in the ledger.

    Found in the ledger is as good: finance has posted it (reliability 1.1).
    """
    waiting: dict[str, list[Row]] = {}
    batch_ids: dict[str, str] = {}
    for name in sorted({step.content["batch"] for step, _ in asked}):
        journal = desk.books.existing_batch(name)
        if journal is not None:
            batch_ids[name] = journal.id
            numbers = [_number(step) for step, _ in asked if step.content["batch"] == name]
            waiting |= journals.lines_of_documents(
                desk.client, desk.company_id, journal.id, numbers
            )
    posted = journals.posted_entries(desk.client, desk.company_id, [_number(s) for s, _ in asked])
    answers = []
    for step, _ in asked:
        number = _number(step)
        found = []
        lines = _part(step, waiting.get(number, []))
        if lines:
            found.append(_waiting(desk, step, batch_ids[step.content["batch"]], lines))
        if posted.get(number):
            found.append(_posted(desk, step, posted[number]))
        answers.append(found)
    return answers


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
    """Compare what was booked per account: finance may have changed texts and dates.

    Of an entry in parts only that its accounts are there can be said.
    """
    lines = step.content["lines"]
    ours = _by_account((line["accountNumber"], Decimal(line["amount"])) for line in lines)
    theirs = _by_account((row.get("accountNumber"), _amount(row)) for row in rows)
    if int(step.content["count"]) > len(lines):
        wrong = set(ours) - set(theirs)
    else:
        wrong = {each for each in ours | theirs if ours.get(each) != theirs.get(each)}
    other = sorted(f"account {account}" for account in wrong)
    first = rows[0]
    written = Written(
        remote_id=str(first["id"]),
        number=_number(step),
        status="posted",
        url=desk.url("generalLedgerEntries", str(first["id"])),
        facts={"posted": True, "entry_ids": [str(row["id"]) for row in rows]},
    )
    return Found(written, not other, tuple(other), {"entries": [dict(row) for row in rows]})


def _by_account(pairs: Any) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for account, amount in pairs:
        name = odata.code(str(account or ""))
        sums[name] = sums.get(name, Decimal(0)) + amount
    return {account: amount for account, amount in sums.items() if amount}


def _amount(row: Row) -> Decimal:
    debit = odata.parse_number(row.get("debitAmount") or 0)
    return debit - odata.parse_number(row.get("creditAmount") or 0)
