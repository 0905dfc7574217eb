"""Every rule of domain rules 2; the numbers in the names are those of the rules."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from connectors import exactjson
from connectors.documents import Invoice, LedgerSetup
from connectors.http.jsonbody import parse_json
from connectors.nav.posting import total_difference
from sync.domain import money
from sync.domain.booking import Booking, book_invoice
from sync.domain.booking_proof import booking_faults
from sync.domain.cost_lines import OwnCoding
from sync.domain.currencies import Worth, kept_currency, worth_of_local
from sync.domain.policy import PolicyError, parse
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import (
    KESTREL,
    booking,
    codes,
    credit_note,
    freight,
    invoice,
    line,
    mapping,
    matched,
    order,
    order_line,
    policy,
    tables,
    used,
)

D = Decimal
JOURNAL = {"journal": {"balancing_account": "2999"}}
ACCOUNTS = {"freight": "8310", "tax": "8320", "discount": "8330", "rounding": "8340"}
ON = date(2025, 2, 1)
USD = RateTable([ExchangeRate("USD", date(2025, 1, 1), D(100), D(80))])
YEN = money.Currency("JPY", 0)
FORINT = money.Currency("HUF", 0)


def booked(document: Invoice | None = None, rules: Any = None, **details: Any) -> Booking:
    """Book a document on the coding of its own lines; nothing of it may differ from it."""
    document = document or invoice()
    context = booking(rules, **details)
    result = book_invoice(document, [OwnCoding(item) for item in document.lines], context)
    assert booking_faults(document, result, context) == ()
    return result


def shown(result: Booking, currency: money.Kept = "EUR") -> list[Decimal]:
    """Return the amounts that the ledger computes of the lines."""
    assert result.invoice is not None, result.reasons
    return [
        money.line_product(each.quantity, each.unit_price, currency)
        for each in result.invoice.lines
    ]


def three_at_25(tax: str) -> Invoice:
    rows = [line("1", "99.99", number=at, at=str(at), tax_rate=D(25)) for at in (1, 2, 3)]
    return invoice(*rows, tax1=tax)


def three_ordered() -> Any:
    return order(*(order_line("1", "99.99", number=at) for at in (1, 2, 3)))


# Numbers as received.


def test_rule_01_numbers_are_decimal_from_the_source_to_the_database() -> None:
    read = parse_json(b'{"price": 0.1, "total": 1e2}')
    fields = [each for model in apps.get_models() for each in model._meta.get_fields()]
    binary = [each for each in fields if isinstance(each, models.FloatField)]

    assert read == {"price": D("0.1"), "total": D("1e2")}
    assert all(isinstance(each, Decimal) for each in read.values())
    assert {each.model.__name__ for each in binary} == {"PrincipalBudget"}  # calls per second


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_rule_01_what_is_no_number_is_never_read(text: str) -> None:
    with pytest.raises(ValueError, match="no number"):
        exactjson.loads(text)


@pytest.mark.parametrize("value", [2.5, True, "2,5", "-1", "1e3"])
def test_rule_01_a_limit_is_a_decimal_text(value: Any) -> None:
    with pytest.raises(PolicyError) as refused:
        parse({"match": {"total_amount": value}})
    assert list(refused.value.fields) == ["match.total_amount"]


@pytest.mark.parametrize("text", ["1.10", "0.00", "100", "12345678901234567890.1234567890", "-0.5"])
def test_rule_02_what_was_received_keeps_its_digits_and_scale(text: str) -> None:
    assert exactjson.dumps(exactjson.loads(f'{{"a":{text}}}')) == f'{{"a":{text}}}'


def test_rule_02_derived_amounts_are_computed_anew_and_received_ones_are_not() -> None:
    derived, received = line("3", "0.335"), line("1", "101", amount="101.00", number=2)
    document = invoice(derived, received, currency="HUF", total="102")
    find = mapping("currency", HUF="HUF")

    result = booked(document, mappings=tables(currency=find), decimals={"HUF": 0})

    assert shown(result, FORINT) == [D(1), D(101)]


# Rounding.


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


# Limits and rates.


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
    worth = worth_of_local("USD", ON, _dollars(), USD)
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
    worth = worth_of_local("USD", date(2024, 12, 31), _dollars(), USD)
    bill, ordered = invoice(currency="USD", total="1000.01"), order(currency="USD")

    verdict = matched(bill, ordered, worth=worth)

    assert codes(verdict) == {"does_not_add_up"}
    assert any("no rate of USD" in note for note in verdict.notes)
    assert matched(replace(bill, total=D(1000)), ordered, worth=worth).ok


def test_rule_10_what_the_ledger_may_compute_otherwise_is_converted_too() -> None:
    result = booked(invoice(currency="USD"), **_in_dollars(), worth=Worth(D("150")))

    assert result.invoice.total_allowed == D("3.00")


def test_rule_11_a_rate_is_kept_with_its_source_date_direction_and_precision() -> None:
    rates = RateTable([ExchangeRate("USD", date(2025, 1, 1), D("100.0"), D("92.4170"))])

    result = booked(invoice(currency="USD"), policy(**JOURNAL), **_in_dollars(), rates=rates)

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

    result = booked(document, policy(**JOURNAL), **_in_dollars(), rates=third)
    earlier_day = booked(
        replace(document, document_date=date(2025, 1, 31)),
        policy(**JOURNAL),
        **_in_dollars(),
        rates=third,
    )

    assert [each.amount for each in result.journal.lines] == [D("0.01"), D("-0.01")]
    assert [item.code for item in earlier_day.journal_reasons] == ["currency_differs"]


# Tax.


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


# What is sent.


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


# Golden numbers.


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


def test_every_rule_has_a_test() -> None:
    names = [name for name, _ in inspect.getmembers(sys.modules[__name__], inspect.isfunction)]
    numbers = {int(found[1]) for name in names if (found := re.match(r"test_rule_(\d\d)_", name))}

    assert numbers == set(range(1, 20))


def _in_dollars() -> dict[str, Any]:
    return {"mappings": tables(currency=mapping("currency", USD="USD"))}


def _dollars() -> Any:
    return booking(**_in_dollars())
