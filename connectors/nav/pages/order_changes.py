"""Changing an order that stands in NAV through page 50, line by line (NAV contract 1.4, 5.2).

Compared three ways as in the dialect `api`. There is no transaction over several requests: each
goes for the version that was read, and a change that ended halfway goes on where it ended, because
what it has done already is no difference any more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors import codec
from connectors.base import PlannedRequest, Step, Written
from connectors.documents import LedgerOrderChange, LineAction
from connectors.errors import NotFound
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.desk import missing_means_refused
from connectors.nav.order_compare import (
    FoundField,
    FoundLine,
    FoundOrder,
    Todo,
    compare,
    gone,
    sequence_of,
    without_lines,
)
from connectors.nav.order_lines import change_name
from connectors.nav.pages import services as pages
from connectors.nav.pages import translate
from connectors.nav.pages.client import etag_of, record, wire_body
from connectors.nav.pages.desk import Desk, by_number, status_word
from connectors.nav.pages.kinds import DOCUMENTS
from connectors.nav.pages.services import Service, Services
from connectors.nav.translate import Company, plain

_NAMES = {"quantity": "Quantity", "price": "Direct_Unit_Cost"}


def change_step(change: LedgerOrderChange, company: Company, services: Services) -> Step:
    """Return the one step of a change, under the key it has in the dialect `api`."""
    service = services.need(pages.ORDER)
    added = [item for item in change.changes if item.line and item.new_place is not None]
    bodies = {
        str(item.new_place): {
            "Line_No": sequence_of(item.new_place or 0),
            **translate.order_line(item.line, company, service),
        }
        for item in added
        if item.line
    }
    operation = change_name(change)
    content = {"id": change.remote_id, "change": codec.dump(change), "new_lines": bodies}
    return Step(kinds.ORDER, operation, f"PO|{change.source_reference}|{operation}", content)


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Carry out what is still to be done of a change, one request for each line.

    Raises ChangedInLedger where somebody changed the order there, released it or deleted it; what
    a page refuses says how far the change has come when it is read again.
    """
    change = codec.load(step.content["change"])
    try:
        row = _read(desk, change, known)
    except NotFound:
        return gone(change, _invoices_of(desk, change.remote_id))
    todo = _compare(desk, change, row)
    todo.refuse_differences()
    if change.delete and todo.is_untouched:
        desk.client.remove(_path(desk, change, known), etag_of(row))
        return without_lines(change, "deleted", row)
    with missing_means_refused():
        if todo.header:  # first: it may give the lines another version
            path = _path(desk, change, known)
            desk.client.change(path, todo.header, etag_of(row), "No")
            row = _read(desk, change, known)
            todo = _compare(desk, change, row)
            todo.refuse_differences()
        _send_lines(desk, step, change, known, todo)
    return desk.written(kinds.ORDER, row, **todo.facts(change))


def find(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written | None:
    """Return the confirmation of a change of which nothing is left to do, else None."""
    change = codec.load(step.content["change"])
    try:
        row = _read(desk, change, known)
    except NotFound:
        is_ours = change.delete and not _invoices_of(desk, change.remote_id)
        return without_lines(change, "deleted") if is_ours else None
    todo = _compare(desk, change, row)
    if (change.delete and todo.is_untouched) or not todo.is_done:
        return None
    return desk.written(kinds.ORDER, row, **todo.facts(change))


def _invoices_of(desk: Desk, number: str) -> list[str] | None:
    """Return the posted invoices of an order by number, None where no page shows them."""
    service = desk.books.services.get(pages.POSTED_INVOICE)
    if service is None or not service.shows("Order_No"):
        return None
    params = {"$filter": odata.equals("Order_No", number)}
    rows = desk.client.rows(desk.books.path(service.name), params, primary=True)
    return [str(row["No"]) for row in rows]


def planned(desk: Desk, root: str, step: Step) -> list[PlannedRequest]:
    """Return what a change sends at most: what NAV received of a line is not known yet."""
    change: LedgerOrderChange = codec.load(step.content["change"])
    lines = desk.lines_path(kinds.ORDER, {"id": change.remote_id})
    found: list[PlannedRequest] = []
    if change.delete:
        path = root + desk.record_path(kinds.ORDER, change.remote_id)
        return [PlannedRequest(step.operation, "DELETE", path)]
    header = {each.name: each.wanted for each in _wanted_header(desk, change, {})}
    if header:
        path = desk.record_path(kinds.ORDER, change.remote_id)
        found.append(PlannedRequest(step.operation, "PATCH", root + path, header))
    for item in change.changes:
        path = root + _line_path(desk, change.remote_id, item.place or 0)
        if item.action is LineAction.SET and item.line is not None:
            values = {"quantity": item.line.quantity, "price": item.line.unit_price}
            body = wire_body({_NAMES[name]: plain(value) for name, value in values.items()})
            found.append(PlannedRequest(step.operation, "PATCH", path, body))
        elif item.action is not LineAction.ADD:
            found.append(PlannedRequest(step.operation, "DELETE", path))
        if item.new_place is not None:
            body = wire_body(step.content["new_lines"][str(item.new_place)])
            found.append(PlannedRequest(step.operation, "POST", root + lines, body))
    return found


# Reading.


def _path(desk: Desk, change: LedgerOrderChange, known: Mapping[str, Any]) -> str:
    document_type = str(known.get("document_type") or "")
    return desk.record_path(kinds.ORDER, change.remote_id, document_type)


def _read(desk: Desk, change: LedgerOrderChange, known: Mapping[str, Any]) -> Row:
    expand = {"$expand": desk.service(kinds.ORDER).lines}
    return desk.client.get(_path(desk, change, known), expand, primary=True)


def _compare(desk: Desk, change: LedgerOrderChange, row: Row) -> Todo:
    lines = by_number(row.get(desk.service(kinds.ORDER).lines) or [])
    found = FoundOrder(
        status=status_word(row),
        vendor=str(row.get("Buy_from_Vendor_No") or ""),
        currency=str(row.get("Currency_Code") or ""),
        lines={number: _line(line) for number, line in lines.items()},
        header=tuple(_wanted_header(desk, change, row)),
    )
    return compare(change, found, desk.books.setup().local_currency)


def _line(row: Row) -> FoundLine:
    return FoundLine(
        account=str(row.get("No") or ""),
        quantity=odata.parse_number(row.get("Quantity") or 0),
        price=odata.parse_number(row.get("Direct_Unit_Cost") or 0),
        received=odata.parse_number(row.get("Quantity_Received") or 0),
        invoiced=odata.parse_number(row.get("Quantity_Invoiced") or 0),
        row=row,
    )


def _wanted_header(desk: Desk, change: LedgerOrderChange, row: Row) -> Iterator[FoundField]:
    """Compare what a revision wants otherwise than it was written, as far as the page shows it."""
    wanted, written = change.header, change.standing.header
    if wanted is None or written is None:
        return
    service = desk.service(kinds.ORDER)
    for names, before, after in (
        (("Document_Date", "Order_Date"), written.order_date, wanted.order_date),
        (("Posting_Date",), written.posting_date, wanted.posting_date),
        (("Payment_Terms_Code",), written.payment_terms_code, wanted.payment_terms_code),
    ):
        if not after or after == before:
            continue
        for name in names:
            if service.shows(name):
                first, last = (str(value) if value else None for value in (before, after))
                stands = str(row.get(name) or "")
                if name.endswith("_Date"):
                    stands = stands[:10]
                yield FoundField(name, first, stands, last or "")


# Writing.


def _send_lines(
    desk: Desk, step: Step, change: LedgerOrderChange, known: Mapping[str, Any], todo: Todo
) -> None:
    client = desk.client
    for line, values in todo.changed:
        body = {_NAMES[name]: plain(value) for name, value in values.items()}
        path = _found_path(desk, change, line, known)
        client.change(path, body, etag_of(line.row), "Line_No")
    for line in todo.removed:
        client.remove(_found_path(desk, change, line, known), etag_of(line.row))
    lines = desk.lines_path(kinds.ORDER, {**known, "id": change.remote_id})
    for item, quantity in todo.added:
        body = step.content["new_lines"][str(item.new_place)] | {"Quantity": plain(quantity)}
        client.create(lines, body, "Line_No")


def _found_path(
    desk: Desk, change: LedgerOrderChange, line: FoundLine, known: Mapping[str, Any]
) -> str:
    document_type = str(known.get("document_type") or "")
    number = int(line.row.get("Line_No") or 0)
    return _line_key(desk, change.remote_id, number, document_type)


def _line_path(desk: Desk, order: str, place: int) -> str:
    return _line_key(desk, order, sequence_of(place), "")


def _line_key(desk: Desk, order: str, number: int, document_type: str) -> str:
    """Lines have the key (Document_Type, Document_No, Line_No) (NAV contract 1.4)."""
    service: Service = desk.service(kinds.ORDER)
    key = {
        "Document_Type": document_type or DOCUMENTS[kinds.ORDER].document_type,
        "Document_No": order,
        "Line_No": number,
    }
    return desk.books.path(record(service.lines, key))
