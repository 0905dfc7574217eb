"""What stands in NAV against what was written through pages: read only, 40 keys a call.

Drafts come with their lines; of what finance has posted the page shows the header, and the ledger
the amounts, as far as these pages are published.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from connectors import codec
from connectors.base import Effect
from connectors.documents import OrderStanding, StandingLine
from connectors.nav import kinds, odata
from connectors.nav.client import Row
from connectors.nav.compare import spoken
from connectors.nav.inspected_entries import Part, missing, of_entry
from connectors.nav.lookup import Looks, by_kind_of_effect
from connectors.nav.order_compare import sequence_of
from connectors.nav.pages import columns, entries
from connectors.nav.pages import services as pages
from connectors.nav.pages.compare import differences
from connectors.nav.pages.desk import Desk, by_number
from connectors.nav.pages.kinds import DOCUMENTS, posted_identity
from connectors.nav.pages.received import ordered_line
from connectors.nav.pages.services import Service
from connectors.nav.pages.translate import shortcut
from connectors.nav.steps import base_operation
from connectors.nav.translate import plain
from connectors.standing import Deviating, Deviation, Inspection, OrderSeen

_ORDER_HEADER = ("Buy_from_Vendor_No", "Currency_Code")


def inspect(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    """Compare effects of any kinds; in their order."""
    setup = desk.books.setup()
    effects = [columns.placed_effect(effect, setup) for effect in effects]
    looks: Looks[Desk] = {
        kinds.ORDER: _documents,
        kinds.INVOICE: _documents,
        kinds.CREDIT_MEMO: _documents,
        kinds.JOURNAL: _entries,
    }
    return by_kind_of_effect(desk, effects, looks)


def orders_seen(desk: Desk) -> Iterator[list[OrderSeen]]:
    """Orders are found by their number here, so that their doubles are found with them."""
    yield from ()


# Documents.


def _documents(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    kind = DOCUMENTS[effects[0].kind]
    service = desk.service(kind.kind)
    numbers = sorted({str(_body(effect)[kind.number]) for effect in effects})
    expand = {"$expand": service.lines} if service.lines else {}
    rows = _read(desk, service.name, kind.number, numbers, expand)
    ids = {str(row.get("No")) for row in rows}
    lost = sorted({_own_id(effect) for effect in effects} - ids)
    rows += _read(desk, service.name, "No", lost, expand)
    posted: list[Row] = []
    page = desk.books.services.get(pages.POSTED_INVOICE) if kind.kind == kinds.INVOICE else None
    if page is not None:
        posted = _read(desk, page.name, kind.number, numbers, {})
    by_id = {str(row.get("No")): row for row in rows}
    sharing = [effect for effect in effects if effect.known.get("not_ours")]
    renumbered = _renumbered(desk, page, [e for e in sharing if _own_id(e) not in by_id])
    drafts, booked = _by_key(rows, kind.number), _by_key(posted, kind.number)
    return [
        _document(
            desk,
            effect,
            by_id.get(_own_id(effect)),
            drafts.get(_key(_body(effect), kind.number), []),
            [
                *booked.get(_key(_body(effect), kind.number), []),
                *renumbered.get(_own_id(effect), []),
            ],
        )
        for effect in effects
    ]


def _renumbered(
    desk: Desk, page: Service | None, effects: Sequence[Effect]
) -> dict[str, list[Row]]:
    """Return what drafts of ours were posted as that shared their number with somebody else's:
    NAV posts a number once, so that a person gave them another one."""
    ids = sorted({_own_id(effect) for effect in effects})
    name = "Pre_Assigned_No"
    if not ids or page is None or not page.shows(name):
        return {}
    found: dict[str, list[Row]] = {}
    for row in _read(desk, page.name, name, ids, {}):
        found.setdefault(str(row.get(name)), []).append(row)
    return found


def _own_id(effect: Effect) -> str:
    return str(effect.known["id"])


def _read(
    desk: Desk, service: str, name: str, values: Sequence[str], params: Mapping[str, str]
) -> list[Row]:
    return [
        row
        for group in odata.in_groups(values)
        for row in desk.client.rows(
            desk.books.path(service), {"$filter": odata.any_of(name, group), **params}, primary=True
        )
    ]


def _by_key(rows: Sequence[Row], name: str) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault(_key(row, name), []).append(row)
    return found


def _key(row: Row, name: str) -> tuple[str, str]:
    return (
        odata.key(str(row.get("Buy_from_Vendor_No") or "")),
        odata.key(str(row.get(name) or "")),
    )


def _document(
    desk: Desk, effect: Effect, draft: Row | None, drafts: Sequence[Row], posted: Sequence[Row]
) -> Inspection:
    own_id = _own_id(effect)
    name = DOCUMENTS[effect.kind].number
    number = str(_body(effect)[name])
    not_ours = effect.known.get("not_ours", ())
    drafts = [row for row in drafts if str(row.get("No")) not in not_ours]
    posted = [row for row in posted if posted_identity(row) not in not_ours]
    own = [row for row in posted if str(row.get("Pre_Assigned_No") or "") == own_id]
    if draft is None and not own:
        own = list(posted[:1]) if _names_no_draft(posted) else []
    others = [row for row in drafts if str(row.get("No")) != own_id]
    others += [row for row in posted if row not in own and row.get("Cancelled") is not True]
    names = ", ".join(str(row.get("No")) for row in others)
    if draft is None and not own:
        if _may_be_posted_unseen(desk, effect):
            return Inspection()
        there = f"only {names}, not written by us" if names else "not there"
        return Inspection((missing("document", number, there),))
    found: list[Deviation] = []
    lines: dict[int, Row] = {}
    if draft is not None:
        lines = by_number(draft.get(desk.service(effect.kind).lines) or [])
        found += _changes(desk, effect, draft, lines)
    elif own[0].get("Cancelled") is True:
        found.append(Deviation(Deviating.CANCELLED, "Cancelled", "no", "yes"))
    if others:
        ids = tuple(str(row.get("No")) for row in others)
        found.append(Deviation(Deviating.DOUBLED, name, number, f"also in {names}", ids))
    return Inspection(
        tuple(found),
        posted=draft is None,
        booked=_booked(effect, lines),
        lines=_order_lines(effect, lines),
    )


def _names_no_draft(posted: Sequence[Row]) -> bool:
    """Whether the posted page leaves out which draft an invoice was made of."""
    return bool(posted) and all(not row.get("Pre_Assigned_No") for row in posted)


def _may_be_posted_unseen(desk: Desk, effect: Effect) -> bool:
    """Whether a document that is gone from the drafts may have been posted where no page shows it:
    an order or memo always, an invoice without page 138."""
    if effect.kind != kinds.INVOICE:
        return True
    return desk.books.services.get(pages.POSTED_INVOICE) is None


def _changes(
    desk: Desk, effect: Effect, draft: Row, there: Mapping[int, Row]
) -> Iterator[Deviation]:
    local = desk.books.setup().local_currency
    body = _body(effect)
    if effect.kind == kinds.ORDER:  # a revision may change the rest of an order's header
        body = {name: body[name] for name in _ORDER_HEADER if name in body}
    if effect.known.get("not_ours"):  # to be posted it has to get another number
        body = {k: v for k, v in body.items() if k != DOCUMENTS[effect.kind].number}
    for name in differences(body, draft, local_currency=local):
        yield Deviation(Deviating.CHANGED, name, spoken(body[name]), spoken(draft.get(name)))
    wanted = _newest(effect)
    for place, line in enumerate(wanted, start=1):
        row = there.get(int(line["Line_No"]))
        if row is None:
            if line.get("No") and Decimal(line["Quantity"]):
                yield Deviation(Deviating.CHANGED, f"lines[{place}]", str(line["No"]), "deleted")
            continue
        for name in differences(line, row):
            ours, theirs = spoken(line[name]), spoken(row.get(name))
            yield Deviation(Deviating.CHANGED, f"lines[{place}].{name}", ours, theirs)
    numbers = {int(line["Line_No"]) for line in wanted}
    for number, row in there.items():
        if number not in numbers and row.get("No"):
            text = f"{row.get('No')} {row.get('Quantity')} x {row.get('Direct_Unit_Cost')}"
            yield Deviation(Deviating.CHANGED, "lines", "no more line", text)


def _newest(effect: Effect) -> list[dict[str, Any]]:
    """Return the lines as they should stand: those of the create; an order's as its newest change
    left them, lines that were added or retired since included."""
    lines = [
        dict(line)
        for step in effect.steps
        if base_operation(step.operation) == kinds.LINES
        for line in step.content["lines"]
    ]
    if effect.kind != kinds.ORDER or not effect.known.get("standing"):
        return lines
    standing: OrderStanding = codec.load(effect.known["standing"])
    written = {int(line["Line_No"]): line for line in lines}
    return [
        _newest_line(line, written.get(sequence_of(line.place), {}))
        for line in standing.lines
        if line.line.account
    ]


def _newest_line(standing: StandingLine, written: Mapping[str, Any]) -> dict[str, Any]:
    account = odata.code(standing.line.account or "")
    kept = written if written.get("No") == account else {}
    return {
        **kept,
        "Line_No": sequence_of(standing.place),
        "No": account,
        "Quantity": plain(standing.line.quantity),
        "Direct_Unit_Cost": plain(standing.line.unit_price),
    }


def _booked(effect: Effect, lines: Mapping[int, Row]) -> dict[str, Decimal]:
    sign = -1 if effect.kind == kinds.CREDIT_MEMO else 1
    sums: dict[str, Decimal] = {}
    for row in lines.values():
        if row.get("No"):
            quantity = odata.parse_number(row.get("Quantity") or 0)
            amount = quantity * odata.parse_number(row.get("Direct_Unit_Cost") or 0)
            account = odata.code(str(row["No"]))
            sums[account] = sums.get(account, Decimal(0)) + sign * amount
    return sums


def _order_lines(effect: Effect, lines: Mapping[int, Row]) -> tuple[Any, ...]:
    if effect.kind != kinds.ORDER:
        return ()
    return tuple(ordered_line(row) for row in lines.values())


def _body(effect: Effect) -> Mapping[str, Any]:
    return effect.steps[0].content["body"]


# Journals.


def _entries(desk: Desk, effects: Sequence[Effect]) -> list[Inspection]:
    waiting: dict[str, list[Row]] = {}
    for batch in sorted({effect.steps[0].content["batch"] for effect in effects}):
        numbers = [_number(e) for e in effects if e.steps[0].content["batch"] == batch]
        waiting |= entries.waiting(desk, batch, numbers)
    posted = entries.posted(desk, [_number(effect) for effect in effects])
    shown = desk.books.services.get(pages.LEDGER_ENTRY) is not None
    return [
        _entry(desk, effect, waiting[_number(effect)], posted[_number(effect)], shown=shown)
        for effect in effects
    ]


def _number(effect: Effect) -> str:
    return str(effect.steps[0].content["document_number"])


def _entry(
    desk: Desk, effect: Effect, waiting: Sequence[Row], posted: Sequence[Row], *, shown: bool
) -> Inspection:
    wanted = [line for step in effect.steps for line in step.content["lines"]]
    if not waiting and not posted and not shown:
        return Inspection()  # page 20 is not published: posted entries cannot be told from lost
    columns = _columns(desk)
    ours = [
        Part(line["Account_No"], Decimal(line["Amount"]), _dimensions(line, columns))
        for line in wanted
    ]
    theirs = [
        Part(
            str(row.get("G_L_Account_No") or ""),
            odata.parse_number(row.get("Amount") or 0),
            None,
        )
        for row in posted
    ]
    return of_entry(_number(effect), ours, theirs, _lying(wanted, waiting) if waiting else None)


def _columns(desk: Desk) -> dict[str, str]:
    names = desk.books.setup().global_dimensions
    return {shortcut(place): odata.code(name) for place, name in enumerate(names, 1) if name}


def _dimensions(row: Row, columns: Mapping[str, str]) -> dict[str, str]:
    return {name: str(row[column]) for column, name in columns.items() if row.get(column)}


def _lying(wanted: Sequence[Mapping[str, Any]], there: Sequence[Row]) -> Inspection:
    booked: dict[str, Decimal] = {}
    for row in there:
        account = odata.code(str(row.get("Account_No") or ""))
        amount = odata.parse_number(row.get("Amount") or 0)
        booked[account] = booked.get(account, Decimal(0)) + amount
    if len(there) != len(wanted):
        often = len(there) / len(wanted) if len(there) % len(wanted) == 0 else 0
        how = Deviating.DOUBLED if often > 1 else Deviating.CHANGED
        found = [Deviation(how, "lines", str(len(wanted)), str(len(there)))]
        return Inspection(tuple(found), booked=booked)
    found = [
        Deviation(
            Deviating.CHANGED,
            f"lines[{place}].{name}",
            spoken(line[name]),
            spoken(row.get(name)),
        )
        for place, (line, row) in enumerate(zip(wanted, there, strict=True), start=1)
        for name in differences(line, row)
    ]
    return Inspection(tuple(found), booked=booked)
