"""Requests for money in advance, told from articles that sound like them."""

import pytest

from sync.domain.prepayments import is_prepayment


@pytest.mark.parametrize(
    "text",
    [
        "Deposit of 30 %",
        "30% deposit on order 4711",
        "DEPOSIT",
        "Deposit invoice",
        "Down payment",
        "Prepayment Q1",
        "Pre-payment",
        "Advance payment 2,500.00",
        "Payment in advance",
        "Anzahlung 30 %",
        "Acompte 50 %",
    ],
)
def test_money_in_advance_is_recognized(text: str) -> None:
    assert is_prepayment(text)


@pytest.mark.parametrize(
    "text", ["Deposit slips", "Bottle deposit", "Deposition services", "Advanced training", ""]
)
def test_an_article_is_none(text: str) -> None:
    assert not is_prepayment(text)
