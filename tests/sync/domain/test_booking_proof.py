"""What is to be booked adds up to its document, whatever the document; a difference is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.documents import CodingPart, ShareKind
from sync.domain.booking import book_invoice
from sync.domain.booking_proof import booking_faults, net_to_book
from sync.domain.cost_lines import OwnCoding
from sync.domain.rates import ExchangeRate, RateTable
from tests.sync.building import booking, coding, credit_note, freight, invoice, line, policy

D = Decimal
RATES = RateTable([ExchangeRate("USD", date(2025, 1, 1), D(100), D("92.417"))])
ACCOUNTS = {"freight": "8310", "tax": "8320", "discount": None, "rounding": None}
cents = st.integers(-50_000, 50_000).map(lambda number: D(number) / 100)
mills = st.integers(-500_000, 500_000).map(lambda number: D(number) / 1_000)
quantities = st.sampled_from([D(1), D("0.37"), D(3), D("12.5")])
choices = st.sampled_from(["line", "ledger"])


def halves() -> tuple[CodingPart, ...]:
    part = {"ledger_account": "6110", "cost_center": "R100"}
    return tuple(CodingPart(part, kind=ShareKind.PERCENT, share=D(50)) for _ in range(2))


@st.composite
def documents(draw):
    """Draw an invoice or credit note with odd prices, splits, charges, taxes and a discount."""
    rows = draw(st.lists(st.tuples(quantities, mills, st.booleans()), min_size=1, max_size=5))
    lines = [
        line(str(quantity), str(price), number=at, coding=halves() if is_split else coding())
        for at, (quantity, price, is_split) in enumerate(rows, 1)
    ]
    make = draw(st.sampled_from([invoice, credit_note]))
    amounts = draw(st.sampled_from([cents, cents, mills]))
    extras = {name: draw(amounts) for name in ("tax1", "tax2", "discount")}
    currency, charges = draw(st.sampled_from(["EUR", "USD"])), (freight("12.50"),)
    document = make(*lines, currency=currency, charges=charges, **extras)
    return replace(document, total=document.total + draw(st.sampled_from([D(0), D("0.02")])))


@st.composite
def policies(draw):
    accounts = {
        **ACCOUNTS,
        "discount": draw(st.sampled_from([None, "8330"])),
        "rounding": draw(st.sampled_from([None, "8340"])),
    }
    return policy(
        accounts=accounts,
        tax={"tax1": draw(choices), "tax2": draw(choices)},
        journal={"balancing_account": "2999"},
    )


def booked(document, rules):
    context = booking(rules, rates=RATES)
    shares = [OwnCoding(item) for item in document.lines]
    return book_invoice(document, shares, context), context


@settings(max_examples=150, deadline=None)
@given(document=documents(), rules=policies())
def test_whatever_is_booked_adds_up_to_its_document(document, rules) -> None:
    result, context = booked(document, rules)

    assert booking_faults(document, result, context) == ()


@settings(max_examples=60, deadline=None)
@given(document=documents(), rules=policies(), data=st.data())
def test_a_changed_amount_is_seen_wherever_it_is(document, rules, data) -> None:
    result, context = booked(document, rules)
    if result.invoice is None or result.journal is None:
        return
    name = data.draw(st.sampled_from(["invoice", "journal"]))
    effect = getattr(result, name)
    at = data.draw(st.integers(0, len(effect.lines) - 1))
    field = "unit_price" if name == "invoice" else "amount"
    own = effect.lines[at]
    changed = replace(own, **{field: getattr(own, field) + 1})
    lines = (*effect.lines[:at], changed, *effect.lines[at + 1 :])
    wrong = replace(result, **{name: replace(effect, lines=lines)})

    assert booking_faults(document, wrong, context)


def test_a_price_with_more_decimals_than_the_currency_is_no_fault() -> None:
    document = invoice(line("1", "123.753"), line("3", "0.335", number=2))
    result, context = booked(document, policy(journal={"balancing_account": "2999"}))

    assert booking_faults(document, result, context) == ()


@pytest.mark.parametrize("effect", ["invoice", "journal"])
def test_a_line_that_got_lost_is_seen(effect) -> None:
    document = invoice(line(), line("2", "30", number=2))
    result, context = booked(document, policy(journal={"balancing_account": "2999"}))
    entry = getattr(result, effect)
    lost = replace(result, **{effect: replace(entry, lines=entry.lines[1:])})

    found = booking_faults(document, lost, context)

    assert {item.code for item in found} == {"does_not_add_up"}
    assert found[0].evidence["document"] == "inv 1"
    assert not any(item.acceptable for item in found)


def test_a_balanced_journal_over_another_sum_is_seen() -> None:
    document = invoice(line())
    rules = policy(journal={"balancing_account": "2999"})
    result, context = booked(document, rules)
    twice = replace(
        result.journal,
        lines=tuple(replace(item, amount=2 * item.amount) for item in result.journal.lines),
    )

    found = booking_faults(document, replace(result, journal=twice), context)

    assert [(item.evidence["booked"], item.evidence["expected"]) for item in found] == [
        ("2000.00", "1000.00")
    ]


def test_a_journal_in_the_other_direction_is_seen() -> None:
    rules = policy(journal={"balancing_account": "2999"})
    of_invoice, _ = booked(invoice(line()), rules)
    note = credit_note(line())
    result, context = booked(note, rules)

    assert booking_faults(note, replace(result, journal=of_invoice.journal), context)


def test_the_net_is_what_the_documents_parts_say() -> None:
    document = invoice(
        line(), charges=(freight("20"),), tax1="200", tax2="30", discount="5", total="1245.01"
    )

    assert net_to_book(document, policy(tax={"tax1": "ledger", "tax2": "line"})) == D("1045.00")
    rounding = policy(tax={"tax1": "ledger", "tax2": "line"}, accounts={"rounding": "8340"})
    assert net_to_book(document, rounding) == D("1045.01")
