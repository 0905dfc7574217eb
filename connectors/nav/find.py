"""The read-back: is what we wanted to write at NAV already? (reliability 1.1)

Asked on the primary, up to 40 keys in one call with `or` on one field, matched exactly on our side.
Steps of one kind and operation belong together; the answers stand in the order of the steps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.base import Found, Step
from connectors.errors import DocumentRefused, UnexpectedAnswer
from connectors.nav import (
    dimensions,
    find_entries,
    kinds,
    odata,
    order_changes,
    requests,
    urls,
    withdraw,
)
from connectors.nav.client import Row
from connectors.nav.compare import differences, in_sequence, line_differences
from connectors.nav.desk import Desk
from connectors.nav.kinds import DocumentKind
from connectors.nav.lookup import Answers, Asked, by_kind_of_step, once_more
from connectors.nav.posting import is_posted
from connectors.nav.texts import clean
from connectors.withdrawing import WITHDRAW

_CLOCKS_APART = timedelta(hours=26)  # also where a server takes its local time for UTC
_DATED_AHEAD = timedelta(days=90)
_GONE = frozenset({"Canceled", "Corrective"})


def find(desk: Desk, asked: Asked) -> Answers:
    """Look up steps; an empty list where nothing of a step was applied."""
    return by_kind_of_step(desk, asked, _look)


def _look(kind: str, operation: str) -> Callable[[Desk, Asked], Answers]:
    if operation == WITHDRAW:
        return withdraw.find
    if kind == kinds.JOURNAL:
        if operation == kinds.LINE_DIMENSIONS:
            return _entry_dimensions
        return find_entries.find
    if operation == kinds.CREATE:
        return {kinds.VENDOR: _vendors, kinds.ORDER: _orders}.get(kind, _by_number)
    return {
        kinds.UPDATE: _updated_vendors,
        kinds.LINES: _memo_lines,
        kinds.LINE_DIMENSIONS: _document_dimensions,
        kinds.POST: _posted,
        kinds.CHANGE: _changed_orders,
    }[operation]


# Vendors.


def _vendors(desk: Desk, asked: Asked) -> Answers:
    """Find vendors by number; those without a number of ours by tax number, else by name."""
    return [
        [_vendor_found(desk, step, row) for row in rows]
        for step, rows in _matched(desk, "vendors", asked, _vendor_property, {})
    ]


def _vendor_property(step: Step) -> str:
    body = step.content["body"]
    names = ("number", "taxRegistrationNumber", "displayName")
    return next(name for name in names if body.get(name))


def _updated_vendors(desk: Desk, asked: Asked) -> Answers:
    """A change stands when the vendor has the wanted values.

    With other values it was not applied if the vendor still has the version the change was made
    for (or no version was asked for); else somebody else changed the vendor meanwhile.
    """
    records = _by_ids(desk, "vendors", [str(step.content["id"]) for step, _ in asked], {})
    answers = []
    for step, _ in asked:
        row = records.get(str(step.content["id"]))
        found = _vendor_found(desk, step, row) if row else None
        may_go_again = found is None or step.content["etag"] in ("*", found.written.etag)
        answers.append([found] if found and (found.same or not may_go_again) else [])
    return answers


def _vendor_found(desk: Desk, step: Step, row: Row) -> Found:
    other = differences(step.content["body"], row, local_currency=desk.books.setup().local_currency)
    return _found(desk, step, row, other)


# Documents.


def _by_number(desk: Desk, asked: Asked) -> Answers:
    """Find invoices or credit memos by the supplier's number, of this vendor."""
    kind = kinds.DOCUMENTS[asked[0][0].kind]
    expand = {"$expand": kind.line_set}
    answers = []
    for step, rows in _matched(desk, kind.entity_set, asked, lambda _: kind.number, expand):
        body = step.content["body"]
        own = [row for row in rows if _is_of_vendor(row, body["vendorNumber"])]
        answers.append([_document_found(desk, step, row) for row in own])
    return once_more(asked, answers, lambda doubted: _among_vendors(desk, kind, doubted))


def _among_vendors(desk: Desk, kind: DocumentKind, asked: Asked) -> Answers:
    """Find documents by their number among their vendors' latest ones."""
    rows = _of_vendors(desk, kind, asked)
    answers = []
    for step, _ in asked:
        body = step.content["body"]
        number = odata.key(str(body[kind.number]))
        alike = [row for row in rows if odata.key_of(row, kind.number) == number]
        own = [row for row in alike if _is_of_vendor(row, body["vendorNumber"])]
        answers.append([_document_found(desk, step, row) for row in own])
    return answers


def _orders(desk: Desk, asked: Asked) -> Answers:
    """Find orders by their reference comment among their vendors' orders.

    Orders have no field of ours and lines cannot be searched, so the vendor's orders since the
    first attempt are read with their lines; without `sent_at` all of them.
    """
    rows = _of_vendors(desk, kinds.DOCUMENTS[kinds.ORDER], asked)
    return [
        [_document_found(desk, step, row) for row in rows if _is_order(desk, step, row)]
        for step, _ in asked
    ]


def _of_vendors(desk: Desk, kind: DocumentKind, asked: Asked) -> list[Row]:
    """Read the documents of the steps' vendors since the first attempt, with their lines; of what
    was never sent from here, since long before the order was placed."""
    vendors = sorted({step.content["body"]["vendorNumber"] for step, _ in asked})
    since = _since(known.get("sent_at") or _ordered_on(step) for step, known in asked)
    rows: list[Row] = []
    for group in odata.in_groups(vendors):
        condition = odata.any_of("vendorNumber", group)
        if since:
            condition = odata.both(condition, f"lastModifiedDateTime ge {odata.literal(since)}")
        params = {"$filter": condition, "$expand": kind.line_set}
        path = urls.company(desk.company_id, kind.entity_set)
        rows += desk.client.rows(path, params, primary=True)
    return rows


def _ordered_on(step: Step) -> datetime | None:
    """Return a time before which nobody can have written an order, None where it has no date."""
    day = odata.parse_date(step.content["body"].get("orderDate"))
    return datetime(day.year, day.month, day.day, tzinfo=UTC) - _DATED_AHEAD if day else None


def _is_of_vendor(row: Row, number: Any) -> bool:
    return odata.key_of(row, "vendorNumber") == odata.key(str(number))


def _is_order(desk: Desk, step: Step, row: Row) -> bool:
    if not _is_of_vendor(row, step.content["body"]["vendorNumber"]):
        return False
    return any(
        odata.decode_enum(line.get("lineType")) == "Comment"
        and clean(str(line.get("description") or "")) == step.content["reference"]
        for line in _lines_of(desk, kinds.DOCUMENTS[kinds.ORDER], row)
    )


def _lines_of(desk: Desk, kind: DocumentKind, row: Row) -> list[Row]:
    """Return a document's lines as `$expand` brought them along, the rest of a long list too.

    Raises UnexpectedAnswer where the document shows none at all: without its lines an order is
    nobody's.
    """
    lines = row.get(kind.line_set)
    if not isinstance(lines, list):
        raise UnexpectedAnswer(
            f"NAV's list leaves out {kind.line_set}, which the look-up asks for.",
            code="property_missing",
        )
    rest = row.get(f"{kind.line_set}@odata.nextLink")
    return in_sequence([*lines, *(desk.client.rows(str(rest), primary=True) if rest else ())])


def _since(instants: Iterable[Any]) -> datetime | None:
    """Return when to begin searching; None when one of the steps does not say when it was sent."""
    found = []
    for instant in instants:
        if isinstance(instant, str):
            instant = datetime.fromisoformat(instant)
        if not isinstance(instant, datetime):
            return None
        found.append(instant if instant.tzinfo else instant.replace(tzinfo=UTC))
    return min(found) - _CLOCKS_APART if found else None


def _document_found(desk: Desk, step: Step, row: Row) -> Found:
    """Compare a document with what a create wanted; lines only where the create had them."""
    kind = kinds.DOCUMENTS[step.kind]
    body = step.content["body"]
    other = differences(body, row, local_currency=desk.books.setup().local_currency)
    if odata.decode_enum(row.get("status")) in _GONE:
        other.append("status")
    lines = _lines_of(desk, kind, row)
    is_marked = _bears(step.content["reference"], lines)
    if kind.line_set in body:
        other += line_differences(body[kind.line_set], lines, more_allowed=is_posted(row))
    elif lines and not is_marked:
        other.append("reference")  # a memo of somebody else's, with lines of its own
    return replace(_found(desk, step, row, other), bears_reference=is_marked)


def _bears(reference: str, lines: Iterable[Row]) -> bool:
    return any(clean(str(line.get("description") or "")) == reference for line in lines)


# Later steps.


def _memo_lines(desk: Desk, asked: Asked) -> Answers:
    """Look whether a credit memo has its lines; they are recognized by their sequence."""
    answers = []
    for step, known in asked:
        wanted = step.content["lines"]
        sequences = {line["sequence"] for line in wanted}
        lines = desk.lines(step.kind, requests.known_id(known))
        there = [line for line in lines if line.get("sequence") in sequences]
        if not there:
            answers.append([])
            continue
        other = tuple(line_differences(wanted, there))
        document = {"lines": [dict(line) for line in there]}
        answers.append([Found(desk.later(step, known), not other, other, document)])
    return answers


def _document_dimensions(desk: Desk, asked: Asked) -> Answers:
    answers = []
    for step, known in asked:
        lines = desk.lines(step.kind, requests.known_id(known))
        line_set = kinds.DOCUMENTS[step.kind].line_set
        answers.append(_dimensions_found(desk, line_set, step, known, lines))
    return answers


def _entry_dimensions(desk: Desk, asked: Asked) -> Answers:
    lines = dimensions.entry_lines(desk, [step for step, _ in asked])
    return [
        _dimensions_found(desk, "journalLines", step, known, lines[step.content["document_number"]])
        for step, known in asked
    ]


def _dimensions_found(
    desk: Desk, line_set: str, step: Step, known: Mapping[str, Any], lines: Sequence[Row]
) -> list[Found]:
    """All dimensions stand, or the step may be sent again: it adds only what is missing."""
    try:
        missing = dimensions.changes(desk, line_set, step, lines)
    except DocumentRefused:
        return []
    return [] if missing else [Found(desk.later(step, known), same=True)]


def _changed_orders(desk: Desk, asked: Asked) -> Answers:
    """A change stands when nothing of it is left to do; else it may be sent again, which compares
    first."""
    found = [order_changes.find(desk, step) for step, _ in asked]
    return [[] if written is None else [Found(written, same=True)] for written in found]


def _posted(desk: Desk, asked: Asked) -> Answers:
    """A document that is no draft any more was posted."""
    kind = asked[0][0].kind
    ids = [requests.known_id(known) for _, known in asked]
    records = _by_ids(desk, requests.entity_set(kind), ids, {})
    answers = []
    for record_id in ids:
        row = records.get(record_id)
        if row is None or not is_posted(row):
            answers.append([])
        else:
            written = desk.written(kind, row, posted=True)
            answers.append([Found(written, same=True, document=dict(row))])
    return answers


# Searching.


def _matched(
    desk: Desk,
    entity_set: str,
    asked: Asked,
    property_of: Callable[[Step], str],
    params: Mapping[str, str],
) -> list[tuple[Step, list[Row]]]:
    """Read the records whose property has the value each step wants; 40 values a call."""
    wanted: dict[str, dict[str, str]] = {}
    for step, _ in asked:
        name = property_of(step)
        value = str(step.content["body"][name])
        wanted.setdefault(name, {})[odata.code(value)] = value
    rows: dict[tuple[str, str], list[Row]] = {}
    for name, values in wanted.items():
        for group in odata.in_groups(list(values.values())):
            query = {"$filter": odata.any_of(name, group), **params}
            path = urls.company(desk.company_id, entity_set)
            for row in desk.client.rows(path, query, primary=True):
                rows.setdefault((name, odata.key_of(row, name)), []).append(row)
    return [(step, rows.get(_key(step, property_of(step)), [])) for step, _ in asked]


def _key(step: Step, name: str) -> tuple[str, str]:
    return name, odata.key(str(step.content["body"][name]))


def _by_ids(
    desk: Desk, entity_set: str, ids: Sequence[str], params: Mapping[str, str]
) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for group in odata.in_groups(sorted(set(ids))):
        condition = " or ".join(f"id eq {odata.id_literal(each)}" for each in group)
        path = urls.company(desk.company_id, entity_set)
        for row in desk.client.rows(path, {"$filter": condition, **params}, primary=True):
            found[str(row["id"])] = row
    return found


def _found(desk: Desk, step: Step, row: Row, other: Sequence[str]) -> Found:
    return Found(
        written=desk.written(step.kind, row),
        same=not other,
        differences=tuple(other),
        document=dict(row),
    )
