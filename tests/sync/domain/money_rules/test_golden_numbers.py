"""The numbers that the rules name, to the cent: domain rules 2, 18 and 19."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.domain import money
from sync.domain.booking import book_invoice
from sync.domain.cost_lines import OwnCoding
from tests.sync.building import (
    booking,
    codes,
    invoice,
    line,
    mapping,
    matched,
    order,
    order_line,
    tables,
    used,
)
from tests.sync.domain.money_rules.ruled import D, booked, shown


@pytest.mark.parametrize(
    ("quantity", "price", "amount"), [("0.45", "2.54", "1.14"), ("0.28", "6.87", "1.92")]
)
def test_rule_18_products_are_rounded_once_and_half_up(quantity, price, amount) -> None:
    assert shown(booked(invoice(line(quantity, price)))) == [D(amount)]


def test_rule_18_eleven_hundred_at_1080_are_11880_against_an_order_of_10000() -> None:
    ordered = order(order_line("1000", "10.00"))
    limits = {"price_percent": "15", "price_amount": "500"}
    taken = {"used": used("900", "9720"), "limits": limits}

    verdict = matched(invoice(line("200", "10.80")), ordered, **taken)

    told = next(item for item in verdict.reasons if item.code == "amount_over_order")
    assert (told.evidence["invoiced"], told.evidence["ordered"]) == ("11880.00", "10000.00")
    assert D(told.evidence["invoiced"]) - D(told.evidence["ordered"]) == 1880


@pytest.mark.parametrize(
    ("currency", "total"), [("JPY", "100.5"), ("KWD", "1.2345"), ("EUR", "10.005")]
)
def test_rule_18_more_decimals_than_the_currency_has_are_refused(currency, total) -> None:
    row = line("1", total, amount=total)
    own = mapping("currency", **{currency: currency})

    verdict = matched(invoice(row, currency=currency, total=total), order(currency=currency))
    result = book_invoice(
        invoice(row, currency=currency, total=total),
        [OwnCoding(row)],
        booking(mappings=tables(currency=own)),
    )

    assert codes(verdict) == {"unreadable"}
    assert result.invoice is None
    assert {item.code for item in result.reasons} == {"unreadable"}
    assert f"{total} {currency}" in result.reasons[0].message


def test_rule_18_a_product_in_dinars_is_rounded_half_up_to_three_decimals() -> None:
    own = mapping("currency", KWD="KWD")
    row = replace(line("1", "1.2345"), amount=money.line_product(D(1), D("1.2345"), "KWD"))

    result = booked(invoice(row, currency="KWD"), mappings=tables(currency=own))

    assert shown(result, "KWD") == [D("1.235")]


def test_rule_18_charges_make_the_landed_cost() -> None:
    assert money.divide(money.multiply(D(100), D(10)) + D(300), D(100)) == D("13.00")


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "sent"),
    [
        ("44", "19.5375", "859.65", ("44", "19.5375", "Pipette tips")),
        ("44", "19.54", "859.75", ("1", "859.75", "Pipette tips (44 EA x 19.54)")),
        ("500", "20", "100.00", ("1", "100.00", "Pipette tips (500 EA x 20)")),
    ],
)
def test_rule_19_the_ledger_shows_the_documents_amount_always(
    quantity, price, amount, sent
) -> None:
    result = booked(invoice(line(quantity, price, amount=amount)))

    (sold,) = result.invoice.lines
    assert (str(sold.quantity), str(sold.unit_price), sold.description) == sent
    assert shown(result) == [D(amount)]
