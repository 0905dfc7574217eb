"""What stands in NAV against what was written, for reconciliation: read only, 40 keys a call.

Documents are looked up by the supplier's number (which finds doubles too), those that are lost then
by their id; orders by id, because no field of theirs can hold a reference; entries by their number,
in the batch and in the ledger. Lines come along with their dimensions (NAV contract 5.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors.base import Effect
from connectors.nav import journals, kinds, odata, urls
from connectors.nav.compare import both_values, dimension_changes, in_sequence
from connectors.nav.desk import Desk
from connectors.nav.inspect_orders import inspect_orders
from connectors.nav.inspected_entries import Part, missing, of_entry
from connectors.nav.lookup import Looks, by_kind_of_effect
from connectors.nav.posting import is_posted
from connectors.nav.steps import base_operation
from connectors.nav.texts import clean
from connectors.standing import Deviating, Deviation, Inspection, OrderSeen

Row = Mapping[str, Any]

_GONE = frozenset({"Canceled", "Corrective"})
_ROUNDING = Decimal(1)  # NAV's own rounding line stays below one unit of currency
_ORDERS_A_PAGE = 1000


def inspect(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    """Compare effects of any kinds; in their order."""
    looks: Looks[Desk] = {
        kinds.ORDER: inspect_orders,
        kinds.INVOICE: _documents,
        kinds.CREDIT_MEMO: _documents,
        kinds.JOURNAL: _entries,
    }
    return by_kind_of_effect(desk, effects, looks)


def orders_seen(desk: Desk) -> Iterator[list[OrderSeen]]:
    """Yield all orders; their comment lines may be references of ours."""
    kind = kinds.DOCUMENTS[kinds.ORDER]
    path = urls.company(desk.company_id, kind.entity_set)
    params = {"$expand": kind.line_set}
    for page in desk.client.pages(path, params, primary=True, records=_ORDERS_A_PAGE):
        yield [
            OrderSeen(_keys(row.get(kind.line_set)), str(row["id"]), str(row.get("number")))
            for row in page
        ]


def _keys(lines: Any) -> tuple[str, ...]:
    prefix = kinds.DOCUMENTS[kinds.ORDER].prefix
    return tuple(
        f"{prefix}|{clean(str(line.get('description') or ''))}"
        for line in in_sequence(lines)
        if odata.decode_enum(line.get("lineType")) == "Comment"
    )


# Documents.


def _documents(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    kind = kinds.DOCUMENTS[effects[0].kind]
    numbers = sorted({odata.code(_body(effect)[kind.number]) for effect in effects})
    conditions = (odata.any_of(kind.number, group) for group in odata.in_groups(numbers))
    rows = _read(desk, kind, conditions)
    lost = sorted({_id(effect) for effect in effects} - rows.keys())
    rows |= _read(desk, kind, (odata.any_id(group) for group in odata.in_groups(lost)))
    by_number: dict[tuple[str, str], list[Row]] = {}
    for row in rows.values():
        by_number.setdefault(_number_key(row, kind.number), []).append(row)
    return [
        _document(
            desk, kind, effect, rows.get(_id(effect)), by_number.get(_wanted(effect, kind), [])
        )
        for effect in effects
    ]


def _read(desk: Desk, kind: kinds.DocumentKind, conditions: Iterable[str]) -> dict[str, Row]:
    expand = f"{kind.line_set}($expand=dimensionSetLines)"
    path = urls.company(desk.company_id, kind.entity_set)
    return {
        str(row["id"]): row
        for condition in conditions
        for row in desk.client.rows(path, {"$filter": condition, "$expand": expand}, primary=True)
    }


def _number_key(row: Row, name: str) -> tuple[str, str]:
    return odata.key(str(row.get("vendorNumber") or "")), odata.key(str(row.get(name) or ""))


def _wanted(effect: Effect, kind: kinds.DocumentKind) -> tuple[str, str]:
    return _number_key(_body(effect), kind.number)


def _document(
    desk: Desk, kind: kinds.DocumentKind, effect: Effect, row: Row | None, same: Sequence[Row]
) -> Inspection:
    not_ours = effect.known.get("not_ours", ())
    others = [other for other in same if row is None or other["id"] != row["id"]]
    others = [other for other in others if str(other["id"]) not in not_ours]
    others = [other for other in others if odata.decode_enum(other.get("status")) not in _GONE]
    names = ", ".join(str(other.get("number")) for other in others)
    number = _body(effect)[kind.number]
    if row is None:
        there = f"only {names}, not written by us" if names else "not there"
        return Inspection((missing("document", number, there),))
    status = odata.decode_enum(row.get("status"))
    found = []
    if status in _GONE:
        found.append(Deviation(Deviating.CANCELLED, "status", "Open", status))
    else:
        found += _changes(desk, kind, effect, row)
    if others:
        ids = tuple(str(other["id"]) for other in others)
        found.append(Deviation(Deviating.DOUBLED, kind.number, number, f"also in {names}", ids))
    return Inspection(tuple(found), posted=is_posted(row), booked=_booked(kind, row))


def _changes(desk: Desk, kind: kinds.DocumentKind, effect: Effect, row: Row) -> Iterator[Deviation]:
    body = _body(effect)
    local = desk.books.setup().local_currency
    wanted = _lines_of(kind, effect)
    there = in_sequence(row.get(kind.line_set))
    pairs = both_values(body, row, local_currency=local)
    if effect.known.get("not_ours"):  # posted by hand, it has to have another number
        pairs = [pair for pair in pairs if pair[0] != kind.number]
    extra = [line for line in there[len(wanted) :] if not _is_rounding(line)]
    if len(there) < len(wanted) or (extra and not is_posted(row)):
        pairs.append(("lines", str(len(wanted)), str(len(there))))
    else:
        for line in extra:
            text = f"{line.get('lineObjectNumber')} {line.get('amountExcludingTax')}"
            pairs.append(("lines", "no more line", text))
        for place, (ours, theirs) in enumerate(zip(wanted, there, strict=False), start=1):
            pairs += both_values(ours, theirs, prefix=f"lines[{place}].")
        pairs += _dimensions(desk, effect, body, wanted, there)
    for name, ours, theirs in pairs:
        yield Deviation(Deviating.CHANGED, name, ours, theirs)


def _lines_of(kind: kinds.DocumentKind, effect: Effect) -> list[Row]:
    nested = _body(effect).get(kind.line_set)
    if nested is not None:
        return list(nested)
    steps = [step for step in effect.steps if base_operation(step.operation) == kinds.LINES]
    return [line for step in steps for line in step.content["lines"]]


def _is_rounding(line: Row) -> bool:
    """Whether NAV added a line by itself: a text, or the invoice's rounding."""
    if odata.decode_enum(line.get("lineType")) == "Comment":
        return True
    return abs(odata.parse_number(line.get("amountExcludingTax") or 0)) < _ROUNDING


def _dimensions(
    desk: Desk, effect: Effect, body: Row, wanted: Sequence[Row], there: Sequence[Row]
) -> list[tuple[str, str, str]]:
    """Compare the dimensions of account lines: those of a line's own, and those of the header that
    it follows. Whether lines follow is the instance's affair: where none has it, none is missed."""
    shared = _of_header(desk, body)
    carried = {
        odata.code(str(row.get("code") or ""))
        for line in there
        for row in line.get("dimensionSetLines") or ()
    }
    own = _own_dimensions(effect)
    found = []
    for place, (line, row) in enumerate(zip(wanted, there, strict=False)):
        if "lineObjectNumber" not in line:
            continue
        expected = {k: v for k, v in shared.items() if k in carried} | own.get(place, {})
        current = row.get("dimensionSetLines") or ()
        for name, value, other in dimension_changes(expected, current):
            theirs = str(other.get("valueCode") or "") if other else "none"
            found.append((f"lines[{place + 1}].{name}", value, theirs))
    return found


def _of_header(desk: Desk, body: Row) -> dict[str, str]:
    names = desk.books.setup().global_dimensions[:2]
    pairs = ((name, body.get(f"shortcutDimension{n}Code")) for n, name in enumerate(names, 1))
    return {odata.code(name): str(value) for name, value in pairs if name and value}


def _own_dimensions(effect: Effect) -> dict[int, dict[str, str]]:
    return {
        line["place"]: dict(line["dimensions"])
        for step in effect.steps
        if step.operation == kinds.LINE_DIMENSIONS
        for line in step.content["lines"]
    }


def _booked(kind: kinds.DocumentKind, row: Row) -> dict[str, Decimal]:
    """Return what the account lines book, a credit memo's negative."""
    sign = -1 if kind.kind == kinds.CREDIT_MEMO else 1
    sums: dict[str, Decimal] = {}
    for line in in_sequence(row.get(kind.line_set)):
        if odata.decode_enum(line.get("lineType")) == "Account":
            account = odata.code(str(line.get("lineObjectNumber") or ""))
            amount = line.get("netAmount") or line.get("amountExcludingTax") or 0
            sums[account] = sums.get(account, Decimal(0)) + sign * odata.parse_number(amount)
    return sums


def _body(effect: Effect) -> Row:
    return effect.steps[0].content["body"]


def _id(effect: Effect) -> str:
    return str(effect.known["id"])


# Journals.


def _entries(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    """Find entries in their batch and in the ledger by document number."""
    waiting: dict[str, list[Row]] = {}
    for name in sorted({effect.steps[0].content["batch"] for effect in effects}):
        journal = desk.books.existing_batch(name)
        if journal is not None:
            of_batch = [_entry_number(e) for e in effects if e.steps[0].content["batch"] == name]
            waiting |= journals.lines_of_documents(
                desk.client, desk.company_id, journal.id, of_batch, expand="dimensionSetLines"
            )
    posted = journals.posted_entries(
        desk.client,
        desk.company_id,
        [_entry_number(effect) for effect in effects],
        expand="dimensionSetLines",
    )
    return [
        _entry(effect, waiting.get(_entry_number(effect), []), posted[_entry_number(effect)])
        for effect in effects
    ]


def _entry_number(effect: Effect) -> str:
    return str(effect.steps[0].content["document_number"])


def _entry(effect: Effect, waiting: Sequence[Row], posted: Sequence[Row]) -> Inspection:
    number = _entry_number(effect)
    wanted = [
        line
        for step in effect.steps
        if base_operation(step.operation) == kinds.CREATE
        for line in step.content["lines"]
    ]
    own = _own_dimensions(effect)
    ours = [
        Part(line["accountNumber"], Decimal(line["amount"]), own.get(place, {}))
        for place, line in enumerate(wanted)
    ]
    lying = _lying(number, wanted, own, waiting) if waiting else None
    return of_entry(number, ours, [_part(row) for row in posted], lying)


def _lying(
    number: str,
    wanted: Sequence[Row],
    own: Mapping[int, Mapping[str, str]],
    there: Sequence[Row],
) -> Inspection:
    """Judge lines that wait in their batch."""
    booked: dict[str, Decimal] = {}
    for row in there:
        account = odata.code(str(row.get("accountNumber") or ""))
        booked[account] = booked.get(account, Decimal(0)) + odata.parse_number(row["amount"])
    if len(there) != len(wanted):
        often = len(there) / len(wanted) if len(there) % len(wanted) == 0 else 0
        how = Deviating.DOUBLED if often > 1 else Deviating.CHANGED
        found = [Deviation(how, "lines", str(len(wanted)), str(len(there)))]
        return Inspection(tuple(found), booked=booked)
    pairs: list[tuple[str, str, str]] = []
    for place, (ours, theirs) in enumerate(zip(wanted, there, strict=True)):
        pairs += both_values(ours, theirs, prefix=f"lines[{place + 1}].")
        current = theirs.get("dimensionSetLines") or ()
        for name, value, other in dimension_changes(own.get(place, {}), current):
            have = str(other.get("valueCode") or "") if other else "none"
            pairs.append((f"lines[{place + 1}].{name}", value, have))
    found = [Deviation(Deviating.CHANGED, *pair) for pair in pairs]
    return Inspection(tuple(found), booked=booked)


def _part(row: Row) -> Part:
    debit = odata.parse_number(row.get("debitAmount") or 0)
    amount = debit - odata.parse_number(row.get("creditAmount") or 0)
    return Part(str(row.get("accountNumber") or ""), amount, _values(row))


def _values(row: Row) -> dict[str, str] | None:
    lines = row.get("dimensionSetLines")
    if not isinstance(lines, list):
        return None
    return {
        odata.code(str(line.get("code") or "")): odata.code(str(line.get("valueCode") or ""))
        for line in lines
    }
