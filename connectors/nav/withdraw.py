"""Deleting drafts and waiting journal lines of ours, in the version that was just found untouched.

A DELETE names the version (`If-Match`); what was posted or changed meanwhile is refused. Where the
outcome is not known, what is gone and not posted was withdrawn (NAV contract 3.4, 4.3, 5.2).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from connectors.base import Effect, Found, Step, Written
from connectors.errors import Conflict, NotFound, UnknownOutcome
from connectors.nav import find_entries, journals, kinds, odata, requests
from connectors.nav.batch import MOST_OPERATIONS, Operation
from connectors.nav.compare import differences, dimension_changes
from connectors.nav.desk import Desk
from connectors.nav.inspect import inspect
from connectors.nav.lookup import Asked
from connectors.nav.posting import is_posted
from connectors.nav.steps import base_operation
from connectors.standing import Deviating, Deviation
from connectors.withdrawing import changed, effect_of, posted, touched

Row = Mapping[str, Any]


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Take back an effect. Raises DocumentRefused for what is posted, ChangedInLedger for what
    somebody worked on."""
    effect = effect_of(step)
    if step.kind == kinds.JOURNAL:
        return _delete_lines(desk, effect)
    try:
        return _delete_draft(desk, effect)
    except Conflict:
        # Reading may give a draft another version (NAV contract 4.1): looked at once more.
        with _changed_if_conflicting(_name(effect)):
            return _delete_draft(desk, effect)


def _delete_draft(desk: Desk, effect: Effect) -> Written:
    """Delete a draft in the version that was read. Raises Conflict when it has another one."""
    record_id = requests.known_id(effect.known)
    what = _name(effect)
    try:
        record = desk.document(effect.kind, record_id)
    except NotFound:
        return gone(effect)
    [seen] = inspect(desk, [effect])
    if is_posted(record) or seen.posted:
        raise posted(what)
    found = touched(seen.deviations)
    if found:
        raise changed(what, found)
    path = desk.path(requests.entity_set(effect.kind), record_id)
    with _gone_if_missing(what):
        desk.client.change("DELETE", path, etag=_version(record)["If-Match"])
    return gone(effect)


def find(desk: Desk, asked: Asked) -> list[list[Found]]:
    """Say whether what was to be taken back is gone; what still stands may be asked again."""
    return [_found(desk, effect_of(step)) for step, _ in asked]


def gone(effect: Effect) -> Written:
    return Written(str(effect.known["id"]), str(effect.known.get("number") or ""))


def _found(desk: Desk, effect: Effect) -> list[Found]:
    if effect.kind == kinds.JOURNAL:
        if _waiting(desk, effect):
            return []
        _not_posted(desk, effect)
        return [Found(gone(effect), same=True)]
    try:
        record = desk.document(effect.kind, requests.known_id(effect.known))
    except NotFound:
        return [Found(gone(effect), same=True)]
    if is_posted(record):
        raise posted(_name(effect))
    return []


@contextmanager
def _changed_if_conflicting(what: str) -> Iterator[None]:
    """A version that is no longer the newest means that nothing was deleted."""
    try:
        yield
    except Conflict as error:
        found = Deviation(Deviating.CHANGED, "version", "as we wrote it", "changed just now")
        raise changed(what, [found]) from error


@contextmanager
def _gone_if_missing(what: str) -> Iterator[None]:
    """A record that is gone is looked for."""
    try:
        yield
    except NotFound as error:
        raise UnknownOutcome(f"{what} was gone before it was deleted.") from error


def _version(record: Row) -> dict[str, str]:
    return {"If-Match": str(record.get("@odata.etag") or "*")}


def _name(effect: Effect) -> str:
    number = effect.known.get("number") or effect.known.get("id")
    return f"{effect.kind.replace('_', ' ').capitalize()} {number}"


# Journals.


def _delete_lines(desk: Desk, effect: Effect) -> Written:
    """Delete the lines of an entry that wait in their batch, a hundred in one transaction."""
    rows = _waiting(desk, effect)
    _not_posted(desk, effect)
    found = _strange(effect, rows)
    if found:
        raise changed(_name(effect), found)
    operations = [
        Operation(
            str(place), "DELETE", desk.path("journalLines", str(row["id"])), None, _version(row)
        )
        for place, row in enumerate(rows, start=1)
    ]
    what = _name(effect)
    with _changed_if_conflicting(what), _gone_if_missing(what):
        for group in odata.in_groups(operations, MOST_OPERATIONS):
            desk.all_or_nothing(group)
    return gone(effect)


def _waiting(desk: Desk, effect: Effect) -> list[Row]:
    content = effect.steps[0].content
    batch = desk.books.existing_batch(content["batch"])
    if batch is None:
        return []
    number = odata.code(content["document_number"])
    lines = journals.lines_of_documents(
        desk.client, desk.company_id, batch.id, [number], expand="dimensionSetLines"
    )
    return lines[number]


def _not_posted(desk: Desk, effect: Effect) -> None:
    creates = [step for step in effect.steps if base_operation(step.operation) == kinds.CREATE]
    if any(find_entries.posted_of(desk, creates).values()):
        raise posted(_name(effect))


def _strange(effect: Effect, rows: Sequence[Row]) -> list[Deviation]:
    """Return lines that are none of those we wrote; fewer than we wrote are no hindrance, for an
    earlier attempt may have deleted some."""
    wanted = [
        line
        for step in effect.steps
        if base_operation(step.operation) == kinds.CREATE
        for line in step.content["lines"]
    ]
    values = {
        line["place"]: line["dimensions"]
        for step in effect.steps
        if base_operation(step.operation) == kinds.LINE_DIMENSIONS
        for line in step.content["lines"]
    }
    left = dict(enumerate(wanted))
    found = []
    for row in rows:
        current = row.get("dimensionSetLines") or ()
        place = next(
            (
                place
                for place, line in left.items()
                if not differences(line, row)
                and not dimension_changes(values.get(place, {}), current)
            ),
            None,
        )
        if place is None:
            text = f"{row.get('accountNumber')} {row.get('amount')}"
            found.append(Deviation(Deviating.CHANGED, "lines", "as we wrote them", text))
        else:
            del left[place]
    return found
