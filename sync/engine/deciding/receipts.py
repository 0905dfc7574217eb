"""Received quantities for three-way matching, read from the ledger before a block is decided.

Receipts have no notification: the lines of the orders that the next invoices name are read each
time. The ledger counts its own lines, so what it says is brought back to the order's lines.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from connectors.base import OrderedLine
from connectors.documents import Invoice, OrderLine, OrderStanding, PurchaseOrder, StandingLine
from sync.domain.money import ZERO, divide
from sync.domain.order_usage import whole_of
from sync.engine.deciding.orders_known import contents_of, named_orders, references_of
from sync.engine.orders_standing import standing_orders
from sync.engine.release import release_causes
from sync.engine.site import Site
from sync.matching.context import OrderLineKey
from sync.models import Document, FlowName, Link, Override, Wait

THREE_WAY = "three_way"


def received_quantities(
    site: Site, flow_name: str, documents: Sequence[Document]
) -> dict[OrderLineKey, Decimal]:
    """Ask the ledger what was received on the orders that these invoices name.

    Call outside of `site.rows()`; asks nothing where the policy matches two ways. An order that is
    not in the ledger, or gone from it, has received nothing that we know of.
    """
    if not needs_receipts(site, flow_name):
        return {}
    with site.rows():
        orders, links = _orders_in_ledger(site, documents)
        written = standing_orders(links)
    if not links:
        return {}
    found = site.ledger.received(site.company_id, list(links.values()))
    received: dict[OrderLineKey, Decimal] = {}
    for pk, remote_id in links.items():
        lines = found.get(remote_id)
        if lines and pk in written:
            received |= _by_order_line(pk, orders[pk], written[pk].order, lines)
    return received


def release_for_receipts(site: Site, flow_name: str) -> None:
    """Let invoices that wait for a receipt be looked at again; use inside `site.rows()`."""
    if needs_receipts(site, flow_name):
        waiting = Wait.objects.filter(
            integration=site.integration, cause__startswith="quantity_over_received "
        )
        release_causes(site.integration, waiting.values_list("key", flat=True))


def needs_receipts(site: Site, flow_name: str) -> bool:
    """Whether documents of a flow are matched three ways, by any rule of the policy."""
    match = site.policy.match
    modes = [match.limits.mode, *(item.limits.get("mode") for item in match.overrides)]
    return flow_name == FlowName.INVOICES and THREE_WAY in modes


def _orders_in_ledger(
    site: Site, documents: Sequence[Document]
) -> tuple[dict[UUID, PurchaseOrder], dict[UUID, str]]:
    invoices = [item for item in contents_of(documents).values() if isinstance(item, Invoice)]
    chosen = Override.objects.filter(document__in=documents).exclude(order_reference="")
    references = references_of(invoices, chosen.values_list("order_reference", flat=True))
    orders = contents_of(named_orders(site.integration, references).values())
    links = Link.objects.filter(document__in=list(orders), kind="purchase_order")
    return orders, dict(links.values_list("document_id", "remote_id"))


def _by_order_line(
    pk: UUID, order: PurchaseOrder, standing: OrderStanding, lines: Iterable[OrderedLine]
) -> Mapping[OrderLineKey, Decimal]:
    """Bring quantities of ledger lines back to order lines, by the places they were written at.

    Of a line that was coded anew both ledger lines count, the retired one with what it kept; a
    split line is received as far as all of its parts are.
    """
    by_place = {line.place: line for line in lines}
    parts: dict[int, dict[str, list[StandingLine]]] = defaultdict(lambda: defaultdict(list))
    for written in standing.lines:
        parts[written.line.source_line or 0][written.key].append(written)
    return {
        (str(pk), line.number): _received(line, list(parts[line.number].values()), by_place)
        for line in order.lines
        if line.number in parts
    }


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
