"""What a document's lines, splits, charges and discount book: its amount, always."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.documents import CodingPart, ShareKind
from sync.domain.booking import book_invoice
from tests.sync.building import (
    booking,
    context,
    freight,
    invoice,
    line,
    match,
    order,
    order_line,
    policy,
)
from tests.sync.domain.booked import D, booked, causes, lines_of, reason_codes


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
