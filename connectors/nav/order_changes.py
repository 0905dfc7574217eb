"""Changing an order that stands in NAV, line by line (NAV contract 4.6, 5.2).

The order is read first and compared three ways: what we wrote last, what stands, what is wanted.
What somebody changed there by hand is never overwritten. All lines change in one transaction, each
for the version that was read; doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from connectors import codec
from connectors.base import Step, Written
from connectors.documents import (
    LedgerOrderChange,
    LineAction,
    LineChange,
    OrderStanding,
    StandingLine,
)
from connectors.errors import ChangedInLedger, NotFound
from connectors.nav import kinds, odata, requests
from connectors.nav.batch import MOST_OPERATIONS, Operation
from connectors.nav.compare import dimension_changes, in_sequence
from connectors.nav.desk import Desk, equal
from connectors.nav.order_lines import new_line, sequence_of, values
from connectors.nav.translate import dimensions_of, plain

Row = Mapping[str, Any]

_KIND = kinds.DOCUMENTS[kinds.ORDER]
_OPEN_STATUS = "Draft"
_ZERO = Decimal(0)


@dataclass
class _Difference:
    """What this change has still to do, given what stands."""

    operations: list[Operation] = field(default_factory=list)
    standing: list[StandingLine] = field(default_factory=list)
    by_hand: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, str]] = field(default_factory=list)

    def other(self, what: str, written: object, found: object, wanted: object) -> None:
        self.by_hand.append(
            {
                "field": what,
                "written": str(written),
                "ledger": str(found),
                "wanted": str(wanted),
            }
        )


def send(desk: Desk, step: Step, known: Mapping[str, Any]) -> Written:
    """Carry out what is still to be done of a change.

    Raises ChangedInLedger where somebody changed the order there, released it or deleted it.
    """
    change = codec.load(step.content["change"])
    try:
        record = _read(desk, change)
    except NotFound:
        return _gone(desk, change)
    todo = _compare(desk, step, change, record)
    if todo.by_hand:
        raise ChangedInLedger(_sentence(todo.by_hand), differences=todo.by_hand)
    if todo.operations:
        for group in odata.in_groups(todo.operations, MOST_OPERATIONS):
            desk.all_or_nothing(requests.numbered(group))
        record = _read(desk, change)
    for group in odata.in_groups(_dimensions(desk, todo.standing, record), MOST_OPERATIONS):
        desk.all_or_nothing(requests.numbered(group))
    return _written(desk, change, record, todo)


def find(desk: Desk, step: Step) -> Written | None:
    """Return the confirmation of a change of which nothing is left to do, else None."""
    change = codec.load(step.content["change"])
    try:
        record = _read(desk, change)
    except NotFound:
        return None
    todo = _compare(desk, step, change, record)
    if todo.by_hand or todo.operations or _dimensions(desk, todo.standing, record):
        return None
    return _written(desk, change, record, todo)


# ------------------------------------------------------------------------------------ comparing


def _read(desk: Desk, change: LedgerOrderChange) -> dict[str, Any]:
    expand = {"$expand": f"{_KIND.line_set}($expand=dimensionSetLines)"}
    path = desk.path(_KIND.entity_set, change.remote_id)
    return desk.client.get(path, expand, primary=True)


def _compare(desk: Desk, step: Step, change: LedgerOrderChange, record: Row) -> _Difference:
    todo = _Difference()
    _compare_header(desk, change.standing, record, todo)
    lines = {int(row.get("sequence") or 0): row for row in in_sequence(record.get(_KIND.line_set))}
    changes = {item.place: item for item in change.changes if item.place is not None}
    for standing in change.standing.lines:
        row = lines.get(sequence_of(standing.place))
        item = changes.get(standing.place)
        if item is None:
            _untouched(standing, row, todo)
        elif item.action is LineAction.SET:
            _set(desk, standing, item, row, todo)
        else:
            _retire(desk, standing, item, row, todo)
    for item in change.changes:
        if item.new_place is not None:
            _add(desk, step, change, item, lines, todo)
    return todo


def _compare_header(desk: Desk, standing: OrderStanding, record: Row, todo: _Difference) -> None:
    status = odata.decode_enum(record.get("status"))
    if status != _OPEN_STATUS:
        todo.other("status", _OPEN_STATUS, f"{status} (released)", _OPEN_STATUS)
    if not equal(standing.vendor_number, record.get("vendorNumber")):
        found = record.get("vendorNumber")
        todo.other("vendor", standing.vendor_number, found, standing.vendor_number)
    company = desk.books.company()
    if company.currency(standing.currency) != company.currency(str(record.get("currencyCode"))):
        found = record.get("currencyCode")
        todo.other("currency", standing.currency, found, standing.currency)


def _untouched(standing: StandingLine, row: Row | None, todo: _Difference) -> None:
    """A line this revision leaves alone is nobody's business but theirs, so long as it is there."""
    if row is not None or not standing.line.quantity:
        todo.standing.append(standing)
        return
    todo.other(f"line {standing.place}", _spoken(standing), "deleted", _spoken(standing))


def _set(
    desk: Desk, standing: StandingLine, item: LineChange, row: Row | None, todo: _Difference
) -> None:
    line = item.line
    if row is None:
        todo.other(f"line {standing.place}", _spoken(standing), "deleted", plain(line.quantity))
        return
    quantity = max(line.quantity, _floor(row, item))
    if quantity != line.quantity:
        todo.kept.append({"line": standing.key, "kept": plain(quantity)})
    wanted = values(quantity, line.unit_price)
    written = values(standing.line.quantity, standing.line.unit_price)
    body = {}
    for name, value in wanted.items():
        found = odata.parse_number(row.get(name) or 0)
        if found == Decimal(value):
            continue
        if found != Decimal(written[name]):
            todo.other(f"line {standing.place} {name}", written[name], plain(found), value)
        body[name] = value
    if body:
        todo.operations.append(_patch(desk, row, body))
    todo.standing.append(replace(standing, line=replace(line, quantity=quantity)))


def _retire(
    desk: Desk, standing: StandingLine, item: LineChange, row: Row | None, todo: _Difference
) -> None:
    """Take a line away, or leave of it what was received or invoiced (domain rule 1c, 6)."""
    if row is None:
        return
    kept = _floor(row, item)
    found = odata.parse_number(row.get("quantity") or 0)
    if found not in (standing.line.quantity, kept):
        wanted = plain(kept) if kept else "no line"
        name = f"line {standing.place} quantity"
        todo.other(name, plain(standing.line.quantity), plain(found), wanted)
    if not kept:
        todo.operations.append(_delete(desk, row))
        return
    todo.kept.append({"line": standing.key, "kept": plain(kept)})
    if found != kept:
        todo.operations.append(_patch(desk, row, {"quantity": plain(kept)}))
    line = replace(standing.line, quantity=kept)
    todo.standing.append(replace(standing, line=line, retired=True))


def _add(
    desk: Desk,
    step: Step,
    change: LedgerOrderChange,
    item: LineChange,
    lines: Mapping[int, Row],
    todo: _Difference,
) -> None:
    """Add a line under a sequence of its own, by which it is recognized later."""
    kept = [
        line.line.quantity
        for line in todo.standing
        if line.place == item.place and item.action is LineAction.REPLACE
    ]
    quantity = item.line.quantity - sum(kept, _ZERO)
    if quantity <= _ZERO:
        return
    row = lines.get(sequence_of(item.new_place))
    if row is None:
        path = desk.path(_KIND.entity_set, change.remote_id, _KIND.line_set)
        body = new_line(step, item, quantity)
        todo.operations.append(Operation("", "POST", path, body))
    elif not equal(row.get("lineObjectNumber"), item.line.account):
        found = f"{row.get('lineObjectNumber')} {row.get('quantity')}"
        wanted = f"{item.line.account} {plain(quantity)}"
        todo.other(f"line {item.new_place}", "nothing", found, wanted)
    line = replace(item.line, quantity=quantity)
    todo.standing.append(StandingLine(key=item.key, place=item.new_place, line=line))


def _floor(row: Row, item: LineChange) -> Decimal:
    """Return what must stay of a line: received, invoiced there, or invoiced through us."""
    received = odata.parse_number(row.get("receivedQuantity") or 0)
    invoiced = odata.parse_number(row.get("invoicedQuantity") or 0)
    return max(received, invoiced, item.keep)


# ------------------------------------------------------------------------------------ requests


def _patch(desk: Desk, row: Row, body: Mapping[str, str]) -> Operation:
    return Operation("", "PATCH", _line_path(desk, row), odata.wire_body(body), _version_of(row))


def _delete(desk: Desk, row: Row) -> Operation:
    return Operation("", "DELETE", _line_path(desk, row), None, _version_of(row))


def _line_path(desk: Desk, row: Row) -> str:
    return desk.path(_KIND.line_set, str(row["id"]))


def _version_of(row: Row) -> dict[str, str]:
    return {"If-Match": str(row.get("@odata.etag") or "*")}


def _dimensions(desk: Desk, standing: Iterable[StandingLine], record: Row) -> list[Operation]:
    """Return what the lines' dimensions still lack; retired lines keep theirs."""
    rows = {int(row.get("sequence") or 0): row for row in in_sequence(record.get(_KIND.line_set))}
    operations = []
    for line in standing:
        row = rows.get(sequence_of(line.place))
        if row is None or line.retired or not line.line.quantity:
            continue
        wanted = dimensions_of(line.line.dimensions)
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


# ------------------------------------------------------------------------------------ ends


def _written(desk: Desk, change: LedgerOrderChange, record: Row, todo: _Difference) -> Written:
    standing = replace(change.standing, lines=tuple(todo.standing))
    facts: dict[str, Any] = {"standing": codec.dump(standing)}
    if todo.kept:
        facts["kept"] = todo.kept
    return desk.written(kinds.ORDER, record, **facts)


def _gone(desk: Desk, change: LedgerOrderChange) -> Written:
    """NAV deletes an order that is fully invoiced (contract 4.4): closing it needs nothing more.

    Raises ChangedInLedger where something is still to be ordered.
    """
    closes = all(
        item.action is LineAction.REMOVE
        or (item.action is LineAction.SET and item.line.quantity <= item.keep)
        for item in change.changes
    )
    if not closes:
        difference = {
            "field": "order",
            "written": change.source_reference,
            "ledger": "deleted, or fully invoiced",
            "wanted": f"{len(change.changes)} changed lines",
        }
        raise ChangedInLedger(_sentence([difference]), differences=[difference])
    standing = replace(change.standing, lines=())
    return Written(
        remote_id=change.remote_id,
        status="gone",
        facts={"standing": codec.dump(standing)},
    )


def _spoken(standing: StandingLine) -> str:
    return f"{plain(standing.line.quantity)} x {plain(standing.line.unit_price)}"


def _sentence(differences: Sequence[Mapping[str, str]]) -> str:
    return "; ".join(
        f"{each['field']}: written {each['written']}, in the ledger {each['ledger']},"
        f" wanted {each['wanted']}"
        for each in differences
    )
