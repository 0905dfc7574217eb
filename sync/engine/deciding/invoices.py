"""Invoices and credit notes: matched, coded, and turned into ledger documents.

Everything a block needs is loaded at once. Within the block each verdict is added to what the next
one sees, so that the order of (source change time, id) alone decides, never the size of a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from django.db.models import Q

from connectors.documents import Invoice, Readiness, Resource, SupplierRef
from sync.domain.booking import BookingContext, book_invoice, journal_number, targets_of
from sync.domain.booking_proof import booking_faults
from sync.domain.decision import Action, Decision, Taken, park, wait
from sync.domain.dimension_rules import DimensionRule
from sync.domain.mapping import UNIT_OF_MEASURE
from sync.domain.reasons import Reason, from_problem, reason, unique
from sync.domain.references import loose_number_key
from sync.engine.deciding.hierarchy import pay_to_vendor, with_hierarchy
from sync.engine.deciding.ledger_known import dimension_rules, exchange_rates, usable_targets
from sync.engine.deciding.mappings_known import codes_of, mapping_tables
from sync.engine.deciding.orders_known import (
    named_orders,
    order_views,
    orders_of_suppliers,
    references_of,
)
from sync.engine.deciding.suppliers_known import Known, SupplierDirectory, supplier_directory
from sync.engine.site import Site
from sync.engine.usage import STANDING, Taking, UsageBook, arrival_of, usage_of
from sync.engine.writing import standing
from sync.matching.context import (
    Arrival,
    EarlierInvoices,
    InvoiceView,
    MatchContext,
    OrderLineKey,
    OrderView,
    Usage,
    index_orders,
)
from sync.matching.matcher import match
from sync.matching.verdict import Verdict
from sync.models import Document, DocumentState, FlowName, Override, WriteState

log = structlog.get_logger(__name__)
_COUNTED_EARLIER = (
    DocumentState.WAITING,
    DocumentState.PARKED,
    DocumentState.WRITING,
    DocumentState.UNKNOWN,
    DocumentState.WRITTEN,
    DocumentState.SETTLED,
)


@dataclass
class _Surroundings:
    """What the invoices of a block are decided with."""

    site: Site
    directory: SupplierDirectory
    orders: Mapping[str, Sequence[OrderView]]
    by_digits: Mapping[str, Sequence[OrderView]]
    candidates: Sequence[OrderView]
    used: UsageBook
    earlier: EarlierInvoices
    overrides: Mapping[UUID, Sequence[Override]]
    chains: Mapping[UUID, frozenset[str]]
    booking: BookingContext
    units: Any
    rules: Mapping[str, tuple[DimensionRule, ...]] = field(default_factory=dict)
    pinned: Mapping[UUID, BookingContext] = field(default_factory=dict)
    received: Mapping[OrderLineKey, Decimal] = field(default_factory=dict)


def decide_all(
    site: Site,
    items: Sequence[Any],
    *,
    pinned: bool,
    received: Mapping[OrderLineKey, Decimal],
) -> list[tuple[Document, Decision]]:
    """Decide a block of invoices in its order; use inside `site.rows()`.

    `received` holds what the ledger received on order lines, for three-way matching.
    """
    invoices = [item for item in items if isinstance(item.source, Invoice)]
    around = _surroundings(site, invoices, pinned=pinned)
    around.received = received
    decided = []
    for item in items:
        decision = _decide(item, around)
        decided.append((item.document, decision))
        if isinstance(item.source, Invoice):
            _remember(around, item, decision)
    return decided


# ------------------------------------------------------------------------------------ one invoice


def _decide(item: Any, around: _Surroundings) -> Decision:
    document, invoice, policy = item.document, item.source, around.site.policy
    if invoice is None or item.problems:
        return park(*(from_problem(p, document=document.source_id) for p in item.problems))
    chain = around.chains.get(document.pk, frozenset())
    stands = bool(document.booked_fingerprint)
    complete = stands and chain == {WriteState.CONFIRMED} and not document.reasons
    early = _before_matching(document, invoice, policy.start_on, complete=complete)
    if early is not None:
        return early
    known = around.directory.find(invoice.supplier, document.business_unit)
    verdict = match(invoice, _context(document, known, around))
    # What stands was judged when it was written; only what is missing of its chain is open.
    objections = () if stands else verdict.reasons
    details = {"match": verdict.as_dict(), "taken": _taken(verdict), "notes": verdict.notes}
    missing_vendor = _waits_for_vendor(known)
    context = _booking(document, known, around)
    booked = book_invoice(invoice, verdict.allocations, context)
    problems = unique([*objections, *_without(booked.reasons, missing_vendor or _same(objections))])
    if problems:
        return park(*problems, **details)
    if missing_vendor:
        return wait(missing_vendor, **details)
    if verdict.waits_for and not stands:
        return wait(_credited_first(document, invoice), **details)
    faults = booking_faults(invoice, booked, context)
    if faults:
        _say_loudly(document, faults)
        return park(*faults, **details)
    effects = tuple(effect for effect in (booked.invoice, booked.journal) if effect is not None)
    details["notes"] = (*verdict.notes, *booked.notes)
    return Decision(Action.CREATE, booked.journal_reasons, effects=effects, **details)


def _say_loudly(document: Document, faults: Iterable[Reason]) -> None:
    for fault in faults:
        log.error("booking_differs", **{**fault.evidence, "document": str(document.pk)})


def _before_matching(
    document: Document, invoice: Invoice, start_on: date | None, *, complete: bool
) -> Decision | None:
    """Decide what the source's own words settle, None when the invoice is to be matched."""
    if document.booked_fingerprint not in ("", document.fingerprint):
        gone = invoice.readiness is Readiness.CANCELLED
        code = "cancelled_at_source" if gone else "changed_at_source"
        return park(reason(code, document=document.source_id, reference=invoice.reference))
    if complete:
        return Decision(Action.SKIP)
    if document.booked_fingerprint:
        return None
    if invoice.readiness in (Readiness.CANCELLED, Readiness.SETTLED):
        return Decision(Action.SETTLE)
    if start_on and invoice.document_date and invoice.document_date < start_on:
        note = f"Dated before the cut-over on {start_on}: typed into the ledger by hand."
        return Decision(Action.IGNORE, notes=(note,))
    if invoice.readiness is Readiness.WAITING:
        return wait(reason("not_approved", document=document.source_id))
    if invoice.readiness is Readiness.HOLD:
        return park(_hold_reason(document, invoice))
    return None


def _hold_reason(document: Document, invoice: Invoice) -> Reason:
    words = ", ".join(f"{name} {word}" for name, word in invoice.status_words.items())
    return reason(
        "status_unknown", field="status", word=words or "nothing", document=document.source_id
    )


def _context(document: Document, known: Known, around: _Surroundings) -> MatchContext:
    overrides = [
        item
        for item in around.overrides.get(document.pk, ())
        if item.fingerprint == document.fingerprint
    ]
    chosen = [item.order_reference for item in overrides if item.order_reference]
    return MatchContext(
        policy=around.site.policy,
        supplier=known.view,
        orders=around.orders,
        orders_by_digits=around.by_digits,
        used=around.used.before(str(document.pk), _arrival(document)),
        received=around.received,
        earlier=around.earlier,
        open_orders=around.candidates,
        units=around.units,
        chosen_order=chosen[0] if chosen else None,
        accepted=frozenset(item.code for item in overrides),
        document_id=str(document.pk),
        arrival=_arrival(document),
    )


def _arrival(document: Document) -> Arrival:
    return arrival_of(document.modified_at, document.source_id)


def _booking(document: Document, known: Known, around: _Surroundings) -> BookingContext:
    base = around.pinned.get(document.pk, around.booking)
    policy = around.site.policy.supplier
    pay_to = pay_to_vendor(policy, known, around.directory)
    return BookingContext(
        policy=base.policy,
        setup=base.setup,
        targets=with_hierarchy(base.targets, policy, known, around.directory),
        today=base.today,
        vendor_number=known.view.vendor_number if known.view else None,
        pay_to_vendor_number=pay_to,
        document_number=_journal_number(document, around.site),
        rates=base.rates,
        dimension_rules=_rules(known, pay_to, around),
    )


def _journal_number(document: Document, site: Site) -> str:
    """Number a document's journal by its source and company: an integration that was deleted and
    made anew finds what the first one wrote."""
    pair = site.integration
    return journal_number(f"{pair.source_id}/{pair.company_id}/{document.source_id}")


def _rules(known: Known, pay_to: str | None, around: _Surroundings) -> tuple[DimensionRule, ...]:
    """Return what the card of the vendor that is paid wants of its documents."""
    paid = around.directory.vendors.get(pay_to or "")
    vendor_id = paid.remote_id if paid else known.vendor_id
    return around.rules.get((vendor_id or "").lower(), ())


def _waits_for_vendor(known: Known) -> Reason | None:
    """A supplier that we received and that is not in the ledger yet: its invoices wait for it."""
    if known.view is None or known.view.vendor_number or known.document is None:
        return None
    return reason("supplier_unknown/number", supplier=known.view.erp_number or known.view.key)


def _credited_first(document: Document, invoice: Invoice) -> Reason:
    """A credit note waits until the invoice that it credits stands in the ledger."""
    return reason(
        "credit_without_invoice/waiting",
        credited=invoice.credited_number,
        supplier=invoice.supplier.erp_number or invoice.supplier.source_id,
        document=document.source_id,
    )


def _same(objections: Iterable[Reason]) -> Reason | None:
    """An unknown supplier is said once, by matching; that it has no vendor either adds nothing."""
    return next((item for item in objections if item.code == "supplier_unknown"), None)


def _without(reasons: Iterable[Reason], waited: Reason | None) -> list[Reason]:
    return [item for item in reasons if waited is None or item.code != waited.code]


def _taken(verdict: Verdict) -> tuple[Taken, ...]:
    return tuple(
        Taken(order_id, line, usage.quantity, usage.amount)
        for (order_id, line), usage in verdict.usage.items()
    )


def _remember(around: _Surroundings, item: Any, decision: Decision) -> None:
    """Let the next invoices of the block see this one, exactly as a later block would."""
    document, stands = item.document, decision.state in STANDING
    for taken in decision.taken:
        usage = Usage(taken.quantity, taken.amount)
        taking = Taking(str(document.pk), usage, stands, _arrival(document))
        around.used.add((taken.order_id, taken.order_line), taking)
    known = around.directory.find(item.source.supplier, item.document.business_unit)
    if known.view is not None and decision.state in _COUNTED_EARLIER:
        around.earlier.add(
            InvoiceView.of(
                item.source,
                known.view,
                id=str(document.pk),
                in_ledger=stands,
                arrival=_arrival(document),
            )
        )


# ------------------------------------------------------------------------------------ loading


def _surroundings(site: Site, items: Sequence[Any], *, pinned: bool) -> _Surroundings:
    invoices = [item.source for item in items]
    ids = [item.document.pk for item in items]
    overrides = _overrides(ids)
    chosen = [item.order_reference for rows in overrides.values() for item in rows]
    orders = named_orders(site.integration, references_of(invoices, chosen))
    lost = [i.supplier.erp_number for i in invoices if _names_no_order(i) and i.supplier.erp_number]
    candidates = orders_of_suppliers(site.integration, lost) if lost else {}
    earlier = _earlier_documents(site, invoices, ids)
    refs = [invoice.supplier for invoice in invoices]
    refs += [_ref(document) for document in (*orders.values(), *candidates.values(), *earlier)]
    directory = supplier_directory(site.integration, refs)
    views = order_views({**orders, **candidates}, directory)
    named = [view for pk, view in views.items() if pk in orders]
    strict, digits = index_orders(named)
    ordered = [view.document for view in views.values()]
    tables = mapping_tables(site.integration, codes_of([*invoices, *ordered]))
    around = _Surroundings(
        site=site,
        directory=directory,
        orders=strict,
        by_digits=digits,
        candidates=[view for pk, view in views.items() if pk in candidates],
        used=usage_of(orders, without=ids),
        earlier=EarlierInvoices(_views(earlier, directory)),
        overrides=overrides,
        chains=standing(ids),
        booking=_booking_base(site, invoices, tables),
        units=tables[UNIT_OF_MEASURE],
        rules=dimension_rules(site, [item.remote_id for item in directory.vendors.values()]),
    )
    if pinned:
        around.pinned = _pinned(site, items, ordered)
    return around


def _booking_base(site: Site, invoices: Sequence[Invoice], tables: Any) -> BookingContext:
    currencies = {invoice.currency or "" for invoice in invoices}
    find, published = usable_targets(site, tables, currencies)
    return BookingContext(
        policy=site.policy,
        setup=site.setup,
        targets=targets_of(site.policy, site.setup, tables, find, published),
        today=site.today(),
        vendor_number=None,
        rates=exchange_rates(site, currencies),
    )


def _pinned(site: Site, items: Sequence[Any], ordered: Sequence[Any]) -> dict[UUID, BookingContext]:
    """Return the mapping of the moment in which each document was decided before."""
    moments = {item.document.pk: item.document.decided_at for item in items}
    contexts: dict[Any, BookingContext] = {}
    for moment in {at for at in moments.values() if at is not None}:
        sources = [item.source for item in items]
        tables = mapping_tables(site.integration, codes_of([*sources, *ordered]), as_of=moment)
        contexts[moment] = _booking_base(site, sources, tables)
    return {pk: contexts[at] for pk, at in moments.items() if at is not None}


def _overrides(ids: Sequence[UUID]) -> dict[UUID, list[Override]]:
    found: dict[UUID, list[Override]] = {}
    for row in Override.objects.filter(document__in=ids):
        found.setdefault(row.document_id, []).append(row)
    return found


def _names_no_order(invoice: Invoice) -> bool:
    return any(not line.order_reference for line in invoice.lines)


def _ref(document: Document) -> SupplierRef:
    return SupplierRef(
        source_id=document.supplier_source_id or None,
        erp_number=document.supplier_erp_number or None,
        name=document.supplier_name or None,
    )


def _earlier_documents(
    site: Site, invoices: Sequence[Invoice], ids: Sequence[UUID]
) -> list[Document]:
    """Return decided documents with the same or a like number, of the same credit, or of the same
    day and amount."""
    numbers = {(invoice.supplier_number or "").strip().upper() for invoice in invoices}
    credited = {(invoice.credited_number or "").strip().upper() for invoice in invoices}
    loose = {loose_number_key(invoice.supplier_number) for invoice in invoices}
    wanted = (numbers | credited) - {""}
    days = {invoice.document_date for invoice in invoices}
    totals = {invoice.total for invoice in invoices}
    rows = Document.objects.filter(
        Q(number_key__in=wanted)
        | Q(number_loose_key__in=loose - {""})
        | Q(credited_key__in=credited - {""})
        | Q(document_date__in=days - {None}, amount__in=totals - {None}),
        integration=site.integration,
        flow_name=FlowName.INVOICES,
        state__in=_COUNTED_EARLIER,
    )
    return list(rows.exclude(pk__in=ids))


def _views(documents: Iterable[Document], directory: SupplierDirectory) -> list[InvoiceView]:
    return [
        InvoiceView(
            id=str(document.pk),
            supplier_key=directory.key(document.supplier_source_id, document.supplier_erp_number),
            family=directory.family(document.supplier_source_id, document.supplier_erp_number),
            resource=Resource(document.resource),
            number=document.supplier_reference,
            document_date=document.document_date,
            total=document.amount,
            currency=document.currency,
            reference=document.reference,
            credited_number=document.credited_key or None,
            in_ledger=document.state in STANDING,
            arrival=_arrival(document),
        )
        for document in documents
    ]
