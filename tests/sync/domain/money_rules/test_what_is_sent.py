"""Journals, foreign prices and credit notes as they go out: domain rules 2, 15 to 17."""

from __future__ import annotations

import pytest

from connectors.documents import LedgerSetup
from tests.sync.building import (
    credit_note,
    freight,
    invoice,
    line,
    mapping,
    policy,
    tables,
)
from tests.sync.domain.money_rules.ruled import ACCOUNTS, JOURNAL, D, booked, shown


@pytest.mark.parametrize("make", [invoice, credit_note])
def test_rule_15_a_journal_is_exactly_zero_for_its_document_currency_and_day(make) -> None:
    document = make(line("3", "0.335"), line("7", "1.005", number=2), charges=(freight("0.07"),))
    rules = policy(accounts=ACCOUNTS, **JOURNAL)

    journal = booked(document, rules).journal

    assert sum(each.amount for each in journal.lines) == 0
    assert journal.document_number
    assert journal.posting_date


def test_rule_16_a_foreign_price_is_not_rounded_with_the_local_setting() -> None:
    setup = LedgerSetup(local_currency="ISK", foreign_currencies=("EUR",))
    euro = {"setup": setup, "mappings": tables(currency=mapping("currency", EUR="EUR"))}

    result = booked(invoice(line("1", "19.56")), **euro, decimals={"EUR": 2})

    assert shown(result) == [D("19.56")]
    assert result.invoice.currency == "EUR"


def test_rule_17_a_credit_note_mirrors_its_invoice_and_bears_its_sign_by_its_kind() -> None:
    rows = (line("0.45", "2.54"), line("0.28", "6.87", number=2))
    rules = policy(**JOURNAL)

    billed, credited = booked(invoice(*rows), rules), booked(credit_note(*rows), rules)

    assert shown(credited) == shown(billed) == [D("1.14"), D("1.92")]
    assert [-each.amount for each in credited.journal.lines] == [
        each.amount for each in billed.journal.lines
    ]
    assert min(each.quantity for each in credited.invoice.lines) > 0
