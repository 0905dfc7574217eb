"""A document as the ledger books it: coding, vendor, dates, currency, and what is left out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

import pytest

from connectors.documents import CodingPart, LedgerSetup, ReferenceKind
from sync.domain.booking import book_invoice
from sync.domain.mapping import MappingTable
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
    policy,
    tables,
)
from tests.sync.domain.booked import WITH_JOURNAL, D, booked, causes, lines_of, reason_codes


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
