"""The read-back through pages: is what we wanted to write at NAV already?

Headers are found by the number we gave them and their vendor, lines by their number, journal
entries by their document number. Asked on the primary, up to 40 keys in one call.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from connectors.base import Found, Step, Written
from connectors.errors import UnexpectedAnswer
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.lookup import Answers, Asked, by_kind_of_step, once_more
from connectors.nav.pages import columns, find_entries, order_changes, withdraw
from connectors.nav.pages import services as pages
from connectors.nav.pages.client import etag_of, record
from connectors.nav.pages.compare import PAGES, differences, line_differences
from connectors.nav.pages.desk import Desk
from connectors.nav.pages.kinds import DOCUMENTS, PageKind, posted_identity
from connectors.nav.pages.send import strangers
from connectors.nav.pages.services import Service
from connectors.withdrawing import WITHDRAW

_VENDOR_NAMES = ("No", "VAT_Registration_No", "Name")


def find(desk: Desk, asked: Asked) -> Answers:
    """Look up steps; an empty list where nothing of a step was applied, or where what is missing
    may be added by sending it again."""
    setup = desk.books.setup()
    asked = [(columns.placed(step, setup), known) for step, known in asked]
    answers = by_kind_of_step(desk, asked, _look)
    other = {
        place: (way, known)
        for place, (step, known) in enumerate(asked)
        if answers[place] and not answers[place][0].same
        for way in [columns.other_way(step, setup)]
        if way is not None
    }
    second = by_kind_of_step(desk, list(other.values()), _look)
    for place, answer in zip(other, second, strict=True):
        if not answer or answer[0].same:
            asked[place], answers[place] = other[place], answer
    return [
        [_learned(desk, step, found) for found in answer]
        for (step, _), answer in zip(asked, answers, strict=True)
    ]


def _learned(desk: Desk, step: Step, found: Found) -> Found:
    return replace(found, written=desk.learned(step, found.written)) if found.same else found


def _look(kind: str, operation: str) -> Callable[[Desk, Asked], Answers]:
    if operation == WITHDRAW:
        return withdraw.find
    if kind == kinds.JOURNAL:
        return find_entries.find
    if operation == kinds.LINES:
        return _lines
    if operation == kinds.CHANGE:
        return _changed_orders
    if operation == kinds.UPDATE:
        return _updated_vendors
    return _vendors if kind == kinds.VENDOR else _documents


# Vendors.


def _vendors(desk: Desk, asked: Asked) -> Answers:
    """Find vendors by number; those without a number of ours by tax number, else by name."""
    service = desk.service(kinds.VENDOR)
    rows = _matching(desk, service, [(_vendor_name(step), step) for step, _ in asked])
    return [
        [_header(desk, step, row) for row in rows.get(_key(_vendor_name(step), step), [])]
        for step, _ in asked
    ]


def _vendor_name(step: Step) -> str:
    return next(name for name in _VENDOR_NAMES if step.content["body"].get(name))


def _updated_vendors(desk: Desk, asked: Asked) -> Answers:
    """A change stands when the vendor has the wanted values. With others it was not applied if the
    vendor still has the version the change was made for; else somebody else was there."""
    service = desk.service(kinds.VENDOR)
    numbers = [str(step.content["id"]) for step, _ in asked]
    rows = _with_values(desk, service, "No", numbers)
    answers = []
    for (step, _), number in zip(asked, numbers, strict=True):
        found = [_header(desk, step, row) for row in rows.get(odata.key(number), [])]
        may_go_again = not found or step.content["etag"] in ("*", found[0].written.etag)
        answers.append(found if found and (found[0].same or not may_go_again) else [])
    return answers


# Documents.


def _documents(desk: Desk, asked: Asked) -> Answers:
    """Find documents by the number they were given, of their vendor: drafts with their lines, and
    invoices that finance has posted meanwhile where page 138 is published."""
    kind = DOCUMENTS[asked[0][0].kind]
    service = desk.service(kind.kind)
    wanted = [(kind.number, step) for step, _ in asked]
    drafts = _matching(desk, service, wanted, _with_lines(kind, service))
    posted: dict[tuple[str, str], list[Row]] = {}
    page = desk.books.services.get(pages.POSTED_INVOICE)
    if kind.kind == kinds.INVOICE and page is not None:
        posted = _matching(desk, page, wanted)
    answers = []
    for step, _ in asked:
        key = _key(kind.number, step)
        own = [_draft(desk, step, row) for row in _own(step, drafts.get(key, []))]
        own += [_posted(desk, page, step, row) for row in _own(step, posted.get(key, [])) if page]
        answers.append(own)
    return once_more(asked, answers, lambda doubted: _among_drafts(desk, kind, doubted))


def _among_drafts(desk: Desk, kind: PageKind, asked: Asked) -> Answers:
    """Find documents by their number among all drafts of their vendors."""
    vendors = [str(step.content["body"]["Buy_from_Vendor_No"]) for step, _ in asked]
    service = desk.service(kind.kind)
    more = _with_lines(kind, service)
    rows = _with_values(desk, service, "Buy_from_Vendor_No", vendors, more)
    answers = []
    for (step, _), vendor in zip(asked, vendors, strict=True):
        name, number = _key(kind.number, step)
        drafts = rows.get(odata.key(vendor), ())
        own = [row for row in drafts if odata.key_of(row, name) == number]
        answers.append([_draft(desk, step, row) for row in own])
    return answers


def _with_lines(kind: PageKind, service: Service) -> Mapping[str, str]:
    """Return what brings a document's lines along; an order's number is a reference of ours."""
    is_asked = kind.kind != kinds.ORDER and service.lines
    return {"$expand": service.lines} if is_asked else {}


def _own(step: Step, rows: Sequence[Row]) -> list[Row]:
    vendor = step.content["body"]["Buy_from_Vendor_No"]
    return [row for row in rows if odata.key_of(row, "Buy_from_Vendor_No") == odata.key(vendor)]


def _header(desk: Desk, step: Step, row: Row) -> Found:
    currency = desk.books.setup().local_currency
    other = differences(step.content["body"], row, local_currency=currency)
    return Found(desk.written(step.kind, row), not other, tuple(other), dict(row))


def _draft(desk: Desk, step: Step, row: Row) -> Found:
    """Compare a draft. One with lines of which none bears our reference is somebody else's, also
    where the page shows no reference in its header."""
    found = _header(desk, step, row)
    lines = _lines_along(desk.service(step.kind), DOCUMENTS[step.kind], row)
    is_marked = _bears(step, row, lines)
    if lines and not is_marked:
        other = (*found.differences, "reference")
        return replace(found, same=False, differences=other)
    return replace(found, bears_reference=is_marked)


def _lines_along(service: Service, kind: PageKind, row: Row) -> Sequence[Row]:
    """Return the lines that came along. Raises UnexpectedAnswer where the answer leaves them out:
    without them nobody can tell whose document it is."""
    if not _with_lines(kind, service):
        return ()
    lines = row.get(service.lines)
    if not isinstance(lines, list):
        raise UnexpectedAnswer(
            f"NAV's list leaves out {service.lines}, which the look-up asks for.",
            code="property_missing",
        )
    return lines


def _bears(step: Step, row: Row, lines: Sequence[Row]) -> bool:
    """Whether our reference stands in the header, or as the text of a line."""
    name = "Your_Reference"
    in_header = step.content["body"].get(name)
    if in_header and PAGES.same(name, in_header, row.get(name)):
        return True
    text = step.content["reference"]
    return any(PAGES.same("Description", text, line.get("Description")) for line in lines)


def _posted(desk: Desk, service: Service, step: Step, row: Row) -> Found:
    """A posted invoice is ours when it bears our reference; where the page does not show it a
    person has to say. One that was made of no draft has a number of another series: it is not the
    draft of that number."""
    number = str(row.get("No") or "")
    is_marked = _bears(step, row, ())
    other = ["Cancelled"] if row.get("Cancelled") is True else []
    if not is_marked:
        other.append("posted")
    written = Written(
        remote_id=str(row.get("Pre_Assigned_No") or number),
        number=number,
        etag=etag_of(row),
        status="Canceled" if "Cancelled" in other else "Open",
        url=desk.url(desk.books.path(record(service.name, {"No": number}))),
        facts={"posted": True, "posted_number": number},
    )
    return Found(
        written,
        not other,
        tuple(other),
        dict(row),
        bears_reference=is_marked,
        identity=posted_identity(row),
    )


def _lines(desk: Desk, asked: Asked) -> Answers:
    """Look whether a document has the lines of a step. Some missing and none wrong: the step may be
    sent again, which adds them."""
    answers = []
    for step, known in asked:
        if known.get("posted"):
            answers.append([Found(desk.later(step, known), same=True)])
            continue
        wanted = step.content["lines"]
        there = desk.lines(step.kind, known)
        other = line_differences(wanted, there)
        if strangers(step, there):
            other.append("lines")
        is_whole = all(int(line["Line_No"]) in there for line in wanted)
        found = Found(
            desk.later(step, known),
            not other,
            tuple(other),
            {"lines": [dict(row) for row in there.values()]},
        )
        answers.append([found] if other or is_whole else [])
    return answers


def _changed_orders(desk: Desk, asked: Asked) -> Answers:
    """A change stands when nothing of it is left to do; else it may be sent again, which compares
    first."""
    found = [order_changes.find(desk, step, known) for step, known in asked]
    return [[] if written is None else [Found(written, same=True)] for written in found]


# Searching.


def _matching(
    desk: Desk,
    service: Service,
    wanted: Sequence[tuple[str, Step]],
    more: Mapping[str, str] | None = None,
) -> dict[tuple[str, str], list[Row]]:
    """Read the records whose property has the value each step wants."""
    values: dict[str, list[str]] = {}
    for name, step in wanted:
        values.setdefault(name, []).append(str(step.content["body"][name]))
    return {
        (name, value): rows
        for name, group in values.items()
        for value, rows in _with_values(desk, service, name, group, more).items()
    }


def _with_values(
    desk: Desk,
    service: Service,
    name: str,
    values: Sequence[str],
    more: Mapping[str, str] | None = None,
) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    distinct = {odata.code(value): value for value in values}
    for group in odata.in_groups(list(distinct.values())):
        params = {"$filter": odata.any_of(name, group), **(more or {})}
        for row in desk.client.rows(desk.path(service), params, primary=True):
            found.setdefault(odata.key_of(row, name), []).append(row)
    return found


def _key(name: str, step: Step) -> tuple[str, str]:
    return name, odata.key(str(step.content["body"][name]))
