"""The duplicate gate: has this supplier, or its family, sent this document before?

Two classes (domain rules 1a 31 to 34). Certain: the same number once trimmed and upper-cased, as
the ledger compares it, of the same supplier; through another card of the family only with the same
total and date. Suspected: same date and total, and the numbers differ only in punctuation or
leading zeros; or the same number and total through another card on another date.

Same date and total under another number is ordinary (a monthly rent): a note, and suspected only
where an order line that it bills was invoiced in full before.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from connectors.documents import Invoice
from connectors.entered import Entered
from sync.domain.money import spoken
from sync.domain.reasons import Reason, reason
from sync.domain.references import invoice_number_key, loose_number_key
from sync.matching.context import InvoiceView, MatchContext, SupplierView


def find_duplicates(invoice: Invoice, context: MatchContext) -> list[Reason]:
    """Give at most one reason, the most certain one, with the document it was found against."""
    supplier = context.supplier
    number = (invoice.supplier_number or "").strip()
    if supplier is None or not number:
        return []
    family = supplier.family or supplier.key
    suspected: Reason | None = None
    for view in context.earlier.same_number(family, invoice.resource, number):
        key = _certainty(invoice, supplier, view) if context.counts(view) else None
        if key and key.startswith("duplicate_invoice"):
            return [_said(key, number, invoice, view)]
        suspected = suspected or (_said(key, number, invoice, view) if key else None)
    for view in context.earlier.alike(family, invoice.resource, number):
        if context.counts(view) and _same_date_and_total(invoice, view):
            suspected = suspected or _said("duplicate_suspected", number, invoice, view)
    return [suspected] if suspected else []


def same_amount_elsewhere(invoice: Invoice, context: MatchContext) -> InvoiceView | None:
    """Return an earlier document of the family with the same date and total, but another number."""
    supplier = context.supplier
    if supplier is None:
        return None
    loose = loose_number_key(invoice.supplier_number)
    for view in context.earlier.same_amount(supplier.family or supplier.key, invoice):
        if context.counts(view) and loose_number_key(view.number) != loose:
            return view
    return None


def same_amount_note(view: InvoiceView) -> str:
    return f"{view.number} of the same supplier has the same date and total ({view.reference})."


def same_amount_reason(
    invoice: Invoice, view: InvoiceView, *, order: str, order_line: int
) -> Reason:
    """The order line was invoiced in full before, so the other document may be this one."""
    found = _said("duplicate_suspected/same_amount", invoice.supplier_number or "", invoice, view)
    more = {**found.evidence, "order": order, "order_line": order_line}
    return reason("duplicate_suspected/same_amount", **more)


def entered_before(
    invoice: Invoice, vendor: str, entered: Iterable[Entered], *, allowed: Decimal
) -> tuple[str, Entered] | None:
    """Say whether people typed this document into the ledger before: the reason's key, and what.

    The same number on the vendor's own card is not looked at here: it is found by its key. Amounts
    may differ by what totals may (`allowed`); one that the ledger does not show speaks against
    nothing.
    """
    number = invoice_number_key(invoice.supplier_number)
    suspected: tuple[str, Entered] | None = None
    for one in entered if number else ():
        theirs = invoice_number_key(one.external_number)
        is_own_card = invoice_number_key(one.vendor) == invoice_number_key(vendor)
        if loose_number_key(theirs) != loose_number_key(number) or (
            is_own_card and theirs == number
        ):
            continue
        if not _costs(invoice, one, allowed):
            continue
        is_same_day = one.on == invoice.document_date
        if theirs == number and is_same_day:
            return "duplicate_invoice/entered", one
        if theirs == number:
            suspected = suspected or ("duplicate_suspected/entered_card", one)
        elif is_same_day:
            suspected = suspected or ("duplicate_suspected/entered", one)
    return suspected


def _costs(invoice: Invoice, one: Entered, allowed: Decimal) -> bool:
    """Whether an entered document has the amount of ours, with tax or without."""
    shown = [each for each in (one.total, one.net) if each is not None]
    if invoice.total is None or not shown:
        return not shown
    if one.currency and invoice.currency and one.currency.upper() != invoice.currency.upper():
        return False
    ours = (invoice.total, invoice.total - invoice.tax1 - invoice.tax2)
    return any(abs(abs(theirs) - abs(each)) <= allowed for theirs in shown for each in ours)


def entered_reason(key: str, invoice: Invoice, one: Entered, **sides: Any) -> Reason:
    """Say what was found, with both documents side by side."""
    amount = one.net if one.total is None else one.total
    return reason(
        key,
        number=(invoice.supplier_number or "").strip(),
        existing=one.external_number,
        existing_number=one.number,
        existing_vendor=one.vendor,
        existing_date=one.on,
        existing_total="unknown" if amount is None else spoken(amount, one.currency),
        document=invoice.source_id,
        **sides,
    )


def _certainty(invoice: Invoice, supplier: SupplierView, view: InvoiceView) -> str | None:
    if view.supplier_key == supplier.key:
        years = (invoice.document_date, view.document_date)
        if all(years) and years[0].year != years[1].year:
            return "duplicate_invoice/other_year"
        return "duplicate_invoice"
    if _same_date_and_total(invoice, view):
        return "duplicate_invoice/other_card"
    same_total = (invoice.total, invoice.currency) == (view.total, view.currency)
    return "duplicate_suspected/other_card" if same_total else None


def _same_date_and_total(invoice: Invoice, view: InvoiceView) -> bool:
    ours = (invoice.document_date, invoice.total, invoice.currency)
    return None not in ours and ours == (view.document_date, view.total, view.currency)


def _said(key: str, number: str, invoice: Invoice, view: InvoiceView) -> Reason:
    total = "unknown" if view.total is None else spoken(view.total, view.currency)
    return reason(
        key,
        number=number,
        existing=view.number.strip(),
        existing_reference=view.reference,
        existing_document=view.id,
        existing_date=view.document_date,
        existing_total=total,
        document=invoice.source_id,
    )
