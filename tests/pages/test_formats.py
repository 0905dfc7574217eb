"""How the pages write amounts: in the places of their currency, and never rounded."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tenants.currencies import decimals_of
from tenants.pages.formats import money


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        ("1234.5", "EUR", "1,234.50 EUR"),
        ("1.2", "KWD", "1.200 KWD"),
        ("1500", "JPY", "1,500 JPY"),
        ("100.5", "JPY", "100.5 JPY"),
        ("10.005", "EUR", "10.005 EUR"),
    ],
)
def test_an_amount_has_the_places_of_its_currency_and_all_of_its_own(amount, currency, text):
    assert money(Decimal(amount), currency).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(
    ("currency", "places"),
    [
        *(("EUR", 2), ("HUF", 2), ("", 2), ("XPF", 0), ("RWF", 0)),
        *(("OMR", 3), ("TND", 3), ("CLF", 4), ("UYW", 4)),
    ],
)
def test_an_amount_has_the_places_of_its_currency_on_pages(currency, places):
    shown = money(Decimal("1"), currency).split("\N{NO-BREAK SPACE}")[0]

    assert len(shown.partition(".")[2]) == decimals_of(currency) == places
