"""Received quantities for three-way matching, read from the ledger before a block is decided.

Receipts have no notification: the lines of the orders that the next invoices name are read each
time. The ledger counts its own lines, so what it says is brought back to the order's lines.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from connectors.base import OrderedLine
from connectors.documents import Invoice, OrderLine, PurchaseOrder
from sync.engine.deciding.orders_known import contents_of, named_orders, references_of
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
    if flow_name != FlowName.INVOICES or not _is_three_way(site):
        return {}
    with site.rows():
        orders, links = _orders_in_ledger(site, documents)
    if not links:
        return {}
    found = site.ledger.received(site.company_id, list(links.values()))
    received: dict[OrderLineKey, Decimal] = {}
    for pk, remote_id in links.items():
        lines = found.get(remote_id)
        if lines:
            received |= _by_order_line(pk, orders[pk], lines)
    return received


def release_for_receipts(site: Site, flow_name: str) -> None:
    """Let invoices that wait for a receipt be looked at again; use inside `site.rows()`."""
    if flow_name == FlowName.INVOICES and _is_three_way(site):
        waiting = Wait.objects.filter(
            integration=site.integration, cause__startswith="quantity_over_received "
        )
        release_causes(site.integration, waiting.values_list("key", flat=True))


def _is_three_way(site: Site) -> bool:
    match = site.policy.match
    modes = [match.limits.mode, *(item.limits.get("mode") for item in match.overrides)]
    return THREE_WAY in modes


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
    pk: UUID, order: PurchaseOrder, lines: Iterable[OrderedLine]
) -> Mapping[OrderLineKey, Decimal]:
    """Bring quantities of ledger lines back to order lines; a split line has several of them.

    A line that was written as one piece of its amount is received in the same proportion.
    """
    by_place = {line.place: line for line in lines}
    received: dict[OrderLineKey, Decimal] = {}
    place = 1  # the reference comment is the first
    for line in order.lines:
        if line.cancelled:
            continue
        parts = [by_place.get(place + offset) for offset in range(_parts_of(line))]
        place += len(parts)
        received[(str(pk), line.number)] = _received(line, [p for p in parts if p is not None])
    return received


def _parts_of(line: OrderLine) -> int:
    return len([part for part in line.coding if part.share]) or 1


def _received(line: OrderLine, parts: Sequence[OrderedLine]) -> Decimal:
    shares = [part.received / part.ordered for part in parts if part.ordered]
    return line.quantity * min(shares) if shares else Decimal(0)
