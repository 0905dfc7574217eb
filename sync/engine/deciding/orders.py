"""Purchase orders: created once in the ledger with coded lines, then changed line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.documents import (
    LedgerDocument,
    LedgerOrder,
    LedgerOrderChange,
    LineChange,
    OrderHeader,
    PurchaseOrder,
    Readiness,
)
from sync.domain.booking import targets_of
from sync.domain.decision import Action, Decision, park, wait
from sync.domain.money import spoken
from sync.domain.order_changes import close, header_of, reduce, released, replacement, revise
from sync.domain.order_usage import Used
from sync.domain.ordering import OrderContext, ledger_order, reference_of
from sync.domain.reasons import Reason, from_problem, reason
from sync.engine.deciding.hierarchy import pay_to_vendor, with_hierarchy
from sync.engine.deciding.ledger_known import currency_decimals, usable_targets
from sync.engine.deciding.mappings_known import codes_of, mapping_tables
from sync.engine.deciding.orders_twins import earlier_twins
from sync.engine.deciding.suppliers_known import SupplierDirectory, supplier_directory
from sync.engine.orders_standing import (
    Invoiced,
    Standing,
    invoiced,
    standing_orders,
)
from sync.engine.site import Site
from sync.engine.writing import standing
from sync.matching.context import SupplierView
from sync.models import Document, WriteState

_UNDECIDED = frozenset({WriteState.SENDING, WriteState.UNKNOWN})


@dataclass(frozen=True)
class _Surroundings:
    directory: SupplierDirectory
    booking: OrderContext
    chains: dict[Any, frozenset[str]]
    standing: dict[Any, Standing]
    invoiced: dict[Any, Invoiced]
    twins: Mapping[Any, str]


def decide_all(
    site: Site, received: Sequence[Any], *, pinned: bool
) -> list[tuple[Document, Decision]]:
    """Decide a block of orders; use inside `site.rows()`."""
    orders = [item.source for item in received if isinstance(item.source, PurchaseOrder)]
    tables = mapping_tables(site.integration, codes_of(orders))
    find, published = usable_targets(site, tables, {order.currency for order in orders})
    ids = [item.document.pk for item in received]
    reduces = site.policy.purchase_order.reduces
    written = [item.document.pk for item in received if _stands(item.document, reduces)]
    around = _Surroundings(
        directory=supplier_directory(site.integration, [order.supplier for order in orders]),
        booking=OrderContext(
            policy=site.policy,
            setup=site.setup,
            targets=targets_of(site.policy, site.setup, tables, find, published),
            today=site.today(),
            decimals=currency_decimals(site, [order.currency for order in orders]),
        ),
        chains=standing(ids),
        standing=standing_orders(written),
        invoiced=invoiced(written),
        twins=earlier_twins(
            site.integration,
            [item.document for item in received if not _is_changed(item.document)],
        ),
    )
    return [(item.document, _decide(item, around)) for item in received]


def _decide(item: Any, around: _Surroundings) -> Decision:
    document, order = item.document, item.source
    if order is None or item.problems:
        return park(*(from_problem(p, document=document.source_id) for p in item.problems))
    early = _before_coding(document, order, around)
    if early is not None:
        return early
    known = around.directory.find(order.supplier, document.business_unit)
    if known.view is None:
        return park(_nobody(document, order))
    if known.view.blocked_because:
        return park(_blocked(known.view))
    policy, directory = around.booking.policy.supplier, around.directory
    targets = with_hierarchy(around.booking.targets, policy, known, directory)
    booking = replace(around.booking, targets=targets)
    result = ledger_order(order, known.view.vendor_number or "", booking)
    if isinstance(result, tuple):
        return park(*result)
    result = replace(result, pay_to_vendor_number=pay_to_vendor(policy, known, directory))
    if not known.view.vendor_number:
        code = known.view.erp_number or known.view.key
        return wait(reason("supplier_unknown/number", supplier=code))
    if _is_changed(document):
        return _revision(document, order, result, around)
    return Decision(Action.CREATE, effects=(result,))


def _nobody(document: Document, order: PurchaseOrder) -> Reason:
    """Say that the order's supplier was never received, or that it names none."""
    named = order.supplier.erp_number or order.supplier.source_id
    if named is None:
        name = order.supplier.name or "no name"
        return reason("supplier_unknown/missing", name=name, document=document.source_id)
    return reason("supplier_unknown", supplier=named)


def _blocked(supplier: SupplierView) -> Reason:
    return reason(
        "supplier_blocked",
        supplier=supplier.label,
        supplier_code=supplier.held_by or supplier.key,
        state=supplier.blocked_because,
    )


def _before_coding(
    document: Document, order: PurchaseOrder, around: _Surroundings
) -> Decision | None:
    """Decide what needs no coding, None when the order is to be written."""
    policy = around.booking.policy
    chain = around.chains.get(document.pk, frozenset())
    if _is_changed(document) and chain & _UNDECIDED:
        return wait(reason("outcome_unknown/earlier", document=document.source_id))
    if _is_changed(document) and _is_over(order):
        return _closing(document, order, around)
    follows = _following(document, order, around)
    if follows is not None:
        return follows
    if document.booked_fingerprint == document.fingerprint and chain == {WriteState.CONFIRMED}:
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
    if document.pk in around.twins:
        return park(
            reason(
                "order_ambiguous/same_number",
                order=document.reference,
                document=document.source_id,
                existing=around.twins[document.pk],
            )
        )
    return None


# Changes.


def _is_changed(document: Document) -> bool:
    """Whether something stands in the ledger, or may stand there, that is not the newest state."""
    planned = document.booked_fingerprint or document.planned_fingerprint
    return planned not in ("", document.fingerprint)


def _stands(document: Document, reduces: bool) -> bool:
    """Whether what stands of a document decides on it: it changed, or follows its invoices."""
    return _is_changed(document) or (reduces and bool(document.booked_fingerprint))


def _following(document: Document, order: PurchaseOrder, around: _Surroundings) -> Decision | None:
    """Lower the open quantity of an order that stands unchanged by what was invoiced through us.

    None where the policy does not want it, and for an order of which nothing is open any more.
    """
    policy = around.booking.policy.purchase_order
    stands = around.standing.get(document.pk)
    if stands is None or stands.is_deleted or _is_over(order):
        return None
    if not (policy.enabled and policy.reduces):
        return None
    if document.booked_fingerprint != document.fingerprint:
        return None
    if around.chains.get(document.pk, frozenset()) & _UNDECIDED:
        return wait(reason("outcome_unknown/earlier", document=document.source_id))
    took = around.invoiced.get(document.pk, Invoiced({}))
    changes = reduce(stands.order, took.written)
    return _change(document, order, stands, changes, around)


def _written(took: Invoiced, around: _Surroundings) -> Used | None:
    """Return what is to be taken off an order's lines; None where the policy leaves them alone."""
    return took.written if around.booking.policy.purchase_order.reduces else None


def _is_over(order: PurchaseOrder) -> bool:
    """Whether nothing more may be received or invoiced on an order."""
    ended = order.readiness in (Readiness.CANCELLED, Readiness.SETTLED) or order.closed
    return ended or all(line.cancelled for line in order.lines)


def _closing(document: Document, order: PurchaseOrder, around: _Surroundings) -> Decision:
    """Take back what is still open of an order that stands (domain rules 1c, 12 to 14)."""
    stands = around.standing.get(document.pk)
    if stands is None:
        return Decision(Action.SETTLE)
    if stands.is_deleted:
        return Decision(Action.SKIP)
    took = around.invoiced.get(document.pk, Invoiced({}))
    if order.readiness is not Readiness.CANCELLED and took.under_way:
        return wait(*_open_invoices(document, order, took))
    is_deleted = _is_deleted(order, took, around)
    changes = close(stands.order, took.used, written=_written(took, around))
    closing = _change(document, order, stands, changes, around, delete=is_deleted)
    rest = released(stands.order, took.used)
    if not rest:
        return closing
    told = f"Closed: {spoken(rest, order.currency)} of the order is released."
    return replace(closing, notes=(told,))


def _is_deleted(order: PurchaseOrder, took: Invoiced, around: _Surroundings) -> bool:
    """Whether a cancelled order goes from the ledger: only where the policy says so and nothing of
    it was invoiced. What was received the ledger says when it is asked (domain rule 1c, 12)."""
    wanted = around.booking.policy.purchase_order.cancelled == "delete"
    is_cancelled = order.readiness is Readiness.CANCELLED
    return wanted and is_cancelled and not took.used and not took.under_way


def _open_invoices(document: Document, order: PurchaseOrder, took: Invoiced) -> list[Reason]:
    """Name each invoice that the closing waits for: the end of any lets it be looked at again."""
    return [
        reason(
            "changed_at_source/closing",
            document=document.source_id,
            order=order.reference,
            invoice=number,
        )
        for number in took.under_way
    ]


def _revision(
    document: Document, order: PurchaseOrder, wanted: LedgerOrder, around: _Surroundings
) -> Decision:
    """Bring an order that stands to its newest revision; create one that never arrived."""
    stands = around.standing.get(document.pk)
    if stands is None:
        return Decision(Action.CREATE, effects=(wanted,))
    if stands.is_deleted:
        return Decision(Action.CREATE, effects=(replace(wanted, again=document.version),))
    took = around.invoiced.get(document.pk, Invoiced({}))
    if _is_another(stands, wanted):
        return _new_order(document, order, stands, wanted, took, _written(took, around))
    header = header_of(wanted)
    changes = revise(stands.order, wanted, took.used, written=_written(took, around))
    return _change(document, order, stands, changes, around, header=header)


def _new_order(
    document: Document,
    order: PurchaseOrder,
    stands: Standing,
    wanted: LedgerOrder,
    took: Invoiced,
    written: Used | None,
) -> Decision:
    """Close what stands and order the rest anew: the ledger keeps vendor and currency of an order.

    While invoices for the old one are under way nobody knows yet how much that is.
    """
    if took.under_way:
        return wait(*_open_invoices(document, order, took))
    rest = replacement(stands.order, wanted, took.used, stands.kept)
    before = f"{stands.order.vendor_number} {stands.order.currency or ''}".strip()
    now = f"{wanted.vendor_number} {wanted.currency or ''}".strip()
    closing = close(stands.order, took.used, written=written)
    effects: list[LedgerDocument] = []
    if closing:
        effects.append(
            LedgerOrderChange(
                remote_id=stands.remote_id,
                source_reference=wanted.source_reference,
                version=document.version,
                standing=stands.order,
                changes=closing,
                part=stands.part(document.version),
            )
        )
    if rest.lines:
        effects.append(replace(rest, again=document.version))
    if not effects:
        return Decision(Action.SKIP)
    told = reason(
        "changed_at_source/other_order",
        document=document.source_id,
        order=order.reference,
        number=stands.number or stands.remote_id,
        before=before,
        now=now,
    )
    return Decision(Action.UPDATE, effects=tuple(effects), notes=(told,))


def _is_another(stands: Standing, wanted: LedgerOrder) -> bool:
    """Another vendor or currency makes it another order (domain rules 1c, 10 and 11)."""
    ours = (stands.order.vendor_number, stands.order.currency or "")
    return ours != (wanted.vendor_number, wanted.currency or "")


def _change(
    document: Document,
    order: PurchaseOrder,
    stands: Standing,
    changes: tuple[LineChange, ...],
    around: _Surroundings,
    *,
    header: OrderHeader | None = None,
    delete: bool = False,
) -> Decision:
    """Plan the changes; an empty one still replaces an older change that was not sent yet."""
    chain = around.chains.get(document.pk, frozenset())
    if stands.order.header is None or header == stands.order.header:
        header = None
    asks_for_nothing = not changes and header is None and not delete
    if asks_for_nothing and chain == {WriteState.CONFIRMED}:
        return Decision(Action.SKIP)
    change = LedgerOrderChange(
        remote_id=stands.remote_id,
        source_reference=reference_of(order, around.booking.source_label),
        version=document.version,
        standing=stands.order,
        changes=changes,
        header=header,
        delete=delete,
        part=stands.part(document.version),
    )
    return Decision(Action.UPDATE, effects=(change,))
