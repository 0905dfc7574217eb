"""Deleting drafts and waiting journal lines of ours through pages, as `connectors.nav.withdraw`.

A posted document is another record here, and only its own page shows it: what is gone from the
drafts counts as withdrawn only where that page (138 for invoices, 20 for entries) shows nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connectors.base import Effect, Found, Step, Written
from connectors.errors import Conflict, NotFound, UnknownOutcome
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.lookup import Asked
from connectors.nav.pages import columns, entries, find_entries
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import Key, etag_of, record
from connectors.nav.pages.compare import differences
from connectors.nav.pages.desk import Desk, known_number
from connectors.nav.pages.inspect import inspect
from connectors.standing import Deviating, Deviation
from connectors.withdrawing import cannot_be_seen, changed, effect_of, posted, touched


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Take back an effect. Raises DocumentRefused for what is posted, ChangedInLedger for what
    somebody worked on."""
    effect = _effect(desk, step)
    if step.kind == kinds.JOURNAL:
        return _delete_lines(desk, effect)
    draft = _draft(desk, effect)
    [seen] = inspect(desk, [effect])
    if draft is None or seen.posted:
        return _gone_unposted(desk, effect)
    found = touched(seen.deviations)
    if found:
        raise changed(_name(effect), found)
    _delete(desk, _path(desk, effect), draft, _name(effect))
    return _gone(effect)


def find(desk: Desk, asked: Asked) -> list[list[Found]]:
    """Say whether what was to be taken back is gone; what still stands may be asked again."""
    answers = []
    for step, _ in asked:
        effect = _effect(desk, step)
        is_journal = step.kind == kinds.JOURNAL
        there = _waiting(desk, effect) if is_journal else _draft(desk, effect)
        answers.append([] if there else [Found(_gone_unposted(desk, effect), same=True)])
    return answers


def _effect(desk: Desk, step: Step) -> Effect:
    return columns.placed_effect(effect_of(step), desk.books.setup())


def _gone_unposted(desk: Desk, effect: Effect) -> Written:
    """Return the confirmation for what is no draft any more. Raises DocumentRefused where it was
    posted, or where that cannot be seen."""
    what = _name(effect)
    if effect.kind == kinds.JOURNAL:
        if desk.books.services.get(pages.LEDGER_ENTRY) is None:
            raise cannot_be_seen(what, "20")
        if _is_posted(desk, effect):
            raise posted(what)
        return _gone(effect)
    if effect.kind != kinds.INVOICE:
        raise cannot_be_seen(what, "140")
    if desk.books.services.get(pages.POSTED_INVOICE) is None:
        raise cannot_be_seen(what, "138")
    [seen] = inspect(desk, [effect])
    if seen.posted:
        raise posted(what)
    return _gone(effect)


def _draft(desk: Desk, effect: Effect) -> Row | None:
    try:
        return desk.client.get(_path(desk, effect), primary=True)
    except NotFound:
        return None


def _path(desk: Desk, effect: Effect) -> str:
    document_type = str(effect.known.get("document_type") or "")
    return desk.record_path(effect.kind, known_number(effect.known), document_type)


def _delete(desk: Desk, path: str, row: Row, what: str) -> None:
    try:
        desk.client.remove(path, etag_of(row) or "*")
    except Conflict as error:
        found = Deviation(Deviating.CHANGED, "version", "as we wrote it", "changed just now")
        raise changed(what, [found]) from error
    except NotFound as error:
        raise UnknownOutcome(f"{what} was gone before it was deleted.") from error


def _gone(effect: Effect) -> Written:
    return Written(str(effect.known["id"]), str(effect.known.get("number") or ""))


def _name(effect: Effect) -> str:
    number = effect.known.get("number") or effect.known.get("id")
    return f"{effect.kind.replace('_', ' ').capitalize()} {number}"


# Journals.


def _number(effect: Effect) -> str:
    return odata.code(str(effect.steps[0].content["document_number"]))


def _waiting(desk: Desk, effect: Effect) -> list[Row]:
    number = _number(effect)
    return entries.waiting(desk, effect.steps[0].content["batch"], [number])[number]


def _is_posted(desk: Desk, effect: Effect) -> bool:
    return any(find_entries.posted_of(desk, effect.steps).values())


def _delete_lines(desk: Desk, effect: Effect) -> Written:
    """Delete an entry's lines one by one; a later attempt goes on with those that are left."""
    rows = _waiting(desk, effect)
    if not rows:
        return _gone_unposted(desk, effect)
    if _is_posted(desk, effect):
        raise posted(_name(effect))
    found = _strange(effect, rows)
    if found:
        raise changed(_name(effect), found)
    _, service = desk.books.services.journal()
    batch = effect.steps[0].content["batch"]
    for row in rows:
        template = row.get("Journal_Template_Name") or desk.books.known_template(batch)
        key: Key = {
            "Journal_Template_Name": str(template),
            "Journal_Batch_Name": str(batch),
            "Line_No": int(row["Line_No"]),
        }
        path = desk.books.path(record(service.name, key))
        _delete(desk, path, row, _name(effect))
    return _gone(effect)


def _strange(effect: Effect, rows: Sequence[Row]) -> list[Deviation]:
    """Return lines that are none of those we wrote."""
    left = [line for step in effect.steps for line in step.content["lines"]]
    found = []
    for row in rows:
        own = next((line for line in left if not differences(line, row)), None)
        if own is None:
            text = f"{row.get('Account_No')} {row.get('Amount')}"
            found.append(Deviation(Deviating.CHANGED, "lines", "as we wrote them", text))
        else:
            left.remove(own)
    return found
