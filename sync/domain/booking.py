"""An invoice with its verdict becomes what the ledger books: a purchase document and a journal.

The purchase document carries every cost line on its mapped account, or on the balancing account
where a journal moves the cost on. The journal has one debit line per cost line and one explicit
credit line, in local currency, and sums to exactly zero; a credit note has the opposite signs.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.documents import (
    Invoice,
    InvoiceLine,
    JournalEntry,
    JournalLine,
    LedgerInvoice,
    LedgerLine,
    LedgerSetup,
    ReferenceKind,
    Resource,
)
from sync.domain import money
from sync.domain.coding import Targets
from sync.domain.cost_lines import Allocated, CostLine, CostLines, OwnCoding
from sync.domain.currencies import (
    AT_PAR,
    Worth,
    derived_amounts,
    kept_currency,
    ledger_currency,
)
from sync.domain.dimension_rules import DimensionRule, objections
from sync.domain.figures import strange_figures, too_fine
from sync.domain.mapping import MappingTable
from sync.domain.policy import Policy
from sync.domain.rates import RateTable
from sync.domain.reasons import Reason, reason, unique
from sync.domain.targets import Lookup

DEFAULT_LENGTHS: Mapping[str, int] = {
    "purchase_invoice.external_number": 35,
    "purchase_credit_memo.external_number": 35,
    "journal.external_number": 35,
    "journal.document_number": 20,
    "purchase_invoice.line.description": 100,
    "purchase_credit_memo.line.description": 100,
}


@dataclass(frozen=True, slots=True)
class BookingContext:
    """Everything that booking needs beside the document and its verdict."""

    policy: Policy
    setup: LedgerSetup
    targets: Targets
    today: date
    vendor_number: str | None
    pay_to_vendor_number: str | None = None
    applies_to: str = ""  # of a credit note: its invoice in the ledger, while that is open there
    document_number: str = ""  # of the journal entry: see `journal_number`
    rates: RateTable = field(default_factory=RateTable)
    decimals: Mapping[str, int] = field(default_factory=dict)  # of the ledger's currencies, by code
    worth: Worth = AT_PAR  # of accounting currency in the document's, on its day
    dimension_rules: tuple[DimensionRule, ...] = ()  # of the vendor that is paid
    source_label: str = "JAGGAER"

    def length(self, name: str) -> int:
        return self.setup.field_lengths.get(name) or DEFAULT_LENGTHS[name]


@dataclass(frozen=True, slots=True)
class Booking:
    """What is to be written; `reasons` hold back all, `journal_reasons` the journal alone."""

    invoice: LedgerInvoice | None = None
    journal: JournalEntry | None = None
    reasons: tuple[Reason, ...] = ()
    journal_reasons: tuple[Reason, ...] = ()
    notes: tuple[str, ...] = ()
    evidence: Mapping[str, Any] = field(default_factory=dict)


def targets_of(
    policy: Policy,
    setup: LedgerSetup,
    tables: Mapping[str, MappingTable],
    find: Lookup | None = None,
    published: frozenset[ReferenceKind] = frozenset(ReferenceKind),
) -> Targets:
    """The targets of one integration: its mappings, defaults and the ledger's reference data."""
    return Targets(
        tables=tables,
        default_dimensions=policy.default_dimensions,
        find=find,
        local_currency=setup.local_currency or None,
        published=published,
    )


def journal_number(document_id: object) -> str:
    """Make a journal's document number from the document's own id: 20 characters, never reused."""
    digest = hashlib.sha256(str(document_id).encode()).digest()
    return "J" + base64.b32encode(digest).decode()[:19]


def book_invoice(invoice: Invoice, shares: Iterable[Allocated], context: BookingContext) -> Booking:
    """Turn an invoice or credit note into ledger documents, or say everything that is missing.

    `shares` are the verdict's allocations; a line without one is booked on its own coding where
    the policy writes lines without order, and left out otherwise (its verdict parks it).
    """
    strange = strange_figures(invoice)
    if strange:
        return Booking(reasons=strange)
    reasons: list[Reason] = []
    notes: list[str] = []
    posting_on = _posting_date(invoice, context, reasons, notes)
    currency = ledger_currency(invoice.currency, invoice.document_date, context, reasons)
    _check_number(invoice, context, reasons)
    _check_vendor(invoice, context, reasons)
    kept = kept_currency(invoice.currency, invoice.document_date, context)
    invoice = derived_amounts(invoice, kept)
    costs = _cost_lines(invoice, shares, context, kept)
    found = unique([*reasons, *too_fine(invoice, kept), *costs.reasons])
    if found or posting_on is None or invoice.document_date is None:
        return Booking(reasons=found, notes=tuple(notes))
    return _booked(_Cleared(invoice, costs.lines, context, posting_on, currency, kept), notes)


@dataclass(frozen=True, slots=True)
class _Cleared:
    """An invoice against whose head and lines nothing speaks, with all that its documents say."""

    invoice: Invoice
    costs: list[CostLine]
    context: BookingContext
    posting_on: date
    currency: str | None  # the ledger's code; None for its local currency
    kept: money.Currency  # the invoice's own, with the decimals that the ledger gives it


def _booked(cleared: _Cleared, notes: list[str]) -> Booking:
    """Return the documents that the policy asks for; a vendor's dimensions may still object."""
    invoice, context = cleared.invoice, cleared.context
    document = None
    if context.policy.invoice.enabled:
        document = _ledger_invoice(cleared)
        shared = context.setup.global_dimensions[:2]
        refused = objections(document, context.dimension_rules, shared)
        if refused:
            return Booking(reasons=tuple(refused), notes=tuple(notes))
        notes += _application(invoice, document)
    if not context.policy.writes_journal:
        return Booking(invoice=document, notes=tuple(notes))
    journal, problem, evidence = _journal(cleared)
    notes += _rate_notes(evidence, context.setup.local_currency)
    return Booking(
        invoice=document,
        journal=journal,
        journal_reasons=(problem,) if problem else (),
        notes=tuple(notes),
        evidence=evidence,
    )


def _cost_lines(
    invoice: Invoice, shares: Iterable[Allocated], context: BookingContext, kept: money.Currency
) -> CostLines:
    costs = CostLines(
        invoice,
        context.policy,
        context.targets,
        currency=kept,
        on=invoice.document_date,
        longest=context.length(f"{_kind(invoice)}.line.description"),
    )
    costs.add(_shares(invoice, shares, context.policy))
    return costs


def _shares(
    invoice: Invoice, shares: Iterable[Allocated], policy: Policy
) -> Iterator[tuple[InvoiceLine, Allocated]]:
    matched: dict[int, list[Allocated]] = {}
    for share in shares:
        matched.setdefault(share.invoice_line, []).append(share)
    for line in invoice.lines:
        for share in matched.get(line.number, ()):
            yield line, share
        if line.number not in matched and policy.match.without_order == "write":
            yield line, OwnCoding(line)


def _posting_date(
    invoice: Invoice, context: BookingContext, reasons: list[Reason], notes: list[str]
) -> date | None:
    """The day to post on; a closed one moves to the next open day, where the policy says so."""
    policy, setup = context.policy.posting_date, context.setup
    wanted = invoice.document_date
    if policy.source == "accounting_date":
        wanted = invoice.accounting_date or invoice.document_date
    elif policy.source == "today":
        wanted = context.today
    if wanted is None:
        return None
    early = setup.posting_from is not None and wanted < setup.posting_from
    late = setup.posting_to is not None and wanted > setup.posting_to
    if not early and not late:
        return wanted
    is_far = False
    if early and setup.posting_from and policy.closed_period == "next_open":
        distance, most = (setup.posting_from - wanted).days, policy.next_open_days
        is_far = most is not None and distance > most
        if not is_far:
            notes.append(f"Posting date {wanted} is closed: booked on {setup.posting_from}.")
            return setup.posting_from
    reasons.append(
        reason(
            "posting_date_closed" + ("/far" if is_far else ""),
            posting_date=wanted,
            open_from=setup.posting_from or "the beginning",
            open_to=setup.posting_to or "no end",
            days=policy.next_open_days if is_far else None,
        )
    )
    return None


def _check_number(invoice: Invoice, context: BookingContext, reasons: list[Reason]) -> None:
    """The supplier's number is never cut: it carries the ledger's duplicate check."""
    number = (invoice.supplier_number or "").strip()
    names = [f"{_kind(invoice)}.external_number"]
    if context.policy.writes_journal:
        names.append("journal.external_number")
    longest = min(context.length(name) for name in names)
    if len(number) > longest:
        reasons.append(
            reason(
                "too_long",
                field="The supplier's invoice number",
                length=len(number),
                limit=longest,
                value=number,
                document=invoice.source_id,
            )
        )


def _check_vendor(invoice: Invoice, context: BookingContext, reasons: list[Reason]) -> None:
    if context.vendor_number is None:
        supplier = invoice.supplier.erp_number or invoice.supplier.source_id or "without code"
        reasons.append(reason("supplier_unknown/number", supplier=supplier))


def _application(invoice: Invoice, booked: LedgerInvoice) -> Iterator[str]:
    """Say whether a credit memo is applied to its invoice (domain rule 1a 36)."""
    if booked.applies_to:
        yield f"Applied to {booked.applies_to}, which is invoice {invoice.credited_number}."
    elif invoice.resource is Resource.CREDIT_NOTE:
        yield (
            f"To be applied to invoice {invoice.credited_number} in the ledger by hand: only one"
            " that is posted and open there can be named."
        )


def _can_apply(context: BookingContext) -> bool:
    """Whether the ledger takes the number of an invoice on a credit memo."""
    return bool(context.setup.field_lengths.get("purchase_credit_memo.applies_to"))


def _kind(invoice: Invoice) -> str:
    is_credit = invoice.resource is Resource.CREDIT_NOTE
    return "purchase_credit_memo" if is_credit else "purchase_invoice"


def source_reference(label: str, reference: str) -> str:
    """How a ledger document names its source, in its first comment line."""
    return f"{label} {reference}".strip()


def _ledger_invoice(cleared: _Cleared) -> LedgerInvoice:
    invoice, context = cleared.invoice, cleared.context
    policy = context.policy
    moved = policy.journal.balancing_account if policy.lines_on_balancing_account else None
    limits = policy.match.limits.in_currency(context.worth.factor, cleared.kept)
    return LedgerInvoice(
        resource=invoice.resource,
        vendor_number=context.vendor_number or "",
        external_number=(invoice.supplier_number or "").strip(),
        document_date=invoice.document_date or cleared.posting_on,
        posting_date=cleared.posting_on,
        due_date=invoice.due_date,
        currency=cleared.currency,
        lines=tuple(_ledger_line(cost, moved) for cost in cleared.costs),
        source_reference=source_reference(context.source_label, invoice.reference),
        pay_to_vendor_number=context.pay_to_vendor_number,
        total=invoice.total,
        total_allowed=limits.total_amount or Decimal(0),
        net=money.total_of(cost.amount for cost in cleared.costs),
        applies_to=context.applies_to if _can_apply(context) else "",
    )


def _ledger_line(cost: CostLine, moved: str | None) -> LedgerLine:
    return LedgerLine(
        description=cost.description,
        account=moved or cost.account,
        quantity=cost.quantity,
        unit_price=cost.unit_price,
        unit=cost.unit,
        tax_code=cost.tax_code,
        dimensions=cost.dimensions or {},
        source_line=cost.source_line,
    )


def _rate_notes(evidence: Mapping[str, Any], local: str) -> Iterator[str]:
    rate = evidence.get("exchange_rate")
    if rate:
        yield (
            f"The journal is in {local}, converted with the ledger's rate of {rate['starting_on']}:"
            f" {rate['amount']} {rate['currency']} = {rate['local_amount']} {local}."
        )


def _journal(
    cleared: _Cleared,
) -> tuple[JournalEntry | None, Reason | None, Mapping[str, Any]]:
    """The balanced entry, or why there is none, and the rate that was used.

    An invoice of which nothing costs anything has neither an entry nor a reason.
    """
    booked = [cost for cost in cleared.costs if cost.amount]
    amounts, problem, evidence = _in_local_currency([cost.amount for cost in booked], cleared)
    if problem:
        return None, problem, evidence
    if cleared.invoice.resource is Resource.CREDIT_NOTE:
        amounts = [-amount for amount in amounts]
    lines = [
        JournalLine(
            account=cost.account,
            amount=amount,
            description=cost.description,
            dimensions=cost.dimensions or {},
        )
        for cost, amount in zip(booked, amounts, strict=True)
        if amount
    ]
    return _entry(cleared, lines) if lines else None, None, evidence


def _in_local_currency(
    amounts: list[Decimal], cleared: _Cleared
) -> tuple[list[Decimal], Reason | None, Mapping[str, Any]]:
    """Convert amounts with the ledger's rate of the posting date; what rounding leaves goes to the
    largest. Returns them with the rate as evidence, or the reason why there is none.
    """
    if cleared.currency is None:
        return amounts, None, {}
    rate = cleared.context.rates.on(cleared.currency, cleared.posting_on)
    if rate is None:
        where = {"currency": cleared.currency, "posting_date": cleared.posting_on}
        return [], reason("currency_differs/rate", **where), {}
    local = cleared.context.setup.local_currency
    evidence = {"exchange_rate": {**rate.evidence(), "local_currency": local}}
    return money.convert(amounts, rate.rate, local), None, evidence


def _entry(cleared: _Cleared, lines: list[JournalLine]) -> JournalEntry:
    """Put one line on the balancing account against the cost lines, so that all sum to zero."""
    invoice, context = cleared.invoice, cleared.context
    number = (invoice.supplier_number or "").strip()
    total = money.total_of(line.amount for line in lines)
    against = JournalLine(
        account=context.policy.journal.balancing_account or "",
        amount=-total,
        description=f"{invoice.supplier.name or context.vendor_number} {number}".strip(),
    )
    return JournalEntry(
        batch=context.policy.journal.batch,
        document_number=context.document_number,
        external_number=number,
        posting_date=cleared.posting_on,
        source_reference=source_reference(context.source_label, invoice.reference),
        lines=(*lines, against) if total else tuple(lines),
    )
