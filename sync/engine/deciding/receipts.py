"""What was received, for three-way matching: read from the ledger before a block is decided.

Receipts have no notification: the lines of the orders that the next invoices name are read each
time. The ledger counts its own lines, so what it says is brought back to the order's lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from uuid import UUID

from connectors.documents import Invoice, OrderLine, OrderStanding, PurchaseOrder, StandingLine
from connectors.standing import OrderedLine
from sync.domain.money import ZERO, divide
from sync.domain.order_usage import whole_of
from sync.engine.deciding.orders_known import contents_of, named_orders, references_of
from sync.engine.deciding.receipt_dates import NOT_PUBLISHED, UNCERTAIN, by_place, of_line
from sync.engine.orders_standing import Standing, standing_orders
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.matching.context import OrderLineKey, OrderView, Receipt
from sync.matching.receipts import Arrivals
from sync.matching.twins import Named, orders_with_twins
from sync.models import Document, FlowName, Link, Override, Wait

THREE_WAY = "three_way"
_LINK = ("document_id", "remote_id", "number")


@dataclass(frozen=True, slots=True)
class _Ordered:
    """The orders that a block of invoices names and that stand in the ledger."""

    orders: Mapping[UUID, PurchaseOrder]
    links: Mapping[UUID, tuple[str, str]]  # id and number in the ledger
    written: Mapping[UUID, Standing]
    invoices: Sequence[Named]  # with the orders that people named for them


def arrivals(site: Site, flow_name: str, documents: Sequence[Document]) -> Arrivals:
    """Ask the ledger what was received on the orders that these invoices name, and when where that
    may decide: one call for 40 orders each.

    Call outside of `site.rows()`; asks nothing where the policy matches two ways. An order that is
    not in the ledger, or gone from it, has received nothing that we know of.
    """
    if not needs_receipts(site, flow_name):
        return Arrivals()
    with site.rows():
        ordered = _ordered(site, documents)
    if not ordered.links:
        return Arrivals()
    found = site.ledger.received(site.company_id, [each for each, _ in ordered.links.values()])
    lines = {
        pk: found[remote_id]
        for pk, (remote_id, _) in ordered.links.items()
        if found.get(remote_id) and pk in ordered.written
    }
    received: dict[OrderLineKey, Decimal] = {}
    for pk, each in lines.items():
        received |= _by_order_line(pk, ordered.orders[pk], ordered.written[pk].order, each)
    views = [OrderView(str(pk), ordered.orders[pk]) for pk in lines]
    twins = {UUID(pk) for pk in orders_with_twins(ordered.invoices, views, received)}
    if not twins:
        return Arrivals(received)
    return _dated(site, ordered, {pk: lines[pk] for pk in twins}, received)


def _dated(
    site: Site,
    ordered: _Ordered,
    asked: Mapping[UUID, Sequence[OrderedLine]],
    received: Mapping[OrderLineKey, Decimal],
) -> Arrivals:
    """Add when the lines of these orders were received, or why nobody can say."""
    numbers = {pk: ordered.links[pk][1] for pk in asked}
    found = site.ledger.receipts(site.company_id, [each for each in numbers.values() if each])
    receipts: dict[OrderLineKey, Sequence[Receipt]] = {}
    undated: dict[str, str] = {}
    for pk, lines in asked.items():
        if found is None:
            undated[str(pk)] = NOT_PUBLISHED
            continue
        dated = by_place(lines, found.get(numbers[pk], ()))
        if dated is None:
            undated[str(pk)] = UNCERTAIN
            continue
        parts = _parts(ordered.written[pk].order)
        for line in ordered.orders[pk].lines:
            key = (str(pk), line.number)
            of_it = of_line(list(parts[line.number].values()), dated, received.get(key, ZERO))
            if of_it is None:
                undated[str(pk)] = UNCERTAIN
            else:
                receipts[key] = of_it
    return Arrivals(received, receipts, undated)


def release_for_receipts(site: Site, flow_name: str) -> None:
    """Let invoices that wait for a receipt be looked at again; use inside `site.rows()`."""
    if needs_receipts(site, flow_name):
        waiting = Wait.objects.filter(
            integration=site.integration, cause__startswith="quantity_over_received "
        )
        release_causes(site.integration, waiting.values_list("key", flat=True), is_mended=False)


def needs_receipts(site: Site, flow_name: str) -> bool:
    """Whether documents of a flow are matched three ways, by any rule of the policy."""
    match = site.policy.match
    modes = [match.limits.mode, *(item.limits.get("mode") for item in match.overrides)]
    return flow_name == FlowName.INVOICES and THREE_WAY in modes


def _ordered(site: Site, documents: Sequence[Document]) -> _Ordered:
    contents = contents_of(documents)
    chosen: dict[UUID, set[str]] = defaultdict(set)
    rows = Override.objects.filter(document__in=documents).exclude(order_reference="")
    for document, reference in rows.values_list("document_id", "order_reference"):
        chosen[document].add(reference)
    invoices = [
        (invoice, frozenset(chosen.get(pk, ())))
        for pk, invoice in contents.items()
        if isinstance(invoice, Invoice)
    ]
    references = references_of([each for each, _ in invoices], chain(*chosen.values()))
    orders = contents_of(named_orders(site.integration, references).values())
    links = Link.objects.filter(document__in=list(orders), kind="purchase_order")
    found = {pk: (remote_id, number) for pk, remote_id, number in links.values_list(*_LINK)}
    return _Ordered(orders, found, standing_orders(found), invoices)


def _by_order_line(
    pk: UUID, order: PurchaseOrder, standing: OrderStanding, lines: Iterable[OrderedLine]
) -> Mapping[OrderLineKey, Decimal]:
    """Bring quantities of ledger lines back to order lines, by the places they were written at.

    Of a line that was coded anew both ledger lines count, the retired one with what it kept; a
    split line is received as far as all of its parts are.
    """
    at_place = {line.place: line for line in lines}
    parts = _parts(standing)
    return {
        (str(pk), line.number): _received(line, list(parts[line.number].values()), at_place)
        for line in order.lines
        if line.number in parts
    }


def _parts(standing: OrderStanding) -> Mapping[int, Mapping[str, list[StandingLine]]]:
    """Return what the ledger holds of each line of the order: its parts, by their keys."""
    parts: dict[int, dict[str, list[StandingLine]]] = defaultdict(lambda: defaultdict(list))
    for written in standing.lines:
        parts[written.line.source_line or 0][written.key].append(written)
    return parts


def _received(
    line: OrderLine, parts: Sequence[Sequence[StandingLine]], by_place: Mapping[int, OrderedLine]
) -> Decimal:
    if len(parts) == 1 and _counts_as_ordered(line, parts[0]):
        return _arrived(parts[0], by_place)
    shares = []
    for part in parts:
        whole = sum((whole_of(each) for each in part), ZERO)
        shares.append(divide(_arrived(part, by_place), whole) if whole else ZERO)
    return line.quantity * min(shares)


def _counts_as_ordered(line: OrderLine, part: Sequence[StandingLine]) -> bool:
    """Whether the ledger counts in the order's own quantity, and not one piece of its amount."""
    whole = sum((whole_of(each) for each in part), ZERO)
    return whole > 1 or any(each.line.unit_price == line.unit_price for each in part)


def _arrived(part: Sequence[StandingLine], by_place: Mapping[int, OrderedLine]) -> Decimal:
    found = (by_place.get(each.place) for each in part)
    return sum((each.received for each in found if each is not None), ZERO)
