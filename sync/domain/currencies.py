"""A document's currency as the ledger keeps it: its code there, its decimals, its worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Protocol

from connectors.documents import Invoice, LedgerSetup
from sync.domain import money
from sync.domain.coding import Targets
from sync.domain.mapping import CURRENCY
from sync.domain.rates import ExchangeRate, RateTable
from sync.domain.reasons import Reason, reason


class Company(Protocol):
    """What is known of a company's currencies; `decimals` are those that the ledger lists."""

    @property
    def setup(self) -> LedgerSetup: ...
    @property
    def targets(self) -> Targets: ...
    @property
    def decimals(self) -> Mapping[str, int]: ...


@dataclass(frozen=True, slots=True)
class Worth:
    """What one unit of the accounting currency is worth in a document's; zero without a rate."""

    factor: Decimal
    rate: ExchangeRate | None = None


AT_PAR = Worth(Decimal(1))


def ledger_currency(
    source: str | None, on: date | None, company: Company, reasons: list[Reason]
) -> str | None:
    """The ledger's currency code; None for local currency, which the ledger keeps blank.

    A currency that nobody mapped keeps its ISO code where the ledger knows it.
    """
    code = (source or "").strip().upper()
    local = company.setup.local_currency.strip().upper()
    targets = company.targets
    is_own = bool(code) and not targets.table(CURRENCY).find(code, on)
    if code and not is_own:
        target = targets.resolve(CURRENCY, code, on)
        if isinstance(target, Reason):
            reasons.append(target)
            return None
        code = target
    if code and not local and code.upper() not in (company.setup.foreign_currencies or ()):
        reasons.append(reason("currency_differs/local", currency=code))
    elif is_own and code != local and targets.problem(CURRENCY, code):
        reasons.append(reason("mapping_missing", kind=CURRENCY, source_code=code))
    return None if not code or code.upper() == local else code


def kept_currency(source: str | None, on: date | None, company: Company) -> money.Currency:
    """A document's currency with the decimals that the ledger gives it, else with those of
    ISO 4217 (domain rule 2.3)."""
    code = ledger_currency(source, on, company, [])
    decimals = company.decimals.get((code or "").upper(), money.exponent(source))
    return money.Currency(source or "", decimals)


def derived_amounts(invoice: Invoice, currency: money.Currency) -> Invoice:
    """Round the amounts that we computed, of lines that came without one, as the ledger does."""
    if currency.decimals == money.exponent(currency.code):
        return invoice
    lines = tuple(
        line
        if line.amount_received
        else replace(line, amount=money.line_product(line.quantity, line.unit_price, currency))
        for line in invoice.lines
    )
    return replace(invoice, lines=lines)


def worth_of_local(
    source: str | None, on: date | None, company: Company, rates: RateTable
) -> Worth:
    """What limits in accounting currency are worth in a document's, at the ledger's rate of the
    document's day (domain rule 2.10)."""
    code = ledger_currency(source, on, company, [])
    if code is None:
        return AT_PAR
    rate = rates.on(code, on) if on else None
    if rate is None:
        return Worth(money.ZERO)
    return Worth(money.divide(rate.amount, rate.local_amount), rate)
