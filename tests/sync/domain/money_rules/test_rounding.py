"""What is rounded, when, and to how many decimals: domain rules 2, 3 to 9."""

from __future__ import annotations

import pytest

from connectors.nav.posting import total_difference
from sync.domain import money
from sync.domain.currencies import kept_currency
from tests.sync.building import (
    booking,
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
from tests.sync.domain.money_rules.ruled import (
    ACCOUNTS,
    FORINT,
    ON,
    D,
    booked,
    shown,
    three_at_25,
    three_ordered,
)


def test_rule_03_the_target_says_how_many_decimals_there_are_and_iso_where_it_is_silent() -> None:
    listed = booking(mappings=tables(currency=mapping("currency", HUF="FT")), decimals={"FT": 0})
    silent = booking(mappings=tables(currency=mapping("currency", HUF="FT", KWD="KWD")))

    assert kept_currency("HUF", ON, listed) == FORINT
    assert kept_currency("HUF", ON, silent).decimals == 2
    assert kept_currency("KWD", ON, silent).decimals == 3
    assert kept_currency("EUR", ON, listed).decimals == 2  # local: in no list


def test_rule_03_matching_counts_in_the_decimals_of_the_target() -> None:
    ordered = order(order_line("3", "33.40"), currency="HUF")
    bill = invoice(line("3", "33.40", tax_rate=D(27)), currency="HUF", tax1="27", total="127")

    assert matched(bill, ordered, currency=FORINT).ok
    assert codes(matched(bill, ordered)) == {"does_not_add_up", "tax_differs"}


@pytest.mark.parametrize("price", ["19.5375", "0.00125", "1234.56789"])
def test_rule_04_a_price_is_never_rounded_to_its_currency(price: str) -> None:
    result = booked(invoice(line("400", price)))

    assert result.invoice.lines[0].unit_price == D(price)
    assert shown(result) == [money.round_to(400 * D(price), 2)]


@pytest.mark.parametrize(("tax", "found"), [("74.99", set()), ("75.00", set())])
def test_rule_05_tax_rounded_per_rate_or_per_line_is_compared_and_kept(tax, found) -> None:
    exact = {"total_amount": "0"}

    verdict = matched(three_at_25(tax), three_ordered(), limits=exact)

    assert codes(verdict) == found
    told = next(check for check in verdict.checks if check.rule == "tax")
    assert (told.numbers["tax"], told.numbers["expected"]) == (tax, tax)


@pytest.mark.parametrize("tax", ["74.98", "75.01"])
def test_rule_05_a_tax_that_no_rounding_explains_is_no_right_answer(tax: str) -> None:
    verdict = matched(three_at_25(tax), three_ordered(), limits={"total_amount": "0"})

    assert codes(verdict) == {"tax_differs"}


@pytest.mark.parametrize("tax", ["74.99", "75.00"])
def test_rule_06_the_suppliers_tax_is_what_is_booked(tax: str) -> None:
    rules = policy(tax={"tax1": "line"}, accounts=ACCOUNTS)

    assert shown(booked(three_at_25(tax), rules))[-1] == D(tax)


@pytest.mark.parametrize(
    ("ledger", "posts"), [("374.96", True), ("374.97", True), ("375.05", False)]
)
def test_rule_06_a_tax_of_the_ledger_beyond_what_is_allowed_is_not_posted(ledger, posts) -> None:
    sent = booked(three_at_25("75.00"), policy(tax={"tax1": "ledger"})).invoice
    content = {"total": str(sent.total), "allowed": str(sent.total_allowed)}

    difference = total_difference(content, {"totalAmountIncludingTax": D(ledger)})

    assert (difference is None) is posts


@pytest.mark.parametrize(("total", "found"), [("1000.02", set()), ("1000.03", {"does_not_add_up"})])
def test_rule_07_a_total_may_differ_by_the_policys_allowance_and_never_by_a_flat_one(
    total, found
) -> None:
    assert codes(matched(invoice(total=total))) == found


def test_rule_08_a_difference_is_one_line_on_its_own_account() -> None:
    document = invoice(line(), line("1", "5", number=2), total="1005.02")

    result = booked(document, policy(accounts=ACCOUNTS))

    assert [(each.account, each.unit_price) for each in result.invoice.lines] == [
        ("8110", D(100)),
        ("8110", D(5)),
        ("8340", D("0.02")),
    ]
    assert len(booked(document).invoice.lines) == 2  # no account, no rounding line


def test_rule_08_a_total_that_the_ledger_rounds_to_another_liability_is_not_posted() -> None:
    content = {"total": "3.60", "allowed": "0.02"}

    assert total_difference(content, {"totalAmountIncludingTax": D("4.00")}) == {
        "total": "3.60",
        "ledger_total": "4.00",
    }


@pytest.mark.parametrize(("net", "found"), [("999.98", set()), ("999.96", {"does_not_add_up"})])
def test_rule_09_no_total_is_taken_for_one_rounded_to_what_cash_has(net, found) -> None:
    bill, ordered = invoice(line("1", net), total="1000.00"), order(order_line("1", net))

    assert codes(matched(bill, ordered)) == found
