"""Invoices and credit notes: matched, coded, and turned into ledger documents.

Everything a block needs is loaded at once. Within the block each verdict is added to what the next
one sees, so that the order of (source change time, id) alone decides, never the size of a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import structlog

from connectors.documents import Invoice, Readiness
from sync.domain.booking import Booking, BookingContext, book_invoice, journal_number
from sync.domain.booking_proof import booking_faults
from sync.domain.currencies import kept_currency, worth_of_local
from sync.domain.decision import Action, Decision, Taken, park, wait
from sync.domain.dimension_rules import DimensionRule
from sync.domain.reasons import Reason, from_problem, reason, unique
from sync.engine.deciding.hierarchy import pay_to_vendor, with_hierarchy
from sync.engine.deciding.invoices_around import Surroundings, arrival, remember, surroundings
from sync.engine.deciding.suppliers_known import Known
from sync.engine.site import Site
from sync.matching.context import MatchContext
from sync.matching.matcher import match
from sync.matching.receipts import Arrivals
from sync.matching.rules import credited_invoice
from sync.matching.verdict import Verdict
from sync.models import Document, WriteState

log = structlog.get_logger(__name__)


def decide_all(
    site: Site,
    items: Sequence[Any],
    *,
    pinned: bool,
    arrived: Arrivals,
) -> list[tuple[Document, Decision]]:
    """Decide a block of invoices in its order; use inside `site.rows()`.

    `arrived` holds what the ledger received on order lines, for three-way matching.
    """
    invoices = [item for item in items if isinstance(item.source, Invoice)]
    around = surroundings(site, invoices, pinned=pinned)
    around.arrived = arrived
    decided = []
    for item in items:
        decision = _decide(item, around)
        decided.append((item.document, decision))
        if isinstance(item.source, Invoice):
            remember(around, item, decision)
    return decided


def _decide(item: Any, around: Surroundings) -> Decision:
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
    context = _booking(document, invoice, known, around)
    matching = _context(document, invoice, known, around, context)
    verdict = match(invoice, matching)
    context = replace(context, applies_to=_open_invoice(invoice, matching))
    # What stands was judged when it was written; only what is missing of its chain is open.
    objections = () if stands else verdict.reasons
    missing_vendor = _waits_for_vendor(known)
    booked = book_invoice(invoice, verdict.allocations, context)
    details = {
        "match": {**verdict.as_dict(), **_rates(booked, context)},
        "taken": _taken(verdict),
        "notes": verdict.notes,
    }
    already_said = missing_vendor or _unknown_supplier(objections)
    problems = unique([*objections, *_without(booked.reasons, already_said)])
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


def _open_invoice(invoice: Invoice, matching: MatchContext) -> str:
    """Return the ledger's number of the invoice that a credit note corrects: one that is open there
    on the same vendor's card."""
    credited = credited_invoice(invoice, matching)
    if credited is None or matching.supplier is None:
        return ""
    return credited.open_as if credited.supplier_key == matching.supplier.key else ""


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
        gone = invoice.readiness is Readiness.CANCELLED
        return Decision(Action.SETTLE, gives_back=gone)
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


def _rates(booked: Booking, context: BookingContext) -> dict[str, Any]:
    """What was converted with which rate of the ledger: the journal, and limits on amounts."""
    rates = dict(booked.evidence)
    if context.worth.rate is not None:
        rates["limits_rate"] = context.worth.rate.evidence()
    return rates


def _context(
    document: Document,
    invoice: Invoice,
    known: Known,
    around: Surroundings,
    booking: BookingContext,
) -> MatchContext:
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
        used=around.used.before(str(document.pk), arrival(document)),
        received=around.arrived.received,
        receipts=around.arrived.receipts,
        undated=around.arrived.undated,
        earlier=around.earlier,
        open_orders=around.candidates,
        units=around.units,
        currency=kept_currency(invoice.currency, invoice.document_date, booking),
        worth=booking.worth,
        chosen_order=chosen[0] if chosen else None,
        accepted=frozenset(item.code for item in overrides),
        document_id=str(document.pk),
        arrival=arrival(document),
    )


def _booking(
    document: Document, invoice: Invoice, known: Known, around: Surroundings
) -> BookingContext:
    base = around.pinned.get(document.pk, around.booking)
    policy = around.site.policy.supplier
    pay_to = pay_to_vendor(policy, known, around.directory)
    return replace(
        base,
        targets=with_hierarchy(base.targets, policy, known, around.directory),
        vendor_number=known.view.vendor_number if known.view else None,
        pay_to_vendor_number=pay_to,
        document_number=_journal_number(document, around.site),
        worth=worth_of_local(invoice.currency, invoice.document_date, base, base.rates),
        dimension_rules=_rules(known, pay_to, around),
    )


def _journal_number(document: Document, site: Site) -> str:
    """Number a document's journal by its source and company: an integration that was deleted and
    made anew finds what the first one wrote."""
    pair = site.integration
    return journal_number(f"{pair.source_id}/{pair.company_id}/{document.source_id}")


def _rules(known: Known, pay_to: str | None, around: Surroundings) -> tuple[DimensionRule, ...]:
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


def _unknown_supplier(objections: Iterable[Reason]) -> Reason | None:
    """An unknown supplier is said once, by matching; that it has no vendor either adds nothing."""
    return next((item for item in objections if item.code == "supplier_unknown"), None)


def _without(reasons: Iterable[Reason], said: Reason | None) -> list[Reason]:
    return [item for item in reasons if said is None or item.code != said.code]


def _taken(verdict: Verdict) -> tuple[Taken, ...]:
    return tuple(
        Taken(order_id, line, usage.quantity, usage.amount)
        for (order_id, line), usage in verdict.usage.items()
    )
