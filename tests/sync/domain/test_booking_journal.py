"""The journal of a document: it moves the cost, and sums to exactly zero."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.documents import Resource
from sync.domain.booking import journal_number
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import credit_note, freight, invoice, line, policy
from tests.sync.domain.booked import JOURNAL, WITH_JOURNAL, D, booked


def test_the_journal_moves_the_cost_from_the_balancing_account() -> None:
    document = invoice(line(), line("1", "50", number=2), supplier_number="RE-9")

    result = booked(document, WITH_JOURNAL)

    assert {item.account for item in result.invoice.lines} == {"2999"}
    assert [(item.account, item.amount) for item in result.journal.lines] == [
        ("8110", D("1000.00")),
        ("8110", D("50.00")),
        ("2999", D("-1050.00")),
    ]
    assert result.journal.lines[0].dimensions == {"DEPARTMENT": "RESEARCH"}
    assert (result.journal.batch, result.journal.document_number) == ("JAGGAER", "J123")
    assert result.journal.external_number == "RE-9"
    assert result.journal.source_reference == "JAGGAER I00092"


def test_a_credit_note_has_positive_lines_and_the_journal_opposite_signs() -> None:
    result = booked(credit_note(line("4")), WITH_JOURNAL)

    assert result.invoice.resource is Resource.CREDIT_NOTE
    assert result.invoice.lines[0].quantity == D(4)
    assert [(item.account, item.amount) for item in result.journal.lines] == [
        ("8110", D("-400.00")),
        ("2999", D("400.00")),
    ]


def test_the_journal_books_charges_and_line_taxes_and_never_the_ledgers_tax() -> None:
    rules = policy(journal=JOURNAL, accounts={"freight": "8450", "tax": "8910"})
    document = invoice(charges=(freight("30"),), tax1="200", tax2="7")

    result = booked(document, rules)

    assert sum(item.amount for item in result.journal.lines if item.amount > 0) == D("1037.00")
    assert result.journal.lines[-1].amount == D("-1037.00")


def test_a_free_line_is_in_the_document_and_not_in_the_journal() -> None:
    result = booked(invoice(line(), line("5", "0", number=2)), WITH_JOURNAL)

    assert len(result.invoice.lines) == 2
    assert len(result.journal.lines) == 2


def test_without_balancing_account_there_is_no_journal_and_without_invoice_only_one() -> None:
    assert booked().journal is None
    alone = booked(rules=policy(journal=JOURNAL, invoice={"enabled": False}))
    assert alone.invoice is None
    assert alone.journal is not None


RATES = RateTable([ExchangeRate("USD", date(2025, 1, 1), D(100), D("91.37"))])


def test_another_currency_is_converted_line_by_line_the_rest_on_the_largest() -> None:
    lines = [line("1", price, number=n) for n, price in enumerate(("0.02", "0.02", "0.05"), 1)]

    result = booked(invoice(*lines, currency="USD"), WITH_JOURNAL, rates=RATES)

    assert [item.amount for item in result.journal.lines] == [
        D("0.02"),
        D("0.02"),
        D("0.04"),
        D("-0.08"),
    ]
    assert result.evidence["exchange_rate"]["local_amount"] == "91.37"
    assert result.invoice.currency == "USD"


@pytest.mark.parametrize(("day", "rated"), [(date(2025, 1, 1), True), (date(2024, 12, 31), False)])
def test_without_a_rate_the_journal_waits_and_the_invoice_stands(day, rated) -> None:
    result = booked(invoice(currency="USD", document_date=day), WITH_JOURNAL, rates=RATES)

    assert result.invoice is not None
    assert (result.journal is not None) is rated
    assert [item.cause for item in result.journal_reasons] == (
        [] if rated else ["exchange rate USD 2024-12-31"]
    )


@given(
    prices=st.lists(st.integers(-99_999, 99_999).filter(bool), min_size=1, max_size=8),
    rate=st.decimals("0.01", 200, places=3),
    is_credit=st.booleans(),
)
def test_a_journal_sums_to_exactly_zero(prices, rate, is_credit) -> None:
    lines = [line("1", str(D(price) / 100), number=n) for n, price in enumerate(prices, 1)]
    document = (credit_note if is_credit else invoice)(*lines, currency="USD")
    rates = RateTable([ExchangeRate("USD", date(2025, 1, 1), D(1), rate)])

    journal = booked(document, WITH_JOURNAL, rates=rates).journal

    assert journal is None or sum(item.amount for item in journal.lines) == 0
    assert journal is None or all(item.amount for item in journal.lines)


def test_a_journal_number_is_made_of_the_documents_own_id() -> None:
    first, second = UUID(int=1), UUID(int=2)

    assert journal_number(first) == journal_number(str(first))
    assert journal_number(first) != journal_number(second)
    assert len(journal_number(first)) == 20
    assert journal_number(first).isalnum()
    assert journal_number(first).isupper()
