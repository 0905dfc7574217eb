"""What a verdict says beside its codes: allocations, use of orders, numbers, proposals."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connectors.documents import Problem, Resource
from sync.matching import Basis, Usage, match
from sync.matching.tolerance import basis_of
from sync.templatetags.sync_words import checked
from tests.sync.building import (
    KESTREL,
    STRANGER,
    codes,
    coding,
    context,
    credit_note,
    earlier,
    invoice,
    line,
    matched,
    order,
    order_line,
    policy,
    used,
)

D = Decimal


def at_lines(verdict) -> list[int]:
    return [item.order_line for item in verdict.allocations]


@pytest.mark.parametrize(
    ("quantity", "price", "unit", "basis"),
    [
        ("2500.50", "1", "US Dollar", Basis.MONEY),
        ("1", "1", "US Dollar", Basis.MONEY),
        ("40", "85", "US Dollar", Basis.QUANTITY),  # hours at a real price
        ("1", "5877", "EACH", Basis.LUMP),
        ("2500", "1", "Each", Basis.QUANTITY),
        ("44", "19.54", "Pack of 30", Basis.QUANTITY),
    ],
)
def test_the_order_line_alone_says_what_is_compared(quantity, price, unit, basis) -> None:
    assert basis_of(order_line(quantity, price, unit=unit)) is basis


def test_an_amount_line_is_billed_in_parts_up_to_its_amount() -> None:
    lump = order(order_line("1", "1000"))
    part = invoice(line("1", "400"))

    assert matched(part, lump, used=used("1", "620")).ok
    assert codes(matched(part, lump, used=used("1", "620.01"))) == {
        "amount_over_order",
        "quantity_over_order",
    }


def test_money_billed_as_one_piece_fits_an_order_of_money() -> None:
    money = order(order_line("18587.15", "1", unit="US Dollar"))

    assert matched(invoice(line("1", "18587.15", unit="US Dollar")), money).ok
    assert codes(matched(invoice(line("1", "19000", unit="US Dollar")), money)) == {
        "amount_over_order"
    }


def test_two_pieces_of_one_ordered_are_too_many_though_the_amount_fits() -> None:
    verdict = matched(invoice(line("2", "500")), order(order_line("1", "1000")))

    assert codes(verdict) == {"quantity_over_order"}


def test_a_line_too_large_for_one_order_line_is_split_over_its_twins() -> None:
    twins = order(order_line(number=1), order_line(number=2))

    verdict = matched(invoice(line("15", at=None)), twins)

    parts = [(item.order_line, item.quantity, item.amount) for item in verdict.allocations]
    assert parts == [(1, D(10), D("1000.00")), (2, D(5), D("500.00"))]


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        ([order_line(number=1, cancelled=True), order_line(number=2)], 2),
        ([order_line(number=1, price="90"), order_line(number=2)], 2),
        ([order_line("5", number=1), order_line("99", number=2)], 2),
        ([order_line("20", number=1), order_line("10", number=2)], 2),
        ([order_line(number=2), order_line(number=1)], 1),
    ],
    ids=["open before cancelled", "same price", "enough left", "same amount", "same place"],
)
def test_of_several_lines_with_one_description_the_best_is_chosen(candidates, chosen) -> None:
    verdict = matched(invoice(line(at=None)), order(*candidates))

    assert at_lines(verdict) == [chosen]


def twice_number_3(**second) -> object:
    """An order whose two lines both have number 3 at the source."""
    return order(order_line(number=3), order_line(number=1003, named_as=3, **second))


@pytest.mark.parametrize(
    ("second", "billed", "chosen"),
    [
        ({"description": "Gloves"}, {"description": "Gloves"}, 1003),
        ({"description": "Gloves"}, {"description": "Pipette tips"}, 3),
        ({"description": "Gloves", "price": "7"}, {"description": "Other", "price": "7"}, 1003),
        ({"coding": coding("6120")}, {"coding": coding("6120")}, 1003),
        ({"price": "7"}, {"price": "7"}, 1003),
        ({"cancelled": True}, {}, 3),
    ],
    ids=["its text", "the other text", "its price", "its coding", "same text, price", "open"],
)
def test_of_order_lines_with_one_number_the_one_that_is_meant_is_chosen(second, billed, chosen):
    verdict = matched(invoice(line(**{"at": "3", **billed})), twice_number_3(**second))

    assert (at_lines(verdict), codes(verdict)) == ([chosen], set())


def test_equal_order_lines_with_one_number_take_one_invoice_line_each() -> None:
    both = invoice(line(at="3"), line(at="3", number=2))

    assert at_lines(matched(both, twice_number_3())) == [3, 1003]
    assert codes(matched(both, order(order_line(number=3)))) >= {"quantity_over_order"}


def test_what_was_invoiced_on_one_of_two_lines_with_one_number_leaves_the_other() -> None:
    verdict = matched(invoice(line(at="3")), twice_number_3(), used=used("10", "1000", at=3))

    assert (at_lines(verdict), codes(verdict)) == ([1003], set())


def test_a_number_that_we_gave_is_no_number_that_an_invoice_can_name() -> None:
    verdict = matched(invoice(line(at="1003")), twice_number_3())

    assert codes(verdict) == {"line_not_on_order"}


def test_an_uncoded_line_that_two_lines_with_one_number_code_differently_is_not_guessed() -> None:
    verdict = matched(invoice(line(at="3", coding=())), twice_number_3(coding=coding("6120")))

    assert codes(verdict) == {"order_ambiguous"}


def test_lines_of_one_description_are_put_on_different_order_lines() -> None:
    twins = order(order_line("20", number=1), order_line("20", number=2))
    first, second = line("3", at=None), line("4", at=None, number=2)

    assert at_lines(matched(invoice(first, second), twins)) == [1, 2]


def test_a_line_that_names_its_order_line_is_placed_before_those_that_do_not() -> None:
    twins = order(order_line(number=1), order_line(number=2))
    unnamed, named = line(at=None, number=1), line(at="1", number=2)

    assert at_lines(matched(invoice(unnamed, named), twins)) == [2, 1]


def test_a_matched_line_takes_its_coding_from_the_order_line() -> None:
    verdict = matched(invoice(line(coding=coding("9999", "X"))))

    assert verdict.allocations[0].coding == coding("6110", "R100")


def test_an_order_line_without_coding_leaves_the_invoice_its_own() -> None:
    verdict = matched(invoice(line(coding=coding("9999"))), order(order_line(coding=())))

    assert verdict.allocations[0].coding == coding("9999")


def test_an_invoice_takes_from_the_order_and_a_credit_note_gives_back() -> None:
    taken = matched(invoice(line("4"))).usage
    given = matched(credit_note(line("4")), before=[earlier()]).usage

    assert taken == {("po 4711", 1): Usage(D(4), D("400.00"))}
    assert given == {("po 4711", 1): Usage(D(-4), D("-400.00"))}


@pytest.mark.parametrize(
    "verdict",
    [
        matched(before=[earlier("RE-117")]),
        matched(invoice(), order(supplier=STRANGER)),
        matched(invoice(currency="USD")),
    ],
    ids=["duplicate", "other supplier", "other currency"],
)
def test_a_document_that_is_not_the_orders_own_takes_nothing_from_it(verdict) -> None:
    assert verdict.usage == {}


def test_a_parked_invoice_still_takes_its_share_of_the_order() -> None:
    verdict = matched(invoice(line("5"), supplier_number=None))

    assert codes(verdict) == {"number_missing"}
    assert verdict.usage == {("po 4711", 1): Usage(D(5), D("500.00"))}


def test_every_reason_is_reported_and_the_first_is_said_in_the_sentence() -> None:
    bad = invoice(line("11", "103", of="4711"), total="5", document_date=date(2024, 12, 31))

    verdict = matched(bad, order(closed=True))

    assert codes(verdict) == {
        "quantity_over_order",
        "price_over_tolerance",
        "order_cancelled",
        "dated_before_order",
        "does_not_add_up",
    }
    assert verdict.sentence.endswith("And 4 more reasons.")


def test_what_the_connector_could_not_read_is_a_reason_with_its_words() -> None:
    problem = Problem("date_invalid", "invoiceDate", '"31/02/2025" is not a date.')

    verdict = matched(invoice(document_date=None, problems=(problem,)))

    assert [item.message for item in verdict.reasons] == ['"31/02/2025" is not a date.']


def test_one_missing_order_is_one_reason_however_many_lines_name_it() -> None:
    lost = line(of="4799"), line(of="4799", number=2)

    assert [item.cause for item in matched(invoice(*lost)).reasons] == ["order 4799"]


def test_an_unnamed_order_is_proposed_and_never_taken() -> None:
    verdict = matched(invoice(line(of=None, at=None)), open_orders=(order(),))

    assert verdict.proposals == ("4711",)
    assert verdict.reasons[0].evidence["proposed_orders"] == ["4711"]
    assert verdict.allocations == ()


def test_an_order_named_by_a_person_serves_lines_without_one() -> None:
    assert matched(invoice(line(of="-", at=None)), chosen_order="4711").ok


def test_accepting_lifts_a_tolerance_and_nothing_else() -> None:
    accepted = frozenset({"price_over_tolerance", "order_cancelled"})

    verdict = matched(invoice(line(price="150")), order(closed=True), accepted=accepted)

    assert codes(verdict) == {"order_cancelled"}
    assert [item.code for item in verdict.accepted] == ["price_over_tolerance"]


def test_a_credit_note_waits_for_its_invoice_that_is_not_in_the_ledger() -> None:
    verdict = matched(credit_note(line("4")), before=[earlier(in_ledger=False)])

    assert verdict.ok
    assert verdict.waits_for == ("earlier RE-100",)


def test_the_document_itself_is_no_duplicate_of_itself() -> None:
    assert matched(document_id="earlier RE-117", before=[earlier("RE-117")]).ok


@pytest.mark.parametrize(("in_ledger", "ok"), [(False, True), (True, False)])
def test_a_later_document_holds_up_an_earlier_one_only_from_the_ledger(in_ledger, ok) -> None:
    later = earlier("RE-117", in_ledger=in_ledger, arrival=("2025-02-02", "9"))

    assert matched(before=[later], arrival=("2025-02-01", "1")).ok is ok


def test_credits_through_any_card_of_the_family_count_against_the_invoice() -> None:
    other = earlier(
        "CR-9", "700", resource=Resource.CREDIT_NOTE, credited_number="re-100", supplier_key="V2"
    )

    assert codes(matched(credit_note(line("4")), before=[earlier(), other])) == {
        "credit_over_invoice"
    }


def test_a_verdict_carries_rule_numbers_limits_and_policy_version() -> None:
    rules = policy(match={"overrides": [{"supplier": "V1", "price_percent": "5"}]})

    found = matched(invoice(line(price="104")), policy=rules).as_dict()

    price = next(check for check in found["checks"] if check["rule"] == "price")
    assert price["ok"] is True
    assert price["limits"] == "supplier V1"
    assert price["numbers"] == {
        "price": "104",
        "order_price": "100",
        "percent": "4.00",
        "limit": "5 %",
        "variance": "40.00",
    }
    assert price["amounts"] == ["price", "order_price", "variance"]
    assert found["policy_version"] == rules.version
    assert found["sentence"] == "1040.00 EUR fits order 4711: 1 line within every limit."


@pytest.mark.parametrize(
    ("ordered", "billed", "amounts"),
    [(("10", "100"), ("4", "100"), []), (("1", "1000"), ("1", "400"), ["invoiced", "received"])],
)
def test_a_check_says_which_of_its_numbers_are_amounts(ordered, billed, amounts) -> None:
    came = {"limits": {"mode": "three_way"}, "received": {("po 4711", 1): D(1)}}

    found = matched(invoice(line(*billed)), order(order_line(*ordered)), **came)

    [receipt] = [check for check in found.checks if check.rule == "receipt"]
    assert receipt.amounts == amounts
    kept = receipt.as_dict()
    assert set(kept["numbers"]) == {"invoiced", "received"}
    shown = [checked(kept, name, "EUR") for name in kept["numbers"]]
    assert [text.endswith("EUR") for text in shown] == [bool(amounts)] * 2


def test_a_sentence_says_amounts_with_currency_and_decimals_and_evidence_keeps_them() -> None:
    found = matched(invoice(line("1", "1100")), order(order_line("1", "1000")))

    [why] = [each for each in found.reasons if each.code == "amount_over_order"]
    assert why.message == (
        "Order 4711 line 1: 1100.00 EUR invoiced in all, 1000.00 EUR ordered;"
        " at most 1020.00 EUR is allowed."
    )
    assert why.evidence["invoiced"] == "1100.00"


def test_the_first_override_that_fits_wins() -> None:
    rows = [{"account": "6110", "price_percent": "1"}, {"supplier": "V1", "price_percent": "9"}]

    verdict = matched(invoice(line(price="105")), limits={"overrides": rows})

    assert codes(verdict) == {"price_over_tolerance"}


def test_matching_twice_gives_the_same_verdict() -> None:
    surroundings = context(used=used("9", "900"))

    assert match(invoice(), surroundings) == match(invoice(), surroundings)


def test_an_unknown_supplier_is_named_by_what_the_document_says() -> None:
    nameless = replace(invoice().supplier, erp_number=None)

    assert codes(matched(supplier=None)) >= {"supplier_unknown"}
    verdict = matched(invoice(supplier=nameless), supplier=None)
    assert "names no supplier code, only Kestrel" in verdict.reasons[0].message


def test_a_supplier_known_by_any_of_its_codes_owns_its_orders() -> None:
    loose = replace(order(), supplier_key=None, family="")

    assert matched(invoice(), loose, supplier=replace(KESTREL, key="other")).ok


@pytest.mark.parametrize("figure", ["1E+999999", "1E-99", "NaN", "Infinity", "1000000000000000"])
def test_a_figure_that_no_ledger_holds_is_unreadable_and_not_computed_with(figure) -> None:
    huge = replace(line(), unit_price=D(figure))

    verdict = match(invoice(line(), total="1000"), context())
    strange = match(replace(invoice(), lines=(huge,)), context())

    assert verdict.ok
    assert [item.evidence["path"] for item in strange.reasons] == ["lines[1].unit_price"]
