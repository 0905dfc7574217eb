"""The rules of the document's head: who sends it, its number, date and totals, its orders."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from connectors.documents import Invoice, OrderLine, Readiness, Resource
from sync.domain.money import ZERO, Amount
from sync.domain.policy import Limits
from sync.domain.reasons import Reason, from_problem, reason
from sync.matching.candidates import relation
from sync.matching.context import NOTHING, InvoiceView, MatchContext, OrderView, Usage
from sync.matching.kinship import Kinship, Member, kinship


def head_reasons(invoice: Invoice, context: MatchContext) -> list[Reason]:
    """Every reason that the document's head alone gives."""
    said = [from_problem(problem, document=invoice.source_id) for problem in invoice.problems]
    known = {item.code for item in said}
    found = [*_party(invoice, context), *_figures(invoice)]
    return said + [item for item in found if item.code not in known]


def _party(invoice: Invoice, context: MatchContext) -> Iterable[Reason]:
    named, supplier = invoice.supplier, context.supplier
    if not (named.source_id or named.erp_number):
        yield reason(
            "supplier_unknown/missing", name=named.name or "no name", document=invoice.source_id
        )
    elif supplier is None:
        yield reason("supplier_unknown", supplier=named.erp_number or named.source_id)
    elif supplier.blocked_because:
        yield reason(
            "supplier_blocked",
            supplier=supplier.label,
            supplier_code=supplier.held_by or supplier.key,
            state=supplier.blocked_because,
        )
    elif supplier.payment_hold and context.policy.supplier.payment_blocked == "review":
        yield reason(
            "supplier_blocked/payment",
            supplier=supplier.label,
            supplier_code=supplier.held_by or supplier.key,
            vendor=supplier.vendor_number,
        )


def _figures(invoice: Invoice) -> Iterable[Reason]:
    document = invoice.source_id
    if not (invoice.supplier_number or "").strip():
        yield reason("number_missing", document=document)
    if invoice.document_date is None:
        yield reason("date_invalid", document=document)
    if not (invoice.currency or "").strip():
        yield reason("currency_differs/missing", document=document)
    if invoice.total is None:
        yield reason("total_missing", document=document)
    elif not invoice.total:
        yield reason("total_zero", document=document)
    elif invoice.total < 0:
        kind = invoice.resource.value.replace("_", " ")
        total = Amount(invoice.total, invoice.currency)
        yield reason("negative_invoice", total=total, resource=kind, document=document)


def order_reasons(
    invoice: Invoice, order: OrderView, context: MatchContext
) -> tuple[list[Reason], list[str]]:
    """What speaks against booking on an order, and notes about it."""
    reasons: list[Reason] = []
    notes: list[str] = []
    if context.supplier is not None:
        found, note = _supplier_of(invoice, order, context)
        reasons += found
        notes += note
    currency = order.document.currency
    if currency and invoice.currency and currency != invoice.currency:
        reasons.append(
            reason(
                "currency_differs",
                currency=invoice.currency,
                order=order.reference,
                order_currency=currency,
                document=invoice.source_id,
            )
        )
    day, ordered_on = invoice.document_date, order.document.order_date
    if invoice.resource is Resource.INVOICE and day and ordered_on and day < ordered_on:
        reasons.append(
            reason(
                "dated_before_order",
                document_date=day,
                order=order.reference,
                order_date=ordered_on,
                document=invoice.source_id,
            )
        )
    return reasons, notes


def _supplier_of(
    invoice: Invoice, order: OrderView, context: MatchContext
) -> tuple[list[Reason], list[str]]:
    how = relation(order, context)
    if how == "same":
        return [], []
    owner = order.document.supplier
    theirs = f"{owner.erp_number or owner.source_id or ''} {owner.name or ''}".strip()
    ours = context.supplier.label if context.supplier else "an unknown supplier"
    kin = _kin(order, theirs, context)
    if how == "related" and context.policy.match.related_supplier == "accept":
        through = f": {kin.words}" if kin else ""
        note = f"Order {order.reference} belongs to {theirs}, a related supplier of {ours}{through}"
        return [], [f"{note}."]
    variant = "/related" if how == "related" else "/connected" if kin else ""
    return [
        reason(
            f"order_of_other_supplier{variant}",
            order=order.reference,
            order_supplier=theirs or "another supplier",
            supplier=ours,
            relation=kin.how if kin else None,
            relation_words=kin.words if kin else "they are of one group" if variant else None,
            through=kin.through or None if kin else None,
            document=invoice.source_id,
        )
    ], []


def _kin(order: OrderView, theirs: str, context: MatchContext) -> Kinship | None:
    supplier = context.supplier
    if supplier is None or order.supplier_key is None:
        return None
    ours = Member(supplier.key, supplier.label)
    other = Member(order.supplier_key, theirs)
    return kinship(ours, supplier.lineage, other, order.lineage)


def closed_reason(order: OrderView, line: OrderLine) -> Reason | None:
    """Say that an order, or one line of it, takes no more invoices."""
    document = order.document
    if document.readiness is Readiness.CANCELLED:
        return reason("order_cancelled", order=order.reference, state="cancelled")
    if document.closed:
        return reason("order_cancelled", order=order.reference, state="closed for invoices")
    if document.lines and all(item.cancelled for item in document.lines):
        return reason("order_cancelled", order=order.reference, state="cancelled in all its lines")
    if line.cancelled:
        return reason("order_cancelled/line", order=order.reference, order_line=line.number)
    return None


def received_rest_covers(
    order: OrderView, line: OrderLine, taken: Usage, limits: Limits, context: MatchContext
) -> bool:
    """Whether goods that came before a cancellation are still to be invoiced (three-way)."""
    if limits.mode != "three_way":
        return False
    key = (order.id, line.number)
    received = context.received.get(key, ZERO)
    return ZERO < context.used.get(key, NOTHING).quantity + taken.quantity <= received


def credited_invoice(invoice: Invoice, context: MatchContext) -> InvoiceView | None:
    """The invoice that a credit note names: of the supplier itself before another card of its
    family, and rather the one that took a cancelled one's place."""
    supplier, named = context.supplier, (invoice.credited_number or "").strip()
    if supplier is None or not named:
        return None
    found = context.earlier.same_number(supplier.family or supplier.key, Resource.INVOICE, named)
    own = [view for view in found if view.supplier_key == supplier.key] or list(found)
    standing = [view for view in own if not view.cancelled] or own
    return standing[-1] if standing else None


def credit_reasons(invoice: Invoice, context: MatchContext) -> tuple[list[Reason], list[str]]:
    """Reasons, and documents to wait for, of a credit note against its invoice."""
    supplier, named = context.supplier, (invoice.credited_number or "").strip()
    document = invoice.source_id
    credited = credited_invoice(invoice, context)
    if not named:
        return [reason("credit_without_invoice", document=document)], []
    if supplier is None:
        return [], []
    if credited is None:
        unknown = reason(
            "credit_without_invoice/unknown",
            credited=named,
            supplier=supplier.label,
            document=document,
        )
        return [unknown], []
    if credited.currency and invoice.currency and credited.currency != invoice.currency:
        differs = reason(
            "currency_differs/credited",
            currency=invoice.currency,
            credited=credited.number,
            credited_currency=credited.currency,
            document=document,
        )
        return [differs], []
    if credited.cancelled:
        over = reason("credit_over_invoice/cancelled", credited=named, document=document)
        return [over], []
    before = [
        view.total or ZERO
        for view in context.earlier.credits_of(supplier.family or supplier.key, named)
        if context.counts(view)
    ]
    waits = [] if credited.in_ledger else [credited.id]
    return _over_credited(invoice, credited.total, before, named), waits


def _over_credited(
    invoice: Invoice, credited: Decimal | None, before: list[Decimal], named: str
) -> list[Reason]:
    whole = sum(before, invoice.total or ZERO)
    if credited is None or whole <= credited:
        return []
    return [
        reason(
            "credit_over_invoice",
            credited_total=Amount(whole, invoice.currency),
            credited=named,
            invoice_total=Amount(credited, invoice.currency),
            document=invoice.source_id,
        )
    ]
