"""Does the document add up: totals, line products and tax."""

from __future__ import annotations

from decimal import Decimal

from connectors.documents import Invoice, InvoiceLine
from sync.domain import money
from sync.domain.money import ZERO, Amount, plain
from sync.domain.policy import Limits
from sync.domain.reasons import Reason, reason
from sync.matching.net import net_amounts
from sync.matching.verdict import Check, Numbers

# "Price per 100": the line's amount is quantity x price divided by one of these.
_PRICE_UNITS = (Decimal(10), Decimal(100), Decimal(1000))


class Totals:
    """The checks of a document's figures against each other."""

    def __init__(self, invoice: Invoice, limits: Limits, currency: money.Currency) -> None:
        self._invoice = invoice
        self._limits = limits
        self._currency = currency
        self.goods = money.total_of(line.amount for line in invoice.lines)
        self.charged = money.total_of(charge.amount for charge in invoice.charges)
        self.checks: list[Check] = []
        self.reasons: list[Reason] = []
        self.notes: list[str] = []

    def run(self) -> None:
        """Check everything."""
        if self._invoice.total is not None:
            self._sum(self._invoice.total)
        for line in self._invoice.lines:
            self._product(line)
        self._tax()
        self._withholding()

    @property
    def parts(self) -> Decimal:
        """What the parts of the document sum to."""
        invoice = self._invoice
        return self.goods + invoice.tax1 + invoice.tax2 + self.charged - invoice.discount

    def _sum(self, total: Decimal) -> None:
        allowed = self._limits.total_amount
        if allowed is None:
            return
        ok = abs(total - self.parts) <= allowed
        numbers = {
            "total": self._amount(total),
            "sum": self._amount(self.parts),
            "allowed": self._amount(allowed),
        }
        self._say("total", ok, numbers, "does_not_add_up")
        if ok and total != self.parts:
            rest = self._amount(total - self.parts)
            self.notes.append(f"The total differs from its parts by {rest}.")

    def _product(self, line: InvoiceLine) -> None:
        allowed = self._limits.total_amount
        if not line.amount_received or allowed is None:
            return
        product = money.line_product(line.quantity, line.unit_price, self._currency)
        if abs(product - line.amount) <= allowed or _priced_per_many(line, allowed):
            return
        numbers = {
            "quantity": plain(line.quantity),
            "price": self._amount(line.unit_price),
            "product": self._amount(product),
            "amount": self._amount(line.amount),
            "allowed": self._amount(allowed),
        }
        self._say("line_product", False, numbers, "does_not_add_up/line", line=line.number)

    def _tax(self) -> None:
        """Compare the first tax with what follows from rates, else with the source's own figure.

        JAGGAER contract 7.2. A supplier may have rounded per line or per rate, before or after the
        discount: each of these is a right answer. Under reverse charge the supplier bills none,
        whatever the rates say: the ledger books both sides of it.
        """
        invoice, allowed = self._invoice, self._limits.total_amount
        if self._limits.reverse_charge:
            numbers: Numbers = {"tax": self._amount(invoice.tax1), "expected": self._amount(ZERO)}
            self._say("tax", not invoice.tax1, numbers, "tax_differs/reverse_charge")
            self.notes.append("Reverse charge: the supplier bills no tax, the ledger books it.")
            return
        if allowed is None:
            return
        expected = self._expected_taxes()
        if not expected and invoice.tax_engine:
            expected = [abs(invoice.tax_engine)]
        if not expected:
            return
        nearest = min(expected, key=lambda tax: abs(tax - invoice.tax1))
        numbers = {
            "tax": self._amount(invoice.tax1),
            "expected": self._amount(nearest),
            "allowed": self._amount(allowed),
        }
        self._say("tax", abs(nearest - invoice.tax1) <= allowed, numbers, "tax_differs")

    def _expected_taxes(self) -> list[Decimal]:
        rated = [line for line in self._invoice.lines if line.tax_rate is not None]
        if not rated:
            return []
        amounts = [line.amount for line in rated]
        rates = [line.tax_rate or ZERO for line in rated]
        variants = [amounts]
        if self._invoice.discount:
            net = net_amounts(self._invoice, self._currency)
            variants.insert(0, [net[line.number] for line in rated])
        currency = self._currency
        return [
            tax
            for bases in variants
            for tax in (
                money.total_of(
                    money.tax_per_rate(zip(bases, rates, strict=True), currency).values()
                ),
                money.tax_per_line(zip(bases, rates, strict=True), currency),
            )
        ]

    def _withholding(self) -> None:
        if self._invoice.withholding_tax:
            numbers = {"tax": self._amount(self._invoice.withholding_tax)}
            self._say("withholding_tax", False, numbers, "tax_differs/withholding")

    def _amount(self, value: Decimal) -> Amount:
        return Amount(value, self._currency)

    def _say(
        self, rule: str, ok: bool, numbers: Numbers, key: str, line: int | None = None
    ) -> None:
        lines = () if line is None else (line,)
        self.checks.append(
            Check(rule=rule, ok=ok, said=numbers, lines=lines, limits=self._limits.rule)
        )
        if not ok:
            document = self._invoice.source_id
            self.reasons.append(reason(key, document=document, line=line, **numbers))


def _priced_per_many(line: InvoiceLine, allowed: Decimal) -> bool:
    product = money.multiply(line.quantity, line.unit_price)
    return any(abs(money.divide(product, each) - line.amount) <= allowed for each in _PRICE_UNITS)
