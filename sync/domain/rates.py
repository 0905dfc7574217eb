"""Exchange rates as the ledger keeps them: dated, and quoted as a pair of amounts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sync.domain import money


@dataclass(frozen=True, slots=True)
class ExchangeRate:
    """`amount` units of the currency are worth `local_amount` in local currency from a day on."""

    currency: str
    starting_on: date
    amount: Decimal
    local_amount: Decimal

    @property
    def rate(self) -> Decimal:
        """Local currency for one unit."""
        return money.divide(self.local_amount, self.amount)

    def evidence(self) -> dict[str, str]:
        """What is kept with a converted document, with the decimals that the ledger gave."""
        return {
            "source": "ledger",
            "currency": self.currency,
            "starting_on": self.starting_on.isoformat(),
            "amount": format(self.amount, "f"),
            "local_amount": format(self.local_amount, "f"),
        }


class RateTable:
    """The rates of one company, found by currency and day."""

    __slots__ = ("_rates",)

    def __init__(self, rates: Iterable[ExchangeRate] = ()) -> None:
        self._rates: dict[str, list[ExchangeRate]] = {}
        for rate in rates:
            if rate.amount > 0 and rate.local_amount > 0:
                self._rates.setdefault(rate.currency.upper(), []).append(rate)
        for dated in self._rates.values():
            dated.sort(key=lambda rate: rate.starting_on, reverse=True)

    def on(self, currency: str, day: date) -> ExchangeRate | None:
        """Give the rate in force on a day: the latest that started; no silent other day."""
        for rate in self._rates.get(currency.upper(), ()):
            if rate.starting_on <= day:
                return rate
        return None
