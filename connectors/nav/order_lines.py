"""Lines of an order that stands in NAV, as a change names them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from connectors import codec
from connectors.base import Step
from connectors.documents import LedgerOrderChange, LineAction, LineChange
from connectors.nav import kinds, odata, urls
from connectors.nav.batch import Operation
from connectors.nav.order_compare import sequence_of
from connectors.nav.translate import Company, line_body, plain, terms_placeholder

_KIND = kinds.DOCUMENTS[kinds.ORDER]


def change_step(change: LedgerOrderChange, company: Company) -> Step:
    """Return the one step of a change; its key names the order and the version of the document."""
    bodies = {
        str(item.new_place): line_body(_KIND, item.line, company)
        for item in change.changes
        if item.line is not None and item.new_place is not None
    }
    operation = change_name(change)
    content = {"id": change.remote_id, "change": codec.dump(change), "new_lines": bodies}
    key = f"{_KIND.prefix}|{change.source_reference}|{operation}"
    return Step(kinds.ORDER, operation, key, content)


def change_name(change: LedgerOrderChange) -> str:
    """Return the operation of a change: that of version 5 is `change_5`, a later one of the same
    version `change_5_2`."""
    part = f"_{change.part}" if change.part else ""
    return f"{kinds.CHANGE}_{change.version}{part}"


def values(quantity: Decimal, price: Decimal) -> dict[str, str]:
    return {"quantity": plain(quantity), _KIND.cost: plain(price)}


def new_line(step: Step, item: LineChange, quantity: Decimal) -> Mapping[str, Any]:
    """Return the body that adds a line, under a sequence of its own."""
    body = step.content["new_lines"][str(item.new_place)]
    found = {"sequence": sequence_of(item.new_place or 0), **body, "quantity": plain(quantity)}
    return odata.wire_body(found)


def at_most(company_id: str, step: Step) -> list[Operation]:
    """Return what a change sends at most, for a preview: ids of lines stand in braces, and what the
    ledger received of a line is not known yet."""
    change: LedgerOrderChange = codec.load(step.content["change"])
    inside = urls.record(_KIND.entity_set, change.remote_id, _KIND.line_set)
    found: list[Operation] = []
    header = _header(change)
    path = urls.company(company_id, urls.record(_KIND.entity_set, change.remote_id))
    if change.delete:
        return [Operation("", "DELETE", path)]
    if header:
        found.append(Operation("", "PATCH", path, header))
    for item in change.changes:
        name = urls.placeholder(f"id of line {item.place}")
        path = urls.company(company_id, f"{_KIND.line_set}({name})")
        if item.action is LineAction.SET and item.line is not None:
            body = odata.wire_body(values(item.line.quantity, item.line.unit_price))
            found.append(Operation("", "PATCH", path, body))
        elif item.action is not LineAction.ADD:
            found.append(Operation("", "DELETE", path))
        if item.line is not None and item.new_place is not None:
            body = new_line(step, item, item.line.quantity)
            found.append(Operation("", "POST", urls.company(company_id, inside), body))
    return found


def _header(change: LedgerOrderChange) -> dict[str, str]:
    wanted, written = change.header, change.standing.header
    if wanted is None or written is None or wanted == written:
        return {}
    found = {"orderDate": str(wanted.order_date)}
    if wanted.posting_date:
        found["postingDate"] = str(wanted.posting_date)
    if wanted.payment_terms_code and wanted.payment_terms_code != written.payment_terms_code:
        found["paymentTermsId"] = terms_placeholder(odata.code(wanted.payment_terms_code))
    return found
