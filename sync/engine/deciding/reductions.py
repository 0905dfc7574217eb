"""What invoices take off their orders, for previews: in a live run the orders' own decisions do it.

Each invoice shows the change that it alone leads to after those before it; a live run joins the
changes of one order. An order that is not in the ledger yet has nothing that could be lowered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from connectors.documents import LedgerInvoice, LedgerOrderChange, LineChange, OrderStanding
from sync.domain.decision import Decision, Taken
from sync.domain.order_changes import reduce
from sync.engine.orders_standing import Invoiced, Standing, invoiced, standing_orders
from sync.engine.site import Site
from sync.matching.context import NOTHING, Usage
from sync.models import Document

Decided = Iterable[tuple[Document, Decision]]


def reductions(site: Site, decided: Decided) -> Mapping[UUID, Sequence[LedgerOrderChange]]:
    """Return the changes of orders that follow each document; nothing unless the policy reduces."""
    policy = site.policy.purchase_order
    booked = [
        (document.pk, decision.taken)
        for document, decision in decided
        if any(isinstance(effect, LedgerInvoice) for effect in decision.effects)
    ]
    if not (policy.enabled and policy.reduces and booked):
        return {}
    orders = {UUID(taken.order_id) for _, some in booked for taken in some}
    books = _Orders(orders)
    return {pk: list(books.lowered_by(some)) for pk, some in booked}


class _Orders:
    """Orders that stand, each as it would stand after the documents so far."""

    def __init__(self, ids: Iterable[UUID]) -> None:
        self._standing: dict[UUID, Standing] = standing_orders(ids)
        self._documents = Document.objects.in_bulk(list(self._standing))
        took = invoiced(self._standing)
        self._used = {pk: dict(took.get(pk, Invoiced({})).used) for pk in self._standing}

    def lowered_by(self, taken: Iterable[Taken]) -> Iterator[LedgerOrderChange]:
        touched = []
        for one in taken:
            order = UUID(one.order_id)
            if order in self._standing:
                used = self._used[order]
                usage = Usage(one.quantity, one.amount)
                used[one.order_line] = used.get(one.order_line, NOTHING) + usage
                touched.append(order)
        for order in dict.fromkeys(touched):
            yield from self._lowered(order)

    def _lowered(self, order: UUID) -> Iterator[LedgerOrderChange]:
        stands, document = self._standing[order], self._documents[order]
        changes = reduce(stands.order, self._used[order])
        if not changes:
            return
        yield LedgerOrderChange(
            remote_id=stands.remote_id,
            source_reference=document.reference,
            version=document.version,
            standing=stands.order,
            changes=changes,
            part=stands.part(document.version),
        )
        self._standing[order] = replace(stands, order=_after(stands.order, changes))


def _after(standing: OrderStanding, changes: Iterable[LineChange]) -> OrderStanding:
    by_place = {change.place: change for change in changes}
    lines = []
    for line in standing.lines:
        change = by_place.get(line.place)
        if change is not None and change.line is not None:
            line = replace(
                line, line=change.line, reduced=change.reduced, accounted=change.accounted
            )
        lines.append(line)
    return replace(standing, lines=tuple(lines))
