"""Tax by rate, reverse charge, tax as cost: domain rules 2, 12 to 14."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.sync.building import (
    KESTREL,
    codes,
    invoice,
    line,
    mapping,
    matched,
    order,
    order_line,
    policy,
    tables,
)
from tests.sync.domain.money_rules.ruled import ACCOUNTS, JOURNAL, D, booked, shown


def test_rule_12_mixed_rates_keep_their_rate_base_and_amount_per_line_and_document() -> None:
    rows = (line("1", "100", tax_rate=D(20)), line("1", "50", number=2, at="2", tax_rate=D(5)))
    document = invoice(*rows, tax1="22.50")
    ordered = order(order_line("1", "100"), order_line("1", "50", number=2))
    by_rate = mapping("tax", **{"20": "VAT20", "5": "VAT5"})

    result = booked(document, mappings=tables(tax=by_rate))

    assert matched(document, ordered, limits={"total_amount": "0"}).ok
    assert [(each.tax_code, each.unit_price) for each in result.invoice.lines] == [
        ("VAT20", D(100)),
        ("VAT5", D(50)),
    ]


@pytest.mark.parametrize(
    ("tax", "booked_discount"),
    [
        ("20.25", [("VAT20", D("-6.67")), ("VAT5", D("-3.33"))]),  # on what the discount leaves
        ("22.50", [(None, D(-10))]),  # before the discount
    ],
)
def test_rule_12_a_discount_lessens_the_tax_where_the_supplier_s_figure_says_so(
    tax: str, booked_discount: list[tuple[str | None, Decimal]]
) -> None:
    rows = (line("1", "100", tax_rate=D(20)), line("1", "50", number=2, at="2", tax_rate=D(5)))
    document = invoice(*rows, tax1=tax, discount="10")
    by_rate = mapping("tax", **{"20": "VAT20", "5": "VAT5"})

    result = booked(document, policy(accounts={"discount": "8640"}), mappings=tables(tax=by_rate))

    discounts = [each for each in result.invoice.lines if each.account == "8640"]
    assert [(each.tax_code, each.unit_price) for each in discounts] == booked_discount


def test_rule_12_a_discount_on_goods_without_rates_leaves_its_tax_to_the_ledger() -> None:
    document = invoice(line("1", "100"), tax1="18", discount="10")
    by_rate = mapping("tax", **{"20": "VAT20"})

    result = booked(document, policy(accounts={"discount": "8640"}), mappings=tables(tax=by_rate))

    assert result.invoice.lines[-1].tax_code is None


def test_rule_12_tax_is_outside_the_price_tolerance() -> None:
    bill = invoice(line(tax_rate=D(20)), tax1="200")

    assert matched(bill, limits={"price_percent": "0", "price_amount": "0"}).ok


@pytest.mark.parametrize(("tax", "found"), [("0", set()), ("0.01", {"tax_differs"})])
def test_rule_13_a_reverse_charge_supplier_who_charges_tax_is_parked(tax, found) -> None:
    charged = {"overrides": [{"supplier": KESTREL.key, "reverse_charge": True}]}

    assert codes(matched(invoice(tax1=tax), limits=charged)) == found


@pytest.mark.parametrize(("choice", "cost"), [("line", "1200.00"), ("ledger", "1000.00")])
def test_rule_14_tax_is_cost_where_the_policy_says_so_and_never_by_guess(choice, cost) -> None:
    rules = policy(tax={"tax1": choice}, accounts=ACCOUNTS, **JOURNAL)

    result = booked(invoice(tax1="200.00"), rules)

    assert sum(shown(result)) == D(cost)
    assert result.journal.lines[-1].amount == -D(cost)
