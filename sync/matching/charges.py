"""Charges of an invoice: against those that were ordered of their kind, else against the goods.

What was ordered of a kind counts for all invoices of the order together, as its lines do: freight
that was ordered once is not billed with each delivery (domain rules 1a 23 and 24).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from connectors.documents import Invoice
from sync.domain import money
from sync.domain.money import ZERO, Amount, Currency, plain
from sync.domain.policy import Limits
from sync.domain.reasons import Reason, reason
from sync.matching.context import NOTHING, OrderLineKey, OrderView, Usage
from sync.matching.verdict import Check, Numbers

# The line of an order under which what was invoiced of a charge is counted; real lines begin at 1.
CHARGE_LINES = {"freight": -1, "handling": -2}


class ChargeTest:
    """All charges of one invoice against its orders; `usage` is what they take from these."""

    def __init__(
        self,
        invoice: Invoice,
        limits: Limits,
        orders: Sequence[OrderView],
        used: Mapping[OrderLineKey, Usage],
        currency: Currency,
    ) -> None:
        self._invoice = invoice
        self._limits = limits
        self._orders = orders
        self._used = used
        self._currency = currency
        self._goods = money.total_of(line.amount for line in invoice.lines)
        self.usage: dict[OrderLineKey, Usage] = {}
        self.checks: list[Check] = []
        self.reasons: list[Reason] = []

    def run(self) -> None:
        """Compare; a percentage of zero allows no charge at all, none means any charge."""
        charged = money.total_of(charge.amount for charge in self._invoice.charges)
        percent = self._limits.charge_percent
        unordered = ZERO
        for kind in dict.fromkeys(charge.kind for charge in self._invoice.charges):
            amount = money.total_of(
                charge.amount for charge in self._invoice.charges if charge.kind == kind
            )
            ordered = self._ordered(kind)
            if not money.total_of(ordered):
                unordered += amount
                continue
            before = self._take(kind, amount, ordered)
            if percent and charged > 0:
                self._against_order(amount + before, money.total_of(ordered), percent)
        if percent is None or charged <= 0:
            return
        if not percent:
            self._refuse_all()
        elif unordered > 0:
            self._against_goods(unordered, percent)

    def _ordered(self, kind: str) -> list[Decimal]:
        """What each order says of a charge; a fee that has a name only was never ordered."""
        name = kind if kind in CHARGE_LINES else ""
        return [max(getattr(order.document, name, ZERO), ZERO) for order in self._orders]

    def _take(self, kind: str, amount: Decimal, ordered: Sequence[Decimal]) -> Decimal:
        """Count a charge against its orders; returns what was invoiced of it before."""
        before = ZERO
        parts = money.allocate(amount, ordered, self._currency)
        for order, part, whole in zip(self._orders, parts, ordered, strict=True):
            key = (order.id, CHARGE_LINES[kind])
            if whole:
                self.usage[key] = Usage(ZERO, part)
                before += max(self._used.get(key, NOTHING).amount, ZERO)
        return before

    def _refuse_all(self) -> None:
        for charge in self._invoice.charges:
            if charge.amount:
                said = self._amount(charge.amount)
                numbers = {"name": charge.name or charge.kind, "amount": said}
                self._say(False, numbers, "charge_not_ordered")

    def _against_goods(self, amount: Decimal, percent: Decimal) -> None:
        allowed = money.percent_of(self._goods, percent)
        numbers = self._numbers(amount, self._goods, percent, allowed)
        self._say(amount <= allowed, numbers, "charge_over_limit")

    def _against_order(self, amount: Decimal, base: Decimal, percent: Decimal) -> None:
        allowed = base + money.percent_of(base, percent)
        numbers = self._numbers(amount, base, percent, allowed)
        if len(self._orders) == 1:
            numbers["order"] = self._orders[0].reference
        self._say(amount <= allowed, numbers, "charge_over_limit/ordered")

    def _numbers(
        self, amount: Decimal, base: Decimal, percent: Decimal, allowed: Decimal
    ) -> dict[str, str | Amount]:
        return {
            "amount": self._amount(amount),
            "base": self._amount(base),
            "goods": self._amount(self._goods),
            "percent": plain(percent),
            "allowed": self._amount(allowed),
        }

    def _amount(self, value: Decimal) -> Amount:
        return Amount(value, self._currency)

    def _say(self, ok: bool, numbers: Numbers, key: str) -> None:
        self.checks.append(Check(rule="charge", ok=ok, said=numbers, limits=self._limits.rule))
        if not ok:
            self.reasons.append(reason(key, document=self._invoice.source_id, **numbers))
