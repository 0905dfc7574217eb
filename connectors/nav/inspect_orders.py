"""Orders that stand in NAV against what was written of them last, line by line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors import codec
from connectors.base import Effect
from connectors.documents import OrderStanding, StandingLine
from connectors.nav import kinds, odata, urls
from connectors.nav.compare import dimension_changes, in_sequence
from connectors.nav.desk import Desk
from connectors.nav.inspected_entries import missing
from connectors.nav.order_lines import sequence_of
from connectors.nav.received import ordered_line
from connectors.nav.translate import dimensions_of, plain
from connectors.standing import Deviating, Deviation, Inspection

Row = Mapping[str, Any]
_KIND = kinds.DOCUMENTS[kinds.ORDER]


def inspect_orders(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    """Read orders by their id. One that is gone may have been invoiced in full: NAV deletes it then
    (contract 4.4), and its invoices name it."""
    ids = sorted({str(effect.known["id"]) for effect in effects})
    rows = _read(desk, ids)
    invoiced = _invoiced(desk, [each for each in ids if each not in rows])
    found = []
    for effect in effects:
        order_id = str(effect.known["id"])
        row = rows.get(order_id)
        if row is not None:
            found.append(_order(desk, codec.load(effect.known["standing"]), row))
        else:
            found.append(_gone(effect, is_invoiced=order_id in invoiced))
    return found


def _read(desk: Desk, ids: Sequence[str]) -> dict[str, Row]:
    params = {"$expand": f"{_KIND.line_set}($expand=dimensionSetLines)"}
    path = urls.company(desk.company_id, _KIND.entity_set)
    return {
        str(row["id"]): row
        for group in odata.in_groups(ids)
        for row in desk.client.rows(path, {"$filter": odata.any_id(group), **params}, primary=True)
    }


def _invoiced(desk: Desk, ids: Sequence[str]) -> set[str]:
    path = urls.company(desk.company_id, kinds.DOCUMENTS[kinds.INVOICE].entity_set)
    found: set[str] = set()
    for group in odata.in_groups(ids):
        condition = " or ".join(f"orderId eq {odata.id_literal(each)}" for each in group)
        rows = desk.client.rows(path, {"$filter": condition}, primary=True)
        found |= {str(row.get("orderId")) for row in rows}
    return found


def _gone(effect: Effect, *, is_invoiced: bool) -> Inspection:
    standing: OrderStanding = codec.load(effect.known["standing"])
    if is_invoiced or not any(line.line.quantity for line in standing.lines):
        return Inspection()
    number = str(effect.known.get("number") or "") or effect.steps[0].natural_key
    return Inspection((missing("order", number),))


def _order(desk: Desk, standing: OrderStanding, record: Row) -> Inspection:
    lines = in_sequence(record.get(_KIND.line_set))
    pairs = [*_header(desk, standing, record), *_lines(standing, lines)]
    return Inspection(
        tuple(Deviation(Deviating.CHANGED, *pair) for pair in pairs),
        lines=tuple(ordered_line(line) for line in lines),
    )


def _header(desk: Desk, standing: OrderStanding, record: Row) -> Iterator[tuple[str, str, str]]:
    vendor = str(record.get("vendorNumber") or "")
    if not odata.same_code(standing.vendor_number, vendor):
        yield "vendorNumber", standing.vendor_number, vendor
    company = desk.books.company()
    currency = str(record.get("currencyCode") or "")
    if company.currency(standing.currency) != company.currency(currency):
        yield "currencyCode", standing.currency or "", currency


def _lines(standing: OrderStanding, there: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    rows = {int(row.get("sequence") or 0): row for row in there}
    for line in standing.lines:
        row = rows.pop(sequence_of(line.place), None)
        if row is not None:
            yield from _line(line, row)
        elif line.line.quantity and line.line.account:
            yield f"lines[{line.place}]", _spoken(line), "deleted"
    for row in rows.values():
        if odata.decode_enum(row.get("lineType")) != "Comment" and row.get("quantity"):
            text = f"{row.get('lineObjectNumber')} {row.get('quantity')} x {row.get(_KIND.cost)}"
            yield "lines", "no more line", text


def _line(standing: StandingLine, row: Row) -> Iterator[tuple[str, str, str]]:
    line, name = standing.line, f"lines[{standing.place}]"
    if not line.account:
        return
    if not odata.same_code(line.account, row.get("lineObjectNumber")):
        yield f"{name}.lineObjectNumber", line.account, str(row.get("lineObjectNumber") or "")
    for field, ours in (("quantity", line.quantity), (_KIND.cost, line.unit_price)):
        theirs = odata.parse_number(row.get(field) or 0)
        if theirs != ours:
            yield f"{name}.{field}", plain(ours), plain(theirs)
    if standing.retired or not line.quantity:
        return
    current = row.get("dimensionSetLines") or ()
    for code, value, other in dimension_changes(dimensions_of(line.dimensions), current):
        yield f"{name}.{code}", value, str(other.get("valueCode") or "") if other else "none"


def _spoken(standing: StandingLine) -> str:
    return f"{plain(standing.line.quantity)} x {plain(standing.line.unit_price)}"
