"""Purchase orders: created once in the ledger, with coded lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.documents import PurchaseOrder, Readiness
from sync.domain.booking import targets_of
from sync.domain.decision import Action, Decision, park, wait
from sync.domain.ordering import OrderContext, ledger_order
from sync.domain.reasons import from_problem, reason
from sync.engine.deciding.ledger_known import usable_targets
from sync.engine.deciding.mappings_known import codes_of, mapping_tables
from sync.engine.deciding.suppliers_known import SupplierDirectory, supplier_directory
from sync.engine.site import Site
from sync.engine.writing import standing
from sync.models import Document, WriteState


@dataclass(frozen=True)
class _Surroundings:
    directory: SupplierDirectory
    booking: OrderContext
    chains: dict[Any, frozenset[str]]


def decide_all(
    site: Site, received: Sequence[Any], *, pinned: bool
) -> list[tuple[Document, Decision]]:
    """Decide a block of orders; use inside `site.rows()`."""
    orders = [item.source for item in received if isinstance(item.source, PurchaseOrder)]
    tables = mapping_tables(site.integration, codes_of(orders))
    find, published = usable_targets(site, tables)
    around = _Surroundings(
        directory=supplier_directory(site.integration, [order.supplier for order in orders]),
        booking=OrderContext(
            policy=site.policy,
            setup=site.setup,
            targets=targets_of(site.policy, site.setup, tables, find, published),
            today=site.today(),
        ),
        chains=standing([item.document.pk for item in received]),
    )
    return [(item.document, _decide(item, around)) for item in received]


def _decide(item: Any, around: _Surroundings) -> Decision:
    document, order = item.document, item.source
    if order is None or item.problems:
        return park(*(from_problem(p, document=document.source_id) for p in item.problems))
    early = _before_coding(document, order, around)
    if early is not None:
        return early
    known = around.directory.find(order.supplier)
    if known.view is None:
        named = order.supplier.erp_number or order.supplier.source_id
        if named is None:
            name = order.supplier.name or "no name"
            missing = reason("supplier_unknown/missing", name=name, document=document.source_id)
            return park(missing)
        return park(reason("supplier_unknown", supplier=named))
    if known.view.blocked_because:
        return park(
            reason(
                "supplier_blocked",
                supplier=known.view.label,
                supplier_code=known.view.key,
                state=known.view.blocked_because,
            )
        )
    result = ledger_order(order, known.view.vendor_number or "", around.booking)
    if isinstance(result, tuple):
        return park(*result)
    if not known.view.vendor_number:
        code = known.view.erp_number or known.view.key
        return wait(reason("supplier_unknown/number", supplier=code))
    return Decision(Action.CREATE, effects=(result,))


def _before_coding(
    document: Document, order: PurchaseOrder, around: _Surroundings
) -> Decision | None:
    """Decide what needs no coding, None when the order is to be written."""
    policy = around.booking.policy
    if document.booked_fingerprint:
        if document.booked_fingerprint != document.fingerprint:
            gone = order.readiness is Readiness.CANCELLED
            code = "cancelled_at_source" if gone else "changed_at_source"
            return park(reason(code, document=document.source_id, reference=order.reference))
        if around.chains.get(document.pk) == {WriteState.CONFIRMED}:
            return Decision(Action.SKIP)
    if order.readiness in (Readiness.CANCELLED, Readiness.SETTLED):
        return Decision(Action.SETTLE)
    if not policy.purchase_order.enabled:
        return Decision(Action.IGNORE, notes=("Orders are not written by this integration.",))
    if order.readiness is Readiness.WAITING:
        return wait(reason("not_approved", document=document.source_id))
    if order.readiness is Readiness.HOLD:
        words = ", ".join(f"{name} {word}" for name, word in order.status_words.items())
        return park(reason("status_unknown", field="status", word=words or "nothing"))
    return None
