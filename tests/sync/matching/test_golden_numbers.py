"""The golden numbers of domain rule 2.18, each under its own name.

That they stay themselves on their way through parsing, booking and both dialects of NAV is shown by
`tests/sync/domain/money_rules/` and `tests/journeys/test_money.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest

from sync.domain import money
from sync.matching import match
from tests.sync.building import context, invoice, line, order, order_line, used

D = Decimal
_THREE = [(D("99.99"), D(25))] * 3


def _usb() -> tuple[str, str]:
    """Match the last of three invoices over 1,000 pieces at 10.00 that were billed at 10.80."""
    limits = {"price_percent": "15", "price_amount": "500"}
    around = context(order(order_line("1000", "10.00")), used=used("900", "9720"), limits=limits)
    verdict = match(invoice(line("200", "10.80")), around)
    told = next(item for item in verdict.reasons if item.code == "amount_over_order")
    return told.evidence["invoiced"], told.evidence["ordered"]


GOLDEN: Mapping[str, tuple[Callable[[], Any], Any]] = {
    "3 x 99.99 @ 25 % is 74.99 per rate": (
        lambda: money.tax_per_rate(_THREE, "SEK"),
        {D(25): D("74.99")},
    ),
    "3 x 99.99 @ 25 % is 75.00 per line": (
        lambda: money.tax_per_line(_THREE, "SEK"),
        D("75.00"),
    ),
    "0.45 x 2.54 = 1.14": (lambda: money.line_product(D("0.45"), D("2.54"), "EUR"), D("1.14")),
    "0.28 x 6.87 = 1.92": (lambda: money.line_product(D("0.28"), D("6.87"), "EUR"), D("1.92")),
    "USB: 11,880 against 10,000": (_usb, ("11880.00", "10000.00")),
    "JPY 100.5 is refused": (lambda: money.fits(D("100.5"), "JPY"), False),
    "JPY 100.0 is not": (lambda: money.fits(D("100.0"), "JPY"), True),
    "KWD 1.2345 -> 1.235": (lambda: money.round_amount(D("1.2345"), "KWD"), D("1.235")),
    "KWD -1.2345 -> -1.235": (lambda: money.round_amount(D("-1.2345"), "KWD"), D("-1.235")),
    "EUR 19.56 stays 19.56 under LCY ISK": (
        lambda: money.round_amount(D("19.56"), money.Currency("EUR", 2)),
        D("19.56"),
    ),
    "ISK 19.56 itself becomes 20": (
        lambda: money.round_amount(D("19.56"), money.Currency("ISK", 0)),
        D("20"),
    ),
    "USB by its parts: 1,100 x 10.80": (
        lambda: money.line_product(D("1100"), D("10.80"), "EUR"),
        D("11880.00"),
    ),
    "100 x 10 + 300 charges = 13.00": (
        lambda: money.divide(money.multiply(D(100), D(10)) + D(300), D(100)),
        D("13.00"),
    ),
}


@pytest.mark.parametrize(("found", "golden"), GOLDEN.values(), ids=GOLDEN)
def test_a_golden_number_comes_out(found: Callable[[], Any], golden: Any) -> None:
    assert found() == golden
