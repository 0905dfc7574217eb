"""What a change of an order still has to do: what we wrote, what stands, what is wanted. Pure.

Both dialects ask here and carry out the answer in their own words. What somebody changed in NAV by
hand is never overwritten: it is a difference for people, with all three values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from connectors import codec
from connectors.base import Step, Written
from connectors.documents import LedgerOrderChange, LineAction, LineChange, StandingLine
from connectors.errors import ChangedInLedger
from connectors.nav import kinds, odata
from connectors.nav.order_released import spoken_status, undone
from connectors.nav.translate import plain

OPEN_STATUS = "Draft"  # in the words of API v2.0: nobody has released the order
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class FoundLine:
    """A line as it stands; `row` is the record it was read from."""

    account: str
    quantity: Decimal
    price: Decimal
    received: Decimal
    invoiced: Decimal
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FoundField:
    """A field of the header: its name in NAV and all three values as text."""

    name: str
    written: str | None  # None: not known, NAV filled it in
    ledger: str
    wanted: str


@dataclass(frozen=True, slots=True)
class FoundOrder:
    """An order as it stands, its lines by their number in NAV."""

    status: str
    vendor: str
    currency: str
    lines: Mapping[int, FoundLine]
    header: Sequence[FoundField] = ()


@dataclass
class Todo:
    """What is still to be done, and what will stand after it."""

    header: dict[str, str] = field(default_factory=dict)
    changed: list[tuple[FoundLine, dict[str, Decimal]]] = field(default_factory=list)
    removed: list[FoundLine] = field(default_factory=list)
    added: list[tuple[LineChange, Decimal]] = field(default_factory=list)
    standing: list[StandingLine] = field(default_factory=list)
    by_hand: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, str]] = field(default_factory=list)
    is_untouched: bool = True  # nothing was received or invoiced there
    how: str = ""  # "released": nobody changed a value, and NAV takes no change

    @property
    def is_done(self) -> bool:
        open_parts = (self.header, self.changed, self.removed, self.added, self.by_hand)
        return not any(open_parts)

    def refuse_differences(self) -> None:
        """Raise ChangedInLedger where somebody changed the order in NAV."""
        if self.by_hand:
            raise ChangedInLedger(sentence(self.by_hand), differences=self.by_hand, how=self.how)

    def hold(self, found: FoundOrder, change: LedgerOrderChange) -> None:
        """A released order takes none of it: say its status first, then all that is wanted."""
        self.how = "" if self.by_hand else "released"
        places = {id(line): place_of(number) for number, line in found.lines.items()}
        said = {each["field"] for each in self.by_hand}
        rows = [row for row in undone(self, found, change, places) if row["field"] not in said]
        by_hand, self.by_hand = self.by_hand, []
        self.other("status", "open", spoken_status(found.status), "open")
        self.by_hand += [*by_hand, *rows]

    def other(self, what: str, written: object, found: object, wanted: object) -> None:
        self.by_hand.append(
            {
                "field": what,
                "written": str(written),
                "ledger": str(found),
                "wanted": str(wanted),
            }
        )

    def facts(self, change: LedgerOrderChange) -> dict[str, Any]:
        """Return what is kept of the change once it is done: what stands, and what had to stay."""
        header = change.header or change.standing.header
        stands = replace(change.standing, lines=tuple(self.standing), header=header)
        found: dict[str, Any] = {"standing": codec.dump(stands)}
        if self.kept:
            found["kept"] = self.kept
        return found


def sequence_of(place: int) -> int:
    """NAV numbers the lines of a new order 10000, 20000 ...; the comment has place 0."""
    return (place + 1) * kinds.SEQUENCE_STEP


def place_of(sequence: object) -> int:
    """Return the place of the line that we wrote under this number, -1 for a line of others."""
    place, rest = divmod(int(str(sequence or 0)), kinds.SEQUENCE_STEP)
    return -1 if rest else place - 1


def compare(change: LedgerOrderChange, found: FoundOrder, local_currency: str) -> Todo:
    """Say what is left of a change; what was carried out before is left alone."""
    lines = found.lines.values()
    todo = Todo(is_untouched=not any(line.received or line.invoiced for line in lines))
    _compare_header(change, found, local_currency, todo)
    changes = {item.place: item for item in change.changes if item.place is not None}
    for standing in change.standing.lines:
        line = found.lines.get(sequence_of(standing.place))
        item = changes.get(standing.place)
        if item is None:
            _untouched(standing, line, todo)
        elif item.action is LineAction.SET:
            _set(standing, item, line, todo)
        else:
            _retire(standing, item, line, todo)
    for item in change.changes:
        if item.new_place is not None:
            _add(item, found.lines, todo)
    if found.status != OPEN_STATUS and not todo.is_done:
        todo.hold(found, change)
    return todo


def _compare_header(
    change: LedgerOrderChange, found: FoundOrder, local_currency: str, todo: Todo
) -> None:
    standing = change.standing
    if odata.code(standing.vendor_number) != odata.code(found.vendor):
        todo.other("vendor", standing.vendor_number, found.vendor, standing.vendor_number)
    if _currency(standing.currency, local_currency) != _currency(found.currency, local_currency):
        todo.other("currency", standing.currency, found.currency, standing.currency)
    for each in found.header:
        if each.ledger == each.wanted:
            continue
        if each.written is not None and each.ledger != each.written:
            todo.other(each.name, each.written, each.ledger, each.wanted)
        todo.header[each.name] = each.wanted


def _currency(code: str | None, local_currency: str) -> str:
    found = odata.code(code or "")
    return "" if found == odata.code(local_currency) else found


def _untouched(standing: StandingLine, line: FoundLine | None, todo: Todo) -> None:
    """A line this revision leaves alone is nobody's business but theirs, so long as it is there."""
    if line is not None or not standing.line.quantity:
        todo.standing.append(standing)
        return
    todo.other(f"line {standing.place}", _spoken(standing), "deleted", _spoken(standing))


def _set(standing: StandingLine, item: LineChange, line: FoundLine | None, todo: Todo) -> None:
    if item.line is None:
        return
    if line is None:
        wanted = plain(item.line.quantity)
        todo.other(f"line {standing.place}", _spoken(standing), "deleted", wanted)
        return
    quantity = max(item.line.quantity, _floor(line, item))
    if quantity != item.line.quantity:
        todo.kept.append({"line": standing.key, "kept": plain(quantity)})
    values = {}
    for name, written, stands, wanted in (
        ("quantity", standing.line.quantity, line.quantity, quantity),
        ("price", standing.line.unit_price, line.price, item.line.unit_price),
    ):
        if stands == wanted:
            continue
        if stands != written:
            what = f"line {standing.place} {name}"
            todo.other(what, plain(written), plain(stands), plain(wanted))
        values[name] = wanted
    if values:
        todo.changed.append((line, values))
    off = max(item.line.quantity + item.reduced - quantity, _ZERO)
    line_now = replace(item.line, quantity=quantity)
    todo.standing.append(replace(standing, line=line_now, reduced=off, accounted=item.accounted))


def _retire(standing: StandingLine, item: LineChange, line: FoundLine | None, todo: Todo) -> None:
    """Take a line away, or leave of it what was received or invoiced (domain rule 1c, 6)."""
    if line is None:
        return
    kept = _floor(line, item)
    if line.quantity not in (standing.line.quantity, kept):
        wanted = plain(kept) if kept else "no line"
        what = f"line {standing.place} quantity"
        todo.other(what, plain(standing.line.quantity), plain(line.quantity), wanted)
    if not kept:
        todo.removed.append(line)
        return
    todo.kept.append({"line": standing.key, "kept": plain(kept)})
    if line.quantity != kept:
        todo.changed.append((line, {"quantity": kept}))
    stays = replace(standing.line, quantity=kept)
    goes_on = item.line is not None and item.line.quantity > kept
    todo.standing.append(
        replace(
            standing,
            line=stays,
            retired=True,
            reduced=_ZERO if goes_on else standing.reduced,
            accounted=item.keep,
        )
    )


def _add(item: LineChange, lines: Mapping[int, FoundLine], todo: Todo) -> None:
    """Add a line under a number of its own, by which it is recognized later."""
    if item.line is None or item.new_place is None:
        return
    kept = [
        line.line.quantity
        for line in todo.standing
        if line.place == item.place and item.action is LineAction.REPLACE
    ]
    quantity = item.line.quantity - sum(kept, _ZERO)
    if quantity <= _ZERO:
        return
    line = lines.get(sequence_of(item.new_place))
    if line is None:
        todo.added.append((item, quantity))
    elif odata.code(line.account) != odata.code(item.line.account or ""):
        wanted = f"{item.line.account} {plain(quantity)}"
        stands = f"{line.account} {plain(line.quantity)}"
        todo.other(f"line {item.new_place}", "nothing", stands, wanted)
    stays = replace(item.line, quantity=quantity)
    todo.standing.append(
        StandingLine(
            key=item.key,
            place=item.new_place,
            line=stays,
            reduced=item.reduced,
            accounted=item.accounted,
        )
    )


def _floor(line: FoundLine, item: LineChange) -> Decimal:
    """Return what must stay of a line: received, invoiced there, or invoiced through us."""
    return max(line.received, line.invoiced, item.keep)


# Anew.


def check_left(step: Step, known: Mapping[str, Any]) -> None:
    """Before an order takes another's place: is as much left on that one as was planned with?

    Raises ChangedInLedger where NAV received something in between; the next decision knows it.
    """
    planned = step.content.get("order") or {}
    if not planned.get("again"):
        return
    left = {line: Decimal(quantity) for line, quantity in planned["left"].items()}
    kept = {each["line"]: Decimal(each["kept"]) for each in known.get("kept") or ()}
    differences = [
        {
            "field": f"line {line} received",
            "written": plain(left.get(line, _ZERO)),
            "ledger": plain(quantity),
            "wanted": plain(left.get(line, _ZERO)),
        }
        for line, quantity in kept.items()
        if quantity > left.get(line, _ZERO)
    ]
    if differences:
        raise ChangedInLedger(sentence(differences), differences=differences)


# Ends.

_END = "gone"  # why, the instance does not show


def gone(change: LedgerOrderChange, invoices: Sequence[str] | None) -> Written:
    """NAV deletes an order that is fully invoiced (contract 4.4): closing it needs nothing more,
    nor does a revision that wants no more than what was invoiced through us.

    `invoices` are the posted ones that name the order: without any, a person deleted it; None where
    the instance does not show them. Raises ChangedInLedger where something is still to be ordered.
    """
    if _asks_for_nothing(change) or (invoices and _follows_invoices(change)):
        return without_lines(change, "deleted" if change.delete and not invoices else "gone")
    how = _END if invoices is None else "invoiced" if invoices else "deleted"
    stands = {
        _END: "deleted, or invoiced in full",
        "invoiced": f"invoiced in full by {', '.join(invoices or ())}",
    }.get(how, how)
    difference = {
        "field": "order",
        "written": change.source_reference,
        "ledger": stands,
        "wanted": _asked(change),
    }
    raise ChangedInLedger(
        sentence([difference]),
        differences=[difference],
        how=how,
    )


def without_lines(
    change: LedgerOrderChange, status: str, copy: Mapping[str, Any] | None = None
) -> Written:
    """Return the confirmation of an order that is no longer there; `copy` is how it was."""
    facts: dict[str, Any] = {"standing": codec.dump(replace(change.standing, lines=()))}
    if status == "deleted":
        facts["deleted"] = True
    if copy:
        facts["copy"] = _copied(copy)
    return Written(remote_id=change.remote_id, status=status, facts=facts)


def _copied(value: Any) -> Any:
    """Return a record of the ledger without its annotations, lines included."""
    if isinstance(value, Mapping):
        return {name: _copied(each) for name, each in value.items() if "@" not in name}
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def _asked(change: LedgerOrderChange) -> str:
    """Say what a change wants of lines, in few words."""
    wanted = [
        f"line {item.place if item.place is not None else item.new_place}: "
        + (f"{plain(item.line.quantity)} x {plain(item.line.unit_price)}" if item.line else "none")
        for item in change.changes
    ]
    return ", ".join(wanted) or "another date or payment terms"


def _asks_for_nothing(change: LedgerOrderChange) -> bool:
    return all(
        item.action is LineAction.REMOVE
        or (
            item.action is LineAction.SET
            and item.line is not None
            and item.line.quantity <= item.keep
        )
        for item in change.changes
    )


def _follows_invoices(change: LedgerOrderChange) -> bool:
    """Whether nothing is ordered otherwise, and only what is open follows the invoices."""
    before = {line.place: line for line in change.standing.lines}
    return all(_orders_the_same(before.get(item.place or 0), item) for item in change.changes)


def _orders_the_same(before: StandingLine | None, item: LineChange) -> bool:
    if before is None or item.line is None:
        return False
    ordered = (item.line.quantity + item.reduced, item.line.unit_price)
    return ordered == (before.line.quantity + before.reduced, before.line.unit_price)


def sentence(differences: Iterable[Mapping[str, str]]) -> str:
    return "; ".join(
        f"{each['field']}: written {each['written']}, in the ledger {each['ledger']},"
        f" wanted {each['wanted']}"
        for each in differences
    )


def _spoken(standing: StandingLine) -> str:
    return f"{plain(standing.line.quantity)} x {plain(standing.line.unit_price)}"
