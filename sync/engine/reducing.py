"""Orders whose open quantity follows their invoices (policy `purchase_order.after_invoice`).

An invoice written by API cannot be linked to its order (NAV contract 4.5), so the order is lowered
after it. The change is an effect of the order: whatever moves what was invoiced of it lets it be
decided anew, and its decision compares with what stands. So several invoices of one order cost one
change, and doing it twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from uuid import UUID

from django.db.models import Exists, OuterRef
from django.utils import timezone

from audit.record import record as tell
from sync.domain.order_changes import reduce
from sync.domain.policy import parse
from sync.engine.orders_standing import Invoiced, invoiced, standing_orders
from sync.engine.release import queue_run_over_received
from sync.engine.site import Site
from sync.models import Allocation, Document, DocumentState, FlowName, Integration, Link, Trigger
from sync.models.document import INVOICE_KINDS


def orders_of(documents: Iterable[UUID]) -> set[UUID]:
    """Return the orders that these invoices take from."""
    rows = Allocation.objects.filter(document__in=list(documents))
    return set(rows.values_list("order", flat=True).distinct())


def follow_invoices(site: Site, orders: Collection[UUID]) -> int:
    """Let those of the orders be decided anew whose lines do not account for what was invoiced;
    returns how many. One that is being written is looked at when that has ended."""
    if not orders or not site.policy.purchase_order.reduces:
        return 0
    rows = Document.objects.filter(
        pk__in=orders, flow_name=FlowName.PURCHASE_ORDERS, state=DocumentState.WRITTEN
    )
    ids = list(rows.values_list("pk", flat=True))
    took = invoiced(ids)
    going = [
        pk
        for pk, stands in standing_orders(ids).items()
        if reduce(stands.order, took.get(pk, Invoiced({})).written)
    ]
    return _decide_anew(site.integration, going)


def follow_from_now_on(integration: Integration) -> int:
    """Let every order that something was invoiced of be decided anew: the policy reduces now."""
    if not parse(integration.policy).purchase_order.reduces:
        return 0
    in_ledger = Link.objects.filter(document=OuterRef("document"), kind__in=INVOICE_KINDS)
    taken = Allocation.objects.filter(Exists(in_ledger), order__integration=integration)
    rows = Document.objects.filter(pk__in=taken.values("order"), state=DocumentState.WRITTEN)
    return _decide_anew(integration, rows.values_list("pk", flat=True))


def _decide_anew(integration: Integration, ids: Iterable[UUID]) -> int:
    rows = Document.objects.filter(pk__in=list(ids), state=DocumentState.WRITTEN)
    count = rows.update(state=DocumentState.RECEIVED, changed_at=timezone.now())
    if count:
        tell("orders.followed", target=integration, facts={"documents": count})
        queue_run_over_received(integration, FlowName.PURCHASE_ORDERS, Trigger.RELEASE)
    return count
