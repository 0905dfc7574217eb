"""Match one invoice: find its orders, choose their lines, compare, and say the result.

1. The head: supplier, number, date, totals. 2. The duplicate gate. 3. Each line's order and order
line. 4. Each order: supplier, currency, date, state. 5. Each order line: the sum of all lines on it
and of all earlier invoices against its limits. 6. Credit notes against their invoice. Every reason
is reported, not only the first. Pure: same input, same verdict.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine, Resource
from sync.domain import money
from sync.domain.currencies import derived_amounts
from sync.domain.figures import strange_figures, too_fine
from sync.domain.money import Amount, Currency, exponent, plain
from sync.domain.policy import Limits
from sync.domain.reasons import Reason, reason, unique
from sync.matching.candidates import OrderChoice, find_order, propose
from sync.matching.charges import ChargeTest
from sync.matching.context import NOTHING, MatchContext, OrderLineKey, OrderView, Usage
from sync.matching.duplicates import (
    find_duplicates,
    same_amount_elsewhere,
    same_amount_note,
    same_amount_reason,
)
from sync.matching.groups import Group, Grouping
from sync.matching.order_lines import LineChooser, accounts_of
from sync.matching.rules import (
    closed_reason,
    credit_reasons,
    head_reasons,
    order_reasons,
    received_rest_covers,
)
from sync.matching.tolerance import LineTest, basis_of
from sync.matching.totals import Totals
from sync.matching.verdict import (
    Allocation,
    Basis,
    Check,
    Numbers,
    Verdict,
    choice_words,
    sentence_of,
)

# A document that waits for one of these is not the order's own invoice: it takes nothing from it.
_TAKES_NOTHING = frozenset(
    {
        "duplicate_invoice",
        "duplicate_suspected",
        "order_of_other_supplier",
        "supplier_unknown",
        "currency_differs",
        "order_cancelled",
        "negative_invoice",
    }
)


def match(invoice: Invoice, context: MatchContext) -> Verdict:
    """Say what an invoice or credit note is worth against its orders."""
    currency = context.currency or Currency(invoice.currency or "", exponent(invoice.currency))
    strange = strange_figures(invoice) or too_fine(invoice, currency)
    if strange:
        sentence = sentence_of(invoice, (), strange, currency)
        version = context.policy.version
        return Verdict(reasons=strange, sentence=sentence, policy_version=version)
    return _Matching(derived_amounts(invoice, currency), context, currency).verdict()


class _Matching:
    def __init__(self, invoice: Invoice, context: MatchContext, currency: Currency) -> None:
        self._invoice = invoice
        self._currency = currency
        self._context = context
        self._is_credit = invoice.resource is Resource.CREDIT_NOTE
        self._supplier_codes = context.supplier.codes if context.supplier else ()
        self._limits = self._converted(context.policy.match.limits_for(self._supplier_codes))
        self._chooser = LineChooser(context)
        self._charge_usage: dict[OrderLineKey, Usage] = {}
        self._choices: dict[str | None, OrderChoice] = {}
        self._orders: dict[str, OrderView] = {}
        self._reasons: list[Reason] = []
        self._notes: list[str] = []
        self._checks: list[Check] = []
        self._waits: list[str] = []
        self._proposals: tuple[str, ...] = ()

    def verdict(self) -> Verdict:
        invoice, context = self._invoice, self._context
        self._reasons += head_reasons(invoice, context)
        if not context.worth.factor:
            self._notes.append(
                f"The ledger has no rate of {invoice.currency} on {invoice.document_date}: limits"
                " on amounts, which are in its own currency, allow nothing."
            )
        self._reasons += find_duplicates(invoice, context)
        allocations = self._allocate()
        for order in self._orders.values():
            found, notes = order_reasons(invoice, order, context)
            self._reasons += found
            self._notes += notes
        grouping = Grouping(invoice, self._orders, context, self._currency)
        grouping.add(allocations)
        self._reasons += grouping.reasons
        self._checks += grouping.checks
        self._notes += grouping.notes
        groups = grouping.groups
        for group in groups.values():
            self._test(group)
        self._same_amount(groups.values())
        self._figures()
        if self._is_credit:
            self._credit()
        return self._result(allocations, groups)

    # ------------------------------------------------------------------ orders and their lines

    def _allocate(self) -> tuple[Allocation, ...]:
        """Put lines on order lines: those that name their line first, then by description."""
        found: dict[int, list[Allocation]] = {}
        unnamed: list[tuple[int, InvoiceLine, OrderView]] = []
        for position, line in enumerate(self._invoice.lines):
            order = self._order_of(line)
            if order is None:
                continue
            named = self._chooser.by_number(line, order)
            if named is None:
                unnamed.append((position, line, order))
            else:
                self._keep(found, position, named)
        for position, line, order in unnamed:
            self._keep(found, position, self._chooser.by_description(line, order))
        return tuple(item for position in sorted(found) for item in found[position])

    def _keep(
        self,
        found: dict[int, list[Allocation]],
        position: int,
        chosen: list[Allocation] | Reason,
    ) -> None:
        if isinstance(chosen, Reason):
            cause = f"{chosen.code} {self._invoice.source_id}"
            self._reasons.append(replace(chosen, cause=cause))
            return
        found[position] = chosen
        words = choice_words(chosen)
        if words:
            self._note(words)

    def _order_of(self, line: InvoiceLine) -> OrderView | None:
        choice = self._choice(line.order_reference)
        if choice.order is None and self._context.chosen_order:
            choice = self._choice(self._context.chosen_order)
        if choice.order is not None:
            self._orders.setdefault(choice.order.id, choice.order)
            if choice.note:
                self._note(choice.note)
            return choice.order
        self._no_order(line, choice)
        return None

    def _note(self, words: str) -> None:
        if words not in self._notes:
            self._notes.append(words)

    def _choice(self, text: str | None) -> OrderChoice:
        if text not in self._choices:
            self._choices[text] = find_order(text, self._invoice, self._context)
        return self._choices[text]

    def _no_order(self, line: InvoiceLine, choice: OrderChoice) -> None:
        document = self._invoice.source_id
        order = (line.order_reference or "").strip()
        if choice.key == "missing":
            self._proposals = self._proposals or propose(self._invoice, self._context)
            if self._context.policy.match.without_order == "write":
                self._note(f"Line {line.number} names no order: coded as it says.")
                if self._proposals:
                    self._note(f"Open orders that it would fit: {', '.join(self._proposals)}.")
                return
            found = reason(
                "order_reference_missing" + ("/proposed" if self._proposals else ""),
                line=line.number,
                written=order or None,
                proposed_orders=self._proposals or None,
                document=document,
            )
        elif choice.key == "ambiguous":
            found = reason(
                "order_ambiguous", order=order, candidates=choice.candidates, document=document
            )
        else:
            found = reason("order_not_found", order=order, similar=choice.candidates or None)
        if all(item.cause != found.cause or item.code != found.code for item in self._reasons):
            self._reasons.append(found)

    # ------------------------------------------------------------------ order lines and limits

    def _test(self, group: Group) -> None:
        if self._is_credit:
            self._test_credit(group)
            return
        limits = self._limits_of(group)
        closed = closed_reason(group.order, group.line)
        if closed and received_rest_covers(
            group.order, group.line, group.taken, limits, self._context
        ):
            self._notes.append(f"{closed.message} Its received rest is still invoiced.")
        elif closed:
            self._reasons.append(closed)
        key = (group.order.id, group.line.number)
        test = LineTest(
            group.order.reference,
            group.line,
            taken=group.taken,
            used=_not_negative(self._context.used.get(key, NOTHING)),
            lines=group.lines,
            limits=limits,
            received=self._context.received.get(key),
            document=self._invoice.source_id,
            currency=self._currency,
        )
        test.run(comparable=group.comparable)
        self._reasons += test.reasons
        self._checks += test.checks
        self._notes += test.notes

    def _same_amount(self, groups: Iterable[Group]) -> None:
        """Same date and total under another number: a note, unless the order was used up before."""
        other = same_amount_elsewhere(self._invoice, self._context)
        if other is None or any(item.code.startswith("duplicate") for item in self._reasons):
            return
        full = next((group for group in groups if self._is_used_up(group)), None)
        if full is None or self._is_credit:
            self._notes.append(same_amount_note(other))
            return
        order, line = full.order.reference, full.line.number
        found = same_amount_reason(self._invoice, other, order=order, order_line=line)
        self._reasons.append(found)

    def _is_used_up(self, group: Group) -> bool:
        """Whether earlier invoices took all of an order line."""
        used = self._context.used.get((group.order.id, group.line.number), NOTHING)
        if basis_of(group.line) is Basis.QUANTITY:
            return used.quantity >= group.line.quantity > 0
        return used.amount >= group.line.amount > 0

    def _limits_of(self, group: Group) -> Limits:
        policy = self._context.policy.match
        if not policy.overrides:
            return self._limits
        coding = group.line.coding
        accounts = accounts_of(coding) | {
            code for part in coding for code in part.segments.values()
        }
        return self._converted(policy.limits_for(self._supplier_codes, accounts))

    def _converted(self, limits: Limits) -> Limits:
        """Limits on amounts are in accounting currency."""
        return limits.in_currency(self._context.worth.factor, self._currency)

    def _test_credit(self, group: Group) -> None:
        """A credit note gives back to an order line at most what invoices took from it.

        A line that no invoice of ours is known for is left to the credited invoice's total.
        """
        used = self._context.used.get((group.order.id, group.line.number))
        if used is None:
            return
        taken, had, said = group.taken.quantity, used.quantity, plain
        if not group.comparable or basis_of(group.line) is not Basis.QUANTITY:
            taken, had, said = group.taken.amount, used.amount, self._amount_of
        ok = taken <= had
        numbers: Numbers = {"credited": said(taken), "invoiced": said(had)}
        lines = tuple(line.number for line in group.lines)
        self._checks.append(
            Check("credit", ok, numbers, group.order.reference, group.line.number, lines)
        )
        if not ok:
            self._reasons.append(
                reason(
                    "credit_over_invoice/line",
                    order=group.order.reference,
                    order_line=group.line.number,
                    document=self._invoice.source_id,
                    **numbers,
                )
            )

    def _amount_of(self, value: Decimal) -> Amount:
        return Amount(value, self._currency)

    # ------------------------------------------------------------------ the whole document

    def _figures(self) -> None:
        limits = self._limits
        if self._is_credit:
            limits = replace(limits, charge_percent=None)
        totals = Totals(self._invoice, limits, self._currency)
        totals.run()
        orders, used = tuple(self._orders.values()), self._context.used
        charges = ChargeTest(self._invoice, limits, orders, used, self._currency)
        charges.run()
        self._charge_usage = charges.usage
        known = {(item.code, item.evidence.get("path")) for item in self._reasons}
        found = [*totals.reasons, *charges.reasons]
        self._reasons += [item for item in found if (item.code, None) not in known]
        self._checks += [*totals.checks, *charges.checks]
        self._notes += totals.notes

    def _credit(self) -> None:
        found, waits = credit_reasons(self._invoice, self._context)
        self._reasons += found
        self._waits += waits

    def _result(
        self, allocations: tuple[Allocation, ...], groups: dict[OrderLineKey, Group]
    ) -> Verdict:
        every = unique(self._reasons)
        accepted = tuple(
            item for item in every if item.acceptable and item.code in self._context.accepted
        )
        reasons = tuple(item for item in every if item not in accepted)
        usage = {}
        if not any(item.code in _TAKES_NOTHING for item in reasons):
            taken = {key: group.taken for key, group in groups.items()} | self._charge_usage
            usage = {key: -each if self._is_credit else each for key, each in taken.items()}
        supplier, policy = self._context.supplier, self._context.policy
        if supplier and supplier.payment_hold and policy.supplier.payment_blocked == "post":
            self._notes.append(
                f"Vendor {supplier.vendor_number} is blocked for payment in the ledger: booked, and"
                " held there."
            )
        return Verdict(
            allocations=allocations,
            reasons=reasons,
            accepted=accepted,
            notes=tuple(dict.fromkeys(self._notes)),
            checks=tuple(self._checks),
            sentence=sentence_of(self._invoice, allocations, reasons, self._currency),
            usage=usage,
            waits_for=tuple(self._waits),
            proposals=self._proposals,
            policy_version=self._context.policy.version,
        )


def _not_negative(used: Usage) -> Usage:
    """Credit notes without their invoice open no room beyond the order."""
    return Usage(max(used.quantity, money.ZERO), max(used.amount, money.ZERO))
