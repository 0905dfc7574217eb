"""Which order lines an invoice line means, and how much of it falls on each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from connectors.documents import CodingPart, InvoiceLine, OrderLine
from sync.domain import money
from sync.domain.mapping import COST_CENTER, LEDGER_ACCOUNT, segment_kind
from sync.domain.money import ZERO
from sync.domain.prepayments import is_prepayment
from sync.domain.reasons import Reason, reason
from sync.domain.references import line_number, text_key
from sync.matching import units
from sync.matching.context import NOTHING, MatchContext, OrderLineKey, OrderView, Receipt, Usage
from sync.matching.receipts import Room, not_invoiced, oldest, spread
from sync.matching.tolerance import basis_of, order_price
from sync.matching.verdict import BY_RECEIPT, Allocation, Basis, ToldApart

Meaning = tuple[bool, bool, bool, bool, bool]
_NOT_READ = "its receipts were not read"


class LineChooser:
    """Chooses order lines for the lines of one invoice, keeping account of what it gave away."""

    def __init__(self, context: MatchContext) -> None:
        self._context = context
        self._used = context.used
        self._taken: dict[OrderLineKey, Usage] = {}
        self._numbered: dict[str, Mapping[int, list[OrderLine]]] = {}
        self._described: dict[str, Mapping[str, list[OrderLine]]] = {}

    def by_number(self, line: InvoiceLine, order: OrderView) -> list[Allocation] | Reason | None:
        """Take the order line that the invoice line names; None where it names none.

        Of several lines that the source gave one number, the one of its text and coding is meant.
        """
        number = line_number(line.order_line)
        if number is None:
            return None
        wanted = self._lines_by_number(order).get(number)
        if wanted is None:
            return _not_on_order(line, order)
        if is_prepayment(line.description) and not is_prepayment(wanted[0].description):
            return _not_on_order(line, order)
        if len(wanted) > 1:
            return self._best(line, order, _meant(line, wanted), "number")
        return [self._take(line, order, wanted[0], line.quantity, line.amount, "number")]

    def by_description(self, line: InvoiceLine, order: OrderView) -> list[Allocation] | Reason:
        """Choose among order lines of the same description, account and cost center.

        Open lines before cancelled ones, then the same price, enough left, enough received where
        that is known, and the same amount (domain rules 1a 18 and 45); of equals the one with the
        oldest receipt that is not invoiced, then one that no other line of this invoice took, then
        the one in the same place. A line that no candidate can take alone is split over equal ones.
        """
        named = self._lines_by_text(order).get(text_key(line.description), ())
        fitting = [candidate for candidate in named if same_coding(line.coding, candidate.coding)]
        if not fitting:
            return _not_on_order(line, order)
        return self._best(line, order, fitting, "description")

    def _best(
        self, line: InvoiceLine, order: OrderView, fitting: Sequence[OrderLine], chosen_by: str
    ) -> list[Allocation] | Reason:
        meanings = {item.number: self._meaning(line, order, item) for item in fitting}
        best = min(meanings.values())
        equal = [item for item in fitting if meanings[item.number] == best]
        if _coding_is_open(line, equal):
            numbers = [item.number for item in fitting]
            return reason(
                "order_ambiguous/line",
                line=line.number,
                order=order.reference,
                candidates=numbers,
                document=order.id,
            )
        by = self._told_apart_by(order, equal)
        ranked = sorted(
            fitting,
            key=lambda item: (meanings[item.number], *self._turn(line, order, item, by)),
        )
        split = self._split(line, order, ranked)
        if split:
            return split
        taken = self._receipts_of(line, order, ranked[: len(equal)], by)
        return [self._take(line, order, ranked[0], line.quantity, line.amount, chosen_by, taken)]

    def _receipts_of(
        self, line: InvoiceLine, order: OrderView, equal: Sequence[OrderLine], by: str
    ) -> ToldApart:
        """Say how the first of equal lines was told from the others."""
        if by != BY_RECEIPT:
            return ToldApart(by)
        if len({self._oldest(order, item) for item in equal}) == 1:
            return ToldApart()
        unit = units.conversion(line, equal[0], self._context) or units.SAME
        parts = spread(unit.quantity(line.quantity), [self._room(order, equal[0])])
        return ToldApart(by, parts[0].receipts) if parts else ToldApart()

    def _meaning(self, line: InvoiceLine, order: OrderView, candidate: OrderLine) -> Meaning:
        """How well an order line is meant, the smallest best."""
        left = self._left(order, candidate)
        unit = units.conversion(line, candidate, self._context) or units.SAME
        quantity, price = unit.quantity(line.quantity), unit.price(line.unit_price)
        enough = arrived = line.amount <= left.amount
        if basis_of(candidate) is Basis.QUANTITY:
            enough = quantity <= left.quantity
            arrived = quantity <= self._arrived(order, candidate)
        return (
            candidate.cancelled,
            price not in (order_price(candidate), candidate.unit_price),
            not enough,
            not arrived,
            candidate.amount != line.amount,
        )

    def _turn(
        self, line: InvoiceLine, order: OrderView, candidate: OrderLine, by: str
    ) -> tuple[date, bool, bool, int]:
        """The place of an order line among those that are meant alike, and told apart by `by`: by
        its oldest receipt, or by the day on which it was expected where receipts do not tell."""
        is_dated = by in ("", BY_RECEIPT)
        since = self._oldest(order, candidate) if is_dated else candidate.requested_on or date.max
        return (
            since,
            (order.id, candidate.number) in self._taken,
            candidate.number != line.number,
            candidate.number,
        )

    def _split(
        self, line: InvoiceLine, order: OrderView, ranked: Sequence[OrderLine]
    ) -> list[Allocation]:
        """Spread a line over equal open order lines, where only all together do: over what was
        received of each, the oldest receipt first (domain rule 1a 18), else over what is left."""
        if len(ranked) < 2 or line.quantity <= 0 or basis_of(ranked[0]) is not Basis.QUANTITY:
            return []
        unit = units.conversion(line, ranked[0], self._context)
        if unit is None:
            return []
        equal = [
            item
            for item in ranked
            if not item.cancelled
            and order_price(item) == order_price(ranked[0])
            and units.conversion(line, item, self._context) == unit
        ]
        wanted = unit.quantity(line.quantity)
        by = self._told_apart_by(order, equal)
        rooms = [self._room(order, item, dated=by == BY_RECEIPT) for item in equal]
        if sum(room.quantity for room in rooms) < wanted:
            rooms = [replace(room, quantity=self._free(order, room.line)) for room in rooms]
        free = [room.quantity for room in rooms]
        if not free or max(free) >= wanted or sum(free) < wanted:
            return []
        parts = spread(wanted, rooms)
        amounts = _shares(line.amount, [part.quantity for part in parts])
        return [
            self._take(
                line,
                order,
                part.line,
                unit.back(part.quantity),
                amount,
                "split",
                ToldApart(by, part.receipts),
            )
            for part, amount in zip(parts, amounts, strict=True)
        ]

    def _told_apart_by(self, order: OrderView, equal: Sequence[OrderLine]) -> str:
        """Say what tells equal lines apart of which several have something that was received and is
        not invoiced: their receipts, else in words why those do not; "" where nothing has to."""
        if not self._context.received or basis_of(equal[0]) is not Basis.QUANTITY:
            return ""
        arrived = [item for item in equal if self._arrived(order, item) > 0]
        if len(arrived) < 2:
            return ""
        if all((order.id, item.number) in self._context.receipts for item in arrived):
            return BY_RECEIPT
        return self._context.undated.get(order.id, _NOT_READ)

    def _room(self, order: OrderView, line: OrderLine, *, dated: bool = True) -> Room:
        """What an order line can take of what was received of it."""
        room = max(min(self._free(order, line), self._arrived(order, line)), ZERO)
        return Room(line, room, self._open_receipts(order, line) if dated else ())

    def _free(self, order: OrderView, line: OrderLine) -> Decimal:
        return max(self._left(order, line).quantity, ZERO)

    def _open_receipts(self, order: OrderView, line: OrderLine) -> tuple[Receipt, ...]:
        """The receipts of an order line that earlier invoices, and lines of this one, left."""
        key = (order.id, line.number)
        receipts = self._context.receipts.get(key, ())
        if not receipts or basis_of(line) is not Basis.QUANTITY:
            return ()
        return not_invoiced(receipts, self._took(key).quantity)

    def _oldest(self, order: OrderView, line: OrderLine) -> date:
        return oldest(self._open_receipts(order, line))

    def _took(self, key: OrderLineKey) -> Usage:
        return self._used.get(key, NOTHING) + self._taken.get(key, NOTHING)

    def _left(self, order: OrderView, line: OrderLine) -> Usage:
        used = self._took((order.id, line.number))
        return Usage(line.quantity - used.quantity, line.amount - used.amount)

    def _arrived(self, order: OrderView, line: OrderLine) -> Decimal:
        """What was received of a line and is not invoiced; all of it where nobody counts that."""
        if not self._context.received:
            return self._left(order, line).quantity
        key = (order.id, line.number)
        return self._context.received.get(key, ZERO) - self._took(key).quantity

    def _take(
        self,
        line: InvoiceLine,
        order: OrderView,
        order_line: OrderLine,
        quantity: Decimal,
        amount: Decimal,
        chosen_by: str,
        told_apart: ToldApart | None = None,
    ) -> Allocation:
        key = (order.id, order_line.number)
        unit = units.conversion(line, order_line, self._context) or units.SAME
        usage = Usage(unit.quantity(quantity), amount)
        self._taken[key] = self._taken.get(key, NOTHING) + usage
        coded = order_line if order_line.coding else line
        return Allocation(
            invoice_line=line.number,
            order_id=order.id,
            order_reference=order.reference,
            order_line=order_line.number,
            quantity=quantity,
            amount=amount,
            basis=basis_of(order_line),
            coding=coded.coding,
            coded_quantity=coded.quantity,
            coded_amount=coded.amount,
            chosen_by=chosen_by,
            told_apart=told_apart,
        )

    def _lines_by_number(self, order: OrderView) -> Mapping[int, list[OrderLine]]:
        if order.id not in self._numbered:
            self._numbered[order.id] = lines_by_number(order.document.lines)
        return self._numbered[order.id]

    def _lines_by_text(self, order: OrderView) -> Mapping[str, list[OrderLine]]:
        if order.id not in self._described:
            self._described[order.id] = lines_by_text(order.document.lines)
        return self._described[order.id]


def lines_by_number(lines: Iterable[OrderLine]) -> Mapping[int, list[OrderLine]]:
    """Order lines by the number that the source gave them."""
    numbers: dict[int, list[OrderLine]] = {}
    for line in lines:
        named = line.number if line.named_as is None else line.named_as
        numbers.setdefault(named, []).append(line)
    return numbers


def lines_by_text(lines: Iterable[OrderLine]) -> Mapping[str, list[OrderLine]]:
    """Order lines by their description, folded."""
    texts: dict[str, list[OrderLine]] = {}
    for line in lines:
        texts.setdefault(text_key(line.description), []).append(line)
    return texts


def _meant(line: InvoiceLine, wanted: Sequence[OrderLine]) -> Sequence[OrderLine]:
    """Of order lines with one number those of the line's text, of these those of its coding."""
    alike = [item for item in wanted if text_key(item.description) == text_key(line.description)]
    alike = alike or wanted
    return [item for item in alike if same_coding(line.coding, item.coding)] or alike


def accounts_of(coding: Iterable[CodingPart]) -> frozenset[str]:
    """The account codes of a coding, as the source writes them."""
    return _codes(coding, LEDGER_ACCOUNT)


def _codes(coding: Iterable[CodingPart], kind: str) -> frozenset[str]:
    return frozenset(
        text_key(code)
        for part in coding
        for segment, code in part.segments.items()
        if code and segment_kind(segment) == kind
    )


def same_coding(left: tuple[CodingPart, ...], right: tuple[CodingPart, ...]) -> bool:
    """Same account and cost center codes; a side that says nothing does not disagree."""
    if left == right or not left or not right:
        return True
    for kind in (LEDGER_ACCOUNT, COST_CENTER):
        ours, theirs = _codes(left, kind), _codes(right, kind)
        if ours and theirs and ours != theirs:
            return False
    return True


def _coding_is_open(line: InvoiceLine, best: Sequence[OrderLine]) -> bool:
    """Whether equally good order lines would book an uncoded line on different codes."""
    return not line.coding and any(item.coding != best[0].coding for item in best)


def _shares(amount: Decimal, quantities: Sequence[Decimal]) -> list[Decimal]:
    """Divide a line's amount by quantity to the amount's own decimals, the rest on the last."""
    decimals = max(-int(amount.as_tuple().exponent), 0)
    whole = sum(quantities)
    parts = [
        money.round_to(money.divide(money.multiply(amount, item), whole), decimals)
        for item in quantities
    ]
    parts[-1] += amount - sum(parts)
    return parts


def _not_on_order(line: InvoiceLine, order: OrderView) -> Reason:
    asks_in_advance = is_prepayment(line.description)
    return reason(
        "line_not_on_order" + ("/prepayment" if asks_in_advance else ""),
        line=line.number,
        description=line.description or "no description",
        order=order.reference,
        order_line=line.order_line,
        document=order.id,
    )
