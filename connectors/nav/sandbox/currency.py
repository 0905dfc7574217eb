"""Exchange rates and rounding of a company's currencies."""

from __future__ import annotations

from decimal import Decimal

from connectors.nav.sandbox.company import Company
from connectors.nav.sandbox.errors import NavError
from connectors.nav.sandbox.values import CENT, number_of

ONE = Decimal(1)


def factor_on(company: Company, code: str, day: str) -> Decimal:
    """Return foreign units per local unit on a day: the latest rate that started by then.

    A blank code is the local currency (factor 1). NavError where no rate has started yet.
    """
    if not code:
        return ONE
    rates = company.find("currencyExchangeRates", "currencyCode", code)
    started = [rate for rate in rates if rate["startingDate"] <= day]
    if not started:
        raise NavError(
            404,
            "Internal_DataNotFoundFilter",
            "There is no Currency Exchange Rate within the filter. "
            f"Filters: Currency Code: {code}, Starting Date: ..{day}",
        )
    rate = max(started, key=lambda row: row["startingDate"])
    return number_of(rate, "exchangeRateAmount") / number_of(rate, "relationalExchangeRateAmount")


def precision_of(company: Company, code: str) -> Decimal:
    """Return the rounding step of a currency's amounts; 0.01 where none is set."""
    currency = company.first("currencies", "code", code) if code else None
    return (number_of(currency, "amountRoundingPrecision") if currency else CENT) or CENT
