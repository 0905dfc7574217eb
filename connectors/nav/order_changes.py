"""Changing an order that stands in NAV through API v2.0, line by line (NAV contract 4.6, 5.2).

The order is read first and compared three ways. All lines change in one transaction, each for the
version that was read; doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors import codec
from connectors.base import Step, Written
from connectors.documents import LedgerOrderChange
from connectors.errors import NotFound
from connectors.nav import kinds, odata, requests, urls
from connectors.nav.batch import MOST_OPERATIONS, Operation
from connectors.nav.compare import dimension_changes, in_sequence
from connectors.nav.desk import Desk
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
from connectors.nav.order_lines import new_line
from connectors.nav.translate import dimensions_of, plain

Row = Mapping[str, Any]

_KIND = kinds.DOCUMENTS[kinds.ORDER]
_NAMES = {"quantity": "quantity", "price": _KIND.cost}


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Carry out what is still to be done of a change.

    Raises ChangedInLedger where somebody changed the order there, released it or deleted it.
    """
    change = codec.load(step.content["change"])
    try:
        record = _read(desk, change)
    except NotFound:
        return gone(change, invoices_of(desk, change.remote_id))
    todo = _compare(desk, change, record)
    todo.refuse_differences()
    if change.delete and todo.is_untouched:
        path = desk.path(_KIND.entity_set, change.remote_id)
        desk.client.change("DELETE", path, etag=str(record.get("@odata.etag") or "*"))
        return without_lines(change, "deleted", record)
    if todo.header:  # first and alone: it may give the lines another version
        path = desk.path(_KIND.entity_set, change.remote_id)
        desk.client.patch(path, todo.header, str(record.get("@odata.etag") or "*"))
        record = _read(desk, change)
        todo = _compare(desk, change, record)
        todo.refuse_differences()
    operations = _operations(desk, step, change, todo)
    if operations:
        for group in odata.in_groups(operations, MOST_OPERATIONS):
            desk.all_or_nothing(requests.numbered(group))
        record = _read(desk, change)
    for group in odata.in_groups(_dimensions(desk, change, record), MOST_OPERATIONS):
        desk.all_or_nothing(requests.numbered(group))
    return desk.written(kinds.ORDER, record, **todo.facts(change))


def find(desk: Desk, step: Step) -> Written | None:
    """Return the confirmation of a change of which nothing is left to do, else None."""
    change = codec.load(step.content["change"])
    try:
        record = _read(desk, change)
    except NotFound:
        return _deleted(desk, change)
    todo = _compare(desk, change, record)
    is_to_go = change.delete and todo.is_untouched
    if is_to_go or not todo.is_done or _dimensions(desk, change, record):
        return None
    return desk.written(kinds.ORDER, record, **todo.facts(change))


def invoices_of(desk: Desk, order_id: str) -> list[str]:
    """Return the posted invoices of an order by number: they stay when NAV deletes the order that
    they invoice in full (contract 4.4)."""
    path = urls.company(desk.company_id, kinds.DOCUMENTS[kinds.INVOICE].entity_set)
    params = {"$filter": f"orderId eq {odata.id_literal(order_id)}", "$select": "id,number"}
    return [str(row["number"]) for row in desk.client.rows(path, params, primary=True)]


def _deleted(desk: Desk, change: LedgerOrderChange) -> Written | None:
    """Return the confirmation of a deletion that we sent and whose answer was lost."""
    is_ours = change.delete and not invoices_of(desk, change.remote_id)
    return without_lines(change, "deleted") if is_ours else None


# Reading.


def _read(desk: Desk, change: LedgerOrderChange) -> dict[str, Any]:
    expand = {"$expand": f"{_KIND.line_set}($expand=dimensionSetLines)"}
    path = desk.path(_KIND.entity_set, change.remote_id)
    return desk.client.get(path, expand, primary=True)


def _compare(desk: Desk, change: LedgerOrderChange, record: Row) -> Todo:
    found = FoundOrder(
        status=odata.decode_enum(record.get("status")),
        vendor=str(record.get("vendorNumber") or ""),
        currency=str(record.get("currencyCode") or ""),
        lines={number: _line(row) for number, row in _rows(record).items()},
        header=tuple(_header(desk, change, record)),
    )
    return compare(change, found, desk.books.setup().local_currency)


def _rows(record: Row) -> dict[int, Row]:
    return {int(row.get("sequence") or 0): row for row in in_sequence(record.get(_KIND.line_set))}


def _line(row: Row) -> FoundLine:
    return FoundLine(
        account=str(row.get("lineObjectNumber") or ""),
        quantity=odata.parse_number(row.get("quantity") or 0),
        price=odata.parse_number(row.get(_KIND.cost) or 0),
        received=odata.parse_number(row.get("receivedQuantity") or 0),
        invoiced=odata.parse_number(row.get("invoicedQuantity") or 0),
        row=row,
    )


def _header(desk: Desk, change: LedgerOrderChange, record: Row) -> Iterator[FoundField]:
    """Compare what a revision wants otherwise than it was written; the rest is NAV's."""
    wanted, written = change.header, change.standing.header
    if wanted is None or written is None:
        return
    for name, before, after in (
        ("orderDate", written.order_date, wanted.order_date),
        ("postingDate", written.posting_date, wanted.posting_date),
    ):
        if after is not None and after != before:
            stands = str(record.get(name) or "")[:10]
            yield FoundField(name, str(before) if before else None, stands, str(after))
    before_terms, terms = written.payment_terms_code, wanted.payment_terms_code
    if terms and terms != before_terms:
        ids = [desk.books.terms(odata.code(each)) for each in (before_terms, terms) if each]
        first = ids[0] if len(ids) > 1 else None
        yield FoundField(
            "paymentTermsId", first, str(record.get("paymentTermsId") or "").lower(), ids[-1]
        )


# Requests.


def _operations(desk: Desk, step: Step, change: LedgerOrderChange, todo: Todo) -> list[Operation]:
    inside = desk.path(_KIND.entity_set, change.remote_id, _KIND.line_set)
    found = []
    for line, values in todo.changed:
        body = {_NAMES[name]: plain(value) for name, value in values.items()}
        path = _line_path(desk, line.row)
        found.append(Operation("", "PATCH", path, odata.wire_body(body), _version_of(line.row)))
    for line in todo.removed:
        path = _line_path(desk, line.row)
        found.append(Operation("", "DELETE", path, None, _version_of(line.row)))
    for item, quantity in todo.added:
        found.append(Operation("", "POST", inside, new_line(step, item, quantity)))
    return found


def _line_path(desk: Desk, row: Row) -> str:
    return desk.path(_KIND.line_set, str(row["id"]))


def _version_of(row: Row) -> dict[str, str]:
    return {"If-Match": str(row.get("@odata.etag") or "*")}


def _dimensions(desk: Desk, change: LedgerOrderChange, record: Row) -> list[Operation]:
    """Return what the dimensions of added lines still lack; those of others are not ours to
    change."""
    rows = _rows(record)
    operations = []
    for item in change.changes:
        row = rows.get(sequence_of(item.new_place)) if item.new_place is not None else None
        if row is None or item.line is None:
            continue
        wanted = dimensions_of(item.line.dimensions)
        current = row.get("dimensionSetLines") or ()
        for name, value, existing in dimension_changes(wanted, current):
            operations.append(
                requests.add_dimension(desk.books, _KIND.line_set, str(row["id"]), name, value)
                if existing is None
                else requests.change_dimension(
                    desk.books, _KIND.line_set, str(row["id"]), existing, value
                )
            )
    return operations
