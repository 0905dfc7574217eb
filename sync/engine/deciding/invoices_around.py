"""What a block of invoices is decided with: orders, suppliers, earlier invoices, mappings, answers.

Everything is loaded at once, with a fixed number of queries. What the block itself decides is added
invoice by invoice, so that the next one sees it exactly as a later block would.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Q

from connectors.documents import Invoice, Readiness, Resource, SupplierRef
from connectors.payments import Paying
from sync.domain.booking import BookingContext, targets_of
from sync.domain.decision import Decision
from sync.domain.dimension_rules import DimensionRule
from sync.domain.mapping import CURRENCY, UNIT_OF_MEASURE
from sync.domain.references import loose_number_key, order_reference_keys
from sync.engine.deciding.ledger_known import (
    currency_decimals,
    dimension_rules,
    exchange_rates,
    usable_targets,
)
from sync.engine.deciding.mappings_known import codes_of, mapping_tables
from sync.engine.deciding.orders_known import (
    contents_of,
    named_orders,
    order_views,
    orders_of_suppliers,
    references_of,
)
from sync.engine.deciding.suppliers_known import SupplierDirectory, supplier_directory
from sync.engine.site import Site
from sync.engine.usage import STANDING, Taking, UsageBook, arrival_of, stands, usage_of
from sync.engine.writing import standing
from sync.matching.context import (
    Arrival,
    EarlierInvoices,
    InvoiceView,
    OrderView,
    Usage,
    index_orders,
)
from sync.matching.receipts import Arrivals
from sync.models import Document, DocumentState, FlowName, Link, Override

_COUNTED_EARLIER = (
    DocumentState.WAITING,
    DocumentState.PARKED,
    DocumentState.WRITING,
    DocumentState.UNKNOWN,
    DocumentState.WRITTEN,
    DocumentState.SETTLED,
)


_TAKEN_OUT = (DocumentState.REJECTED, DocumentState.IGNORED)


@dataclass
class Surroundings:
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
    arrived: Arrivals = field(default_factory=Arrivals)


def surroundings(site: Site, items: Sequence[Any], *, pinned: bool) -> Surroundings:
    """Load what these invoices are decided with; `pinned` adds each one's mapping of last time."""
    invoices = [item.source for item in items]
    ids = [item.document.pk for item in items]
    overrides = _overrides(ids)
    chosen = [item.order_reference for rows in overrides.values() for item in rows]
    orders = named_orders(site.integration, references_of(invoices, chosen))
    lost = [invoice.supplier for invoice in invoices if _names_no_order(invoice)]
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
    around = Surroundings(
        site=site,
        directory=directory,
        orders=strict,
        by_digits=digits,
        candidates=[view for pk, view in views.items() if pk in candidates],
        used=usage_of({**orders, **candidates}, deciding=ids),
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


def remember(around: Surroundings, item: Any, decision: Decision) -> None:
    """Let the next invoices of the block see this one, exactly as a later block would."""
    document = item.document
    is_there = decision.state in STANDING or bool(document.booked_fingerprint)
    for taken in decision.taken:
        usage = Usage(taken.quantity, taken.amount)
        taking = Taking(str(document.pk), usage, is_there, arrival(document))
        around.used.add((taken.order_id, taken.order_line), taking)
    known = around.directory.find(item.source.supplier, item.document.business_unit)
    if known.view is not None and (is_there or decision.state in _COUNTED_EARLIER):
        around.earlier.add(
            InvoiceView.of(
                item.source,
                known.view,
                id=str(document.pk),
                in_ledger=is_there,
                arrival=arrival(document),
                cancelled=decision.gives_back,
            )
        )


def arrival(document: Document) -> Arrival:
    """Return where a document stands in the order in which documents are decided."""
    return arrival_of(document.modified_at, document.source_id)


def _booking_base(site: Site, invoices: Sequence[Invoice], tables: Any) -> BookingContext:
    currencies = {invoice.currency or "" for invoice in invoices}
    find, published = usable_targets(site, tables, currencies)
    kept = currencies | tables[CURRENCY].targets()
    return BookingContext(
        policy=site.policy,
        setup=site.setup,
        targets=targets_of(site.policy, site.setup, tables, find, published),
        today=site.today(),
        vendor_number=None,
        rates=exchange_rates(site, kept),
        decimals=currency_decimals(site, kept),
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
    """Whether a line names nothing that could be an order's number: none, or "n/a"."""
    return any(not order_reference_keys(line.order_reference).loose for line in invoice.lines)


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
    day and amount; of those that are decided now what stands in the ledger."""
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
        Q(state__in=_COUNTED_EARLIER) | ~Q(booked_fingerprint=""),
        integration=site.integration,
        flow_name=FlowName.INVOICES,
    )
    rows = rows.exclude(state__in=_TAKEN_OUT)
    return list(rows.exclude(pk__in=ids, booked_fingerprint=""))


def _cancelled(documents: Sequence[Document]) -> set[UUID]:
    """Return those that the source cancelled before they were written, or people in the ledger."""
    settled = [document for document in documents if document.state == DocumentState.SETTLED]
    contents = contents_of(settled).items() if settled else ()
    gone = {pk for pk, source in contents if source.readiness is Readiness.CANCELLED}
    return gone | set(_numbers(documents, Paying.CANCELLED))


def _numbers(documents: Sequence[Document], *payments: Paying) -> dict[UUID, str]:
    """Return the ledger's numbers of those whose payment is in one of these states."""
    links = Link.objects.filter(document__in=documents, payment__in=payments)
    return dict(links.values_list("document_id", "number"))


def _views(documents: Sequence[Document], directory: SupplierDirectory) -> list[InvoiceView]:
    cancelled = _cancelled(documents)
    unpaid = _numbers(documents, Paying.OPEN, Paying.PART_PAID)
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
            in_ledger=stands(document),
            arrival=arrival(document),
            cancelled=document.pk in cancelled,
            open_as=unpaid.get(document.pk, ""),
        )
        for document in documents
    ]
