"""Invoices as ledger documents: lines, charges, taxes, discounts, dates, journals, currencies."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.documents import (
    CodingPart,
    LedgerSetup,
    ReferenceKind,
    Resource,
    ShareKind,
)
from sync.domain.booking import Booking, book_invoice, journal_number
from sync.domain.cost_lines import OwnCoding
from sync.domain.mapping import MappingTable
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import (
    booking,
    coding,
    context,
    credit_note,
    earlier,
    freight,
    invoice,
    line,
    mapping,
    match,
    order,
    order_line,
    policy,
    tables,
)

D = Decimal
JOURNAL = {"balancing_account": "2999"}
WITH_JOURNAL = policy(journal=JOURNAL)


def booked(document=None, rules=None, **details) -> Booking:
    """Book a document on the coding of its own lines, as a matched one is on its orders'."""
    document = document or invoice()
    shares = [OwnCoding(item) for item in document.lines]
    return book_invoice(document, shares, booking(rules, **details))


def lines_of(result: Booking) -> list[tuple]:
    return [
        (item.account, item.quantity, item.unit_price, item.dimensions.get("DEPARTMENT"))
        for item in result.invoice.lines
    ]


def reason_codes(result: Booking) -> list[str]:
    return [item.code for item in result.reasons]


def causes(result: Booking) -> list[str]:
    return [item.cause for item in result.reasons]


# ---------------------------------------------------------------------------------- the document


def test_a_line_is_booked_on_its_mapped_account_and_dimension() -> None:
    result = booked()

    assert lines_of(result) == [("8110", D(10), D(100), "RESEARCH")]
    assert result.journal is None
    assert result.invoice.external_number == "RE-117"
    assert result.invoice.source_reference == "JAGGAER I00092"
    assert (result.invoice.total, result.invoice.net) == (D("1000.00"), D("1000.00"))
    assert result.invoice.total_allowed == D("0.02")


def test_a_matched_line_is_booked_on_its_order_lines_coding() -> None:
    document = invoice(line(coding=coding("9999")))
    verdict = match(document, context())

    result = book_invoice(document, verdict.allocations, booking())

    assert lines_of(result) == [("8110", D(10), D(100), "RESEARCH")]


def test_a_line_without_order_is_booked_only_where_the_policy_writes_it() -> None:
    write = policy(match={"without_order": "write"})

    assert len(book_invoice(invoice(), (), booking(write)).invoice.lines) == 1
    assert book_invoice(invoice(), (), booking()).invoice.lines == ()


@pytest.mark.parametrize(
    ("missing", "cause"),
    [
        ("ledger_account", "mapping ledger_account 6110"),
        ("cost_center", "mapping cost_center R100"),
    ],
)
def test_a_missing_mapping_holds_the_document_back(missing, cause) -> None:
    result = booked(mappings=tables(**{missing: MappingTable(missing)}))

    assert result.invoice is None
    assert causes(result) == [cause]


def test_a_line_without_account_is_held_back_and_one_without_cost_center_takes_the_default() -> (
    None
):
    rules = policy(default_dimensions={"DEPARTMENT": "ADM", "AREA": "30"})

    result = booked(invoice(line(coding=coding(cost_center=None))), rules)

    assert result.invoice.lines[0].dimensions == {"DEPARTMENT": "ADM", "AREA": "30"}
    assert reason_codes(booked(invoice(line(coding=coding(None))))) == ["mapping_missing"]
    assert reason_codes(booked(invoice(line(coding=())))) == ["mapping_missing"]


def test_a_default_dimension_gives_way_to_the_lines_own() -> None:
    rules = policy(default_dimensions={"DEPARTMENT": "ADM"})

    assert booked(rules=rules).invoice.lines[0].dimensions == {"DEPARTMENT": "RESEARCH"}


def test_a_further_segment_is_a_dimension_of_its_own() -> None:
    part = CodingPart({"glAccount": "6110", "costCentre": "R100", "project": "P7", "fund": ""})
    project = mapping("project", P7="PROJECT/APOLLO")

    result = booked(invoice(line(coding=(part,))), mappings=tables(project=project))

    assert result.invoice.lines[0].dimensions == {"DEPARTMENT": "RESEARCH", "PROJECT": "APOLLO"}


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (ReferenceKind.LEDGER_ACCOUNTS, "8110"),
        (ReferenceKind.DIMENSION_VALUES, "DEPARTMENT/RESEARCH"),
    ],
)
@pytest.mark.parametrize("item", [None, SimpleNamespace(usable=False, why_not="it is blocked.")])
def test_a_target_that_is_gone_or_blocked_holds_the_document_back(kind, code, item) -> None:
    usable = SimpleNamespace(usable=True, why_not="")

    result = booked(find=lambda k, c: item if (k, c) == (kind, code) else usable)

    assert reason_codes(result) == ["mapping_invalid"]


def test_a_missing_unit_or_tax_code_never_parks() -> None:
    known = tables(
        unit_of_measure=mapping("unit_of_measure", EA="PCS"),
        tax=mapping("tax", **{"20": "VAT20", "17.5": "VAT17"}),
    )

    with_codes = booked(invoice(line(tax_rate=D("20.00"))), mappings=known).invoice.lines[0]
    half = booked(invoice(line(tax_rate=D("17.50"))), mappings=known).invoice.lines[0]
    without = booked(invoice(line(tax_rate=D(5), unit="BOX")), mappings=known).invoice.lines[0]

    assert (with_codes.unit, with_codes.tax_code) == ("PCS", "VAT20")
    assert half.tax_code == "VAT17"
    assert (without.unit, without.tax_code) == (None, None)


def test_a_vendor_that_is_not_in_the_ledger_holds_the_document_back() -> None:
    assert causes(booked(vendor_number=None)) == ["supplier V1"]


@pytest.mark.parametrize(("length", "fits"), [(35, True), (36, False)])
def test_a_supplier_number_is_never_cut(length, fits) -> None:
    result = booked(invoice(supplier_number=" " + "9" * length + " "))

    assert reason_codes(result) == ([] if fits else ["too_long"])


def test_the_ledgers_own_field_length_counts() -> None:
    setup = LedgerSetup(local_currency="EUR", field_lengths={"purchase_invoice.external_number": 5})

    assert reason_codes(booked(setup=setup)) == ["too_long"]


# ---------------------------------------------------------------------------------- exact lines


@pytest.mark.parametrize(
    ("quantity", "price", "amount", "sent", "text"),
    [
        ("44", "19.5375", "859.65", ("44", "19.5375"), "Pipette tips"),
        ("44", "19.54", "859.75", ("1", "859.75"), "Pipette tips (44 EA x 19.54)"),
        ("500", "20", "100.00", ("1", "100.00"), "Pipette tips (500 EA x 20)"),
        ("2.1234567", "10", "21.23", ("2.12346", "10"), "Pipette tips"),
        ("3", "0.3333333", "1.00", ("3", "0.33333"), "Pipette tips"),
        ("900000", "0.0000017", "1.53", ("1", "1.53"), "Pipette tips (900000 EA x 0.0000017)"),
        ("-2", "10", "-20.00", ("-2", "10"), "Pipette tips"),
    ],
)
def test_a_line_always_shows_its_amount(quantity, price, amount, sent, text) -> None:
    sold = booked(invoice(line(quantity, price, amount=amount))).invoice.lines[0]

    assert (sold.quantity, sold.unit_price) == (D(sent[0]), D(sent[1]))
    assert sold.description == text


def test_a_quantity_that_the_ledger_would_round_to_another_amount_is_held_back() -> None:
    result = booked(invoice(line("0.999998", "18472.39", amount="18472.35")))

    assert reason_codes(result) == ["quantity_precision"]


def test_what_was_received_stays_readable_in_a_long_text() -> None:
    sold = booked(invoice(line("3", "1", amount="3.01", description="x" * 200))).invoice.lines[0]

    assert len(sold.description) == 100
    assert sold.description.endswith("x (3 EA x 1)")


@given(
    quantity=st.decimals("0.00001", 9999, places=5),
    price=st.decimals(0, 9999, places=6),
    off=st.decimals(-1, 1, places=2),
)
def test_the_ledger_shows_the_documents_amount_or_the_document_waits(quantity, price, off) -> None:
    amount = (quantity * price + off).quantize(D("0.01"))

    result = booked(invoice(line(str(quantity), str(price), amount=str(amount))))

    (sold,) = result.invoice.lines
    assert (sold.quantity * sold.unit_price).quantize(D("0.01"), "ROUND_HALF_UP") == amount


# ---------------------------------------------------------------------------------- splits


def split(*shares: str, kind: ShareKind = ShareKind.PERCENT) -> tuple[CodingPart, ...]:
    centers = ("R100", "R200", "R100")
    return tuple(
        CodingPart({"glAccount": "6110", "costCentre": center}, D(share), kind)
        for center, share in zip(centers, shares, strict=False)
    )


@pytest.mark.parametrize(
    ("parts", "amounts"),
    [
        (split("60", "40"), ["600.00", "400.00"]),
        (split("33.33", "33.33", "33.34"), ["333.30", "333.30", "333.40"]),
        (split("3", "7", kind=ShareKind.QUANTITY), ["300.00", "700.00"]),
        (split("250", "750", kind=ShareKind.AMOUNT), ["250.00", "750.00"]),
    ],
    ids=["percent", "thirds", "quantity", "amount"],
)
def test_a_split_line_is_booked_by_its_shares(parts, amounts) -> None:
    result = booked(invoice(line(coding=parts)))

    assert [item.unit_price for item in result.invoice.lines] == [D(amount) for amount in amounts]
    assert [item.quantity for item in result.invoice.lines] == [1] * len(amounts)


def test_the_rest_of_a_split_goes_to_its_last_part() -> None:
    thirds = split("1", "1", "1", kind=ShareKind.QUANTITY)

    result = booked(invoice(line("3", "33.34", amount="100.01", coding=thirds)))

    assert [item.unit_price for item in result.invoice.lines] == [
        D("33.34"),
        D("33.34"),
        D("33.33"),
    ]


@pytest.mark.parametrize(
    "parts",
    [
        split("60", "39.99"),
        split("100", "0.01"),
        split("50"),
        split("3", "6", kind=ShareKind.QUANTITY),
        split("250", "749.99", kind=ShareKind.AMOUNT),
        (*split("50"), *split("500", kind=ShareKind.AMOUNT)),
    ],
)
def test_an_incomplete_split_holds_the_document_back(parts) -> None:
    assert reason_codes(booked(invoice(line(coding=parts)))) == ["split_incomplete"]


def test_shares_of_an_order_line_refer_to_the_whole_order_line() -> None:
    ordered = order(order_line(coding=split("250", "750", kind=ShareKind.AMOUNT)))
    document = invoice(line("2"))
    verdict = match(document, context(ordered))

    result = book_invoice(document, verdict.allocations, booking())

    assert [item.unit_price for item in result.invoice.lines] == [D("50.00"), D("150.00")]


# ---------------------------------------------------------------------------------- charges, tax


ACCOUNTS = policy(
    accounts={"freight": "8450", "tax": "8910", "discount": "8640", "rounding": "8990"},
    tax={"tax1": "line", "tax2": "line"},
)
ACCOUNTS_BUT_DISCOUNT = policy(accounts={"freight": "8450"})


def test_charges_taxes_discount_and_rounding_are_lines_on_their_accounts() -> None:
    document = invoice(
        charges=(freight("30"), freight("5", "handling")),
        tax1="12",
        tax2="7",
        discount="50",
        total="1004.02",
    )

    result = booked(document, ACCOUNTS)

    assert [(account, price) for account, _, price, _ in lines_of(result)] == [
        ("8110", D(100)),
        ("8450", D(30)),
        ("8450", D(5)),
        ("8910", D(12)),
        ("8910", D(7)),
        ("8640", D(-50)),
        ("8990", D("0.02")),
    ]
    assert {department for *_, department in lines_of(result)} == {"RESEARCH"}
    assert result.invoice.net == D("1004.02")


@pytest.mark.parametrize(
    ("document", "cause"),
    [
        (invoice(charges=(freight("30"),)), "account freight"),
        (invoice(tax2="7"), "account tax"),
    ],
)
def test_a_charge_without_account_waits_for_it(document, cause) -> None:
    assert causes(booked(document)) == [cause]


def test_a_tax_left_to_the_ledger_is_no_line() -> None:
    result = booked(invoice(line(tax_rate=D(20)), tax1="200"))

    assert result.invoice.net == D("1000.00")
    assert result.invoice.total == D("1200.00")


def test_a_charge_account_that_is_blocked_waits_for_it() -> None:
    def find(_, code):
        return SimpleNamespace(usable=code != "8450", why_not="it is blocked.")

    result = booked(invoice(charges=(freight("30"),)), ACCOUNTS, find=find)

    assert [(item.code, item.cause) for item in result.reasons] == [
        ("mapping_invalid", "account freight")
    ]


def test_row_22_a_discount_without_account_is_spread_by_value_the_rest_on_the_largest() -> None:
    lines = line("1", "50.00"), line("1", "100.00", number=2), line("1", "50.00", number=3)

    result = booked(invoice(*lines, discount="10.01"))

    assert [item.unit_price for item in result.invoice.lines] == [
        D("47.50"),
        D("94.99"),
        D("47.50"),
    ]
    assert result.invoice.net == D("189.99")


def test_row_42_free_goods_with_a_split_coding_are_one_line() -> None:
    free = line("3", "0", coding=split("50", "50"))

    result = booked(invoice(free, line("1", "100", number=2)))
    less = booked(invoice(free, charges=(freight("30"),), discount="10"), ACCOUNTS_BUT_DISCOUNT)

    assert lines_of(result) == [
        ("8110", D(3), D(0), "RESEARCH"),
        ("8110", D(1), D(100), "RESEARCH"),
    ]
    assert less.invoice.net == D("20.00")


def test_no_rounding_account_means_no_rounding_line() -> None:
    assert booked(invoice(total="1000.01")).invoice.net == D("1000.00")


# ---------------------------------------------------------------------------------- dates, currency

OPEN = LedgerSetup(
    local_currency="EUR", posting_from=date(2025, 2, 1), posting_to=date(2025, 12, 31)
)


@pytest.mark.parametrize(
    ("source", "day"),
    [
        ("accounting_date", date(2025, 2, 5)),
        ("document_date", date(2025, 2, 1)),
        ("today", date(2025, 2, 10)),
    ],
)
def test_row_43_the_posting_date_comes_from_where_the_policy_says(source, day) -> None:
    rules = policy(posting_date={"source": source})

    result = booked(invoice(accounting_date=date(2025, 2, 5)), rules, setup=OPEN)

    assert (result.invoice.posting_date, result.invoice.document_date) == (day, date(2025, 2, 1))


def test_row_43_without_accounting_date_the_document_date_is_taken() -> None:
    assert booked().invoice.posting_date == date(2025, 2, 1)


@pytest.mark.parametrize(
    ("choice", "day", "posted"),
    [
        ("review", date(2025, 1, 31), None),
        ("next_open", date(2025, 1, 31), date(2025, 2, 1)),
        ("next_open", date(2026, 1, 1), None),
        ("review", date(2025, 12, 31), date(2025, 12, 31)),
    ],
)
def test_row_43_a_closed_period_waits_or_moves_on_and_never_back(choice, day, posted) -> None:
    rules = policy(posting_date={"closed_period": choice})

    result = booked(invoice(document_date=day), rules, setup=OPEN)

    if posted is None:
        assert reason_codes(result) == ["posting_date_closed"]
    else:
        assert result.invoice.posting_date == posted
        assert bool(result.notes) is (posted != day)


@pytest.mark.parametrize(("days", "moved"), [(0, False), (30, False), (31, True), (None, True)])
def test_row_43_a_closed_date_moves_so_many_days_and_no_further(days, moved) -> None:
    rules = policy(posting_date={"closed_period": "next_open", "next_open_days": days})

    result = booked(invoice(document_date=date(2025, 1, 1)), rules, setup=OPEN)

    if moved:
        assert result.invoice.posting_date == date(2025, 2, 1)
        assert result.notes == ("Posting date 2025-01-01 is closed: booked on 2025-02-01.",)
    else:
        assert result.invoice is None
        assert f"more than {days} days later" in result.reasons[0].message


@pytest.mark.parametrize(("currency", "sent"), [("EUR", None), ("eur", None), ("USD", "USD")])
def test_row_30_local_currency_is_sent_blank(currency, sent) -> None:
    assert booked(invoice(currency=currency)).invoice.currency == sent


def test_row_30_a_mapped_currency_counts_as_local_too() -> None:
    known = tables(currency=mapping("currency", EUR="EURO", USD="DOLLAR"))
    setup = LedgerSetup(local_currency="EURO")

    assert booked(setup=setup, mappings=known).invoice.currency is None
    assert booked(invoice(currency="USD"), setup=setup, mappings=known).invoice.currency == "DOLLAR"


def test_a_currency_that_the_ledger_does_not_know_waits_for_its_mapping() -> None:
    def find(kind, _):
        gone = kind is ReferenceKind.CURRENCIES
        return None if gone else SimpleNamespace(usable=True, why_not="")

    assert causes(booked(invoice(currency="USD"), find=find)) == ["mapping currency USD"]


# ---------------------------------------------------------------------------------- the journal


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


def test_every_reason_is_given_at_once() -> None:
    document = replace(
        invoice(line(coding=coding("X", "Y")), supplier_number="9" * 99),
        charges=(freight("5"),),
    )

    assert causes(booked(document, vendor_number=None)) == [
        "too_long inv 1",
        "supplier V1",
        "mapping ledger_account X",
        "mapping cost_center Y",
        "account freight",
    ]


def test_figures_that_no_ledger_holds_are_not_booked() -> None:
    assert reason_codes(booked(replace(invoice(), tax1=D("1E+999999")))) == ["unreadable"]


def test_a_credited_invoice_is_matched_and_booked_on_the_same_order_line() -> None:
    document = credit_note(line("4"))
    verdict = match(document, context(before=[earlier()]))

    result = book_invoice(document, verdict.allocations, booking(WITH_JOURNAL))

    assert verdict.ok
    assert result.journal.lines[0].amount == D("-400.00")


@pytest.mark.parametrize(
    ("lengths", "applied", "said"),
    [
        ({"purchase_credit_memo.applies_to": 20}, "108001", "Applied to 108001, which is invoice"),
        ({}, "", "To be applied to invoice RE-100 in the ledger by hand"),
    ],
    ids=["the ledger takes its number", "it does not"],
)
def test_row_36_a_credit_note_is_applied_to_its_posted_invoice(lengths, applied, said) -> None:
    setup = LedgerSetup(local_currency="EUR", field_lengths=lengths)

    result = booked(credit_note(line("4")), setup=setup, applies_to="108001")

    assert result.invoice.applies_to == applied
    assert said in result.notes[0]


def test_an_invoice_is_applied_to_nothing() -> None:
    assert (booked().invoice.applies_to, booked().notes) == ("", ())
