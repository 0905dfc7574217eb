"""Limits in accounting currency and the rates of the ledger: domain rules 2, 10 and 11."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from sync.domain.currencies import Worth, worth_of_local
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import (
    codes,
    invoice,
    line,
    matched,
    order,
    order_line,
    policy,
)
from tests.sync.domain.money_rules.ruled import JOURNAL, ON, USD, D, booked, dollars, in_dollars


@pytest.mark.parametrize(
    ("price", "found"), [("10.00", set()), ("10.000000000001", {"price_over_tolerance"})]
)
def test_rule_10_no_percent_is_none_at_full_precision(price, found) -> None:
    bill = invoice(line("10", price))

    assert (
        codes(matched(bill, order(order_line("10", "10.00")), limits={"price_percent": "0"}))
        == found
    )


@pytest.mark.parametrize(
    ("price", "found"),
    [("101.25", set()), ("101.26", {"amount_over_order", "price_over_tolerance"})],
)
def test_rule_10_an_amount_in_accounting_currency_is_converted_at_the_documents_day(
    price, found
) -> None:
    """10.00 EUR are 12.50 USD, inclusive, while percentages stay in the document's currency."""
    worth = worth_of_local("USD", ON, dollars(), USD)
    limits = {"price_amount": "10", "price_percent": "2"}

    verdict = matched(
        invoice(line(price=price), currency="USD"),
        order(currency="USD"),
        limits=limits,
        worth=worth,
    )

    assert worth.factor == D("1.25")
    assert codes(verdict) == found


def test_rule_10_without_a_rate_of_the_day_no_amount_is_allowed_and_that_is_said() -> None:
    worth = worth_of_local("USD", date(2024, 12, 31), dollars(), USD)
    bill, ordered = invoice(currency="USD", total="1000.01"), order(currency="USD")

    verdict = matched(bill, ordered, worth=worth)

    assert codes(verdict) == {"does_not_add_up"}
    assert any("no rate of USD" in note for note in verdict.notes)
    assert matched(replace(bill, total=D(1000)), ordered, worth=worth).ok


def test_rule_10_what_the_ledger_may_compute_otherwise_is_converted_too() -> None:
    result = booked(invoice(currency="USD"), **in_dollars(), worth=Worth(D("150")))

    assert result.invoice.total_allowed == D("3.00")


def test_rule_11_a_rate_is_kept_with_its_source_date_direction_and_precision() -> None:
    rates = RateTable([ExchangeRate("USD", date(2025, 1, 1), D("100.0"), D("92.4170"))])

    result = booked(invoice(currency="USD"), policy(**JOURNAL), **in_dollars(), rates=rates)

    assert result.evidence["exchange_rate"] == {
        "source": "ledger",
        "currency": "USD",
        "starting_on": "2025-01-01",
        "amount": "100.0",
        "local_amount": "92.4170",
        "local_currency": "EUR",
    }
    assert any("100.0 USD = 92.4170 EUR" in note for note in result.notes)


def test_rule_11_there_is_no_silent_today_and_the_rest_is_on_the_largest_line() -> None:
    document = invoice(line("1", "0.01"), line("1", "0.02", number=2), currency="USD")
    third = RateTable([ExchangeRate("USD", ON, D(3), D(1))])

    result = booked(document, policy(**JOURNAL), **in_dollars(), rates=third)
    earlier_day = booked(
        replace(document, document_date=date(2025, 1, 31)),
        policy(**JOURNAL),
        **in_dollars(),
        rates=third,
    )

    assert [each.amount for each in result.journal.lines] == [D("0.01"), D("-0.01")]
    assert [item.code for item in earlier_day.journal_reasons] == ["currency_differs"]
