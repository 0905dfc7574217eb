"""The carried rows: complete stories, every case, small files."""

from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from sync.demo.records import FOLDER, UNITS, Unit, ledger, unit

CASES = {
    "amount_line_swapped amount_over amount_within_tolerance cancelled_line cancelled_po",
    "category_unmapped cost_centre_unmapped credit_memo_exceeds credit_memo_full",
    "credit_memo_no_original credit_memo_partial dimension_blocked discount_line",
    "duplicate_case_or_space duplicate_reformatted duplicate_same_number exact_full",
    "family_supplier finally_closed_po freight_line freight_over_limit",
    "gl_account_not_postable gl_account_unknown invalid_date invoice_before_po line_arithmetic",
    "line_not_on_po long_invoice_number missing_po_reference multi_po multi_po_other_supplier",
    "negative_invoice odd_invoice_number pack_vs_unit partial partial_overbill",
    "partial_real_amounts po_ref_digits_only po_ref_formatting po_ref_unknown",
    "price_below_order price_over_tolerance price_within_tolerance quantity_over",
    "quantity_precision quantity_short real_family_supplier_invoiced",
    "real_other_supplier_invoiced rounding_001 sales_tax_line same_number_other_supplier",
    "supplier_blocked supplier_code_missing supplier_mismatch supplier_unknown tax_wrong",
    "total_mismatch vat_several_rates wrong_currency zero_total",
}
UNKNOWN_SUPPLIER = {"supplier_unknown", "supplier_code_missing"}


@pytest.fixture(params=UNITS)
def rows(request: pytest.FixtureRequest) -> Unit:
    return unit(request.param)


def test_every_labelled_case_is_in_the_demo() -> None:
    wanted = {case for line in CASES for case in line.split()}

    assert {label["case"] for key in UNITS for label in unit(key).labels} == wanted


def test_the_data_stays_small() -> None:
    sizes = [path.stat().st_size for path in FOLDER.rglob("*") if path.suffix in {".gz", ".csv"}]

    assert sum(sizes) < 1_200_000
    assert max(sizes) < 700_000


def test_a_unit_has_some_hundred_documents(rows: Unit) -> None:
    assert 240 <= len(rows.orders) <= 300
    assert 290 <= len(rows.invoices) <= 300


def test_each_invoice_has_its_label_at_the_same_place(rows: Unit) -> None:
    named = [row["invoice_id"] for row in rows.invoices]

    assert named == [label["invoice_id"] for label in rows.labels]
    assert len(set(named)) == len(named)


def test_scenarios_are_whole_and_in_order(rows: Unit) -> None:
    sequences = defaultdict(list)
    for label in rows.labels:
        sequences[label["scenario"]].append(label["sequence"])

    assert all(seen == list(range(1, len(seen) + 1)) for seen in sequences.values())


def test_invoices_stand_in_the_order_in_which_they_were_received(rows: Unit) -> None:
    days = [row["received_date"] for row in rows.invoices]

    assert days == sorted(days)


def test_every_supplier_that_is_named_is_there_but_the_unknown_ones(rows: Unit) -> None:
    known = rows.supplier_of
    pairs = zip(rows.invoices, rows.labels, strict=True)
    strangers = {label["case"] for row, label in pairs if row.get("supplier_code") not in known}

    assert strangers <= UNKNOWN_SUPPLIER
    assert all(order["supplier_code"] in known for order in rows.orders)
    assert {s.get("parent_supplier_code") for s in rows.suppliers} - {None} <= set(known)


def test_a_child_stands_before_its_parent_and_no_parent_has_one(rows: Unit) -> None:
    place = {row["supplier_code"]: n for n, row in enumerate(rows.suppliers)}
    links = {r["supplier_code"]: r.get("parent_supplier_code") for r in rows.suppliers}
    children = {child: parent for child, parent in links.items() if parent}

    assert any(place[child] < place[parent] for child, parent in children.items())
    assert not any(links[parent] for parent in children.values())


def test_order_lines_that_count_sum_to_the_order_total(rows: Unit) -> None:
    for order in rows.orders:
        counted = [line for line in order["lines"] if not line.get("cancelled")]
        total = sum((Decimal(line["line_total"]) for line in counted), Decimal(0))
        assert total == Decimal(order["total"]), order["po_number"]


def test_exports_are_mostly_payable_with_every_other_status_among_them(rows: Unit) -> None:
    statuses = Counter(row.get("export", "payable") for row in rows.invoices)

    assert set(statuses) == {"payable", "pending", "in_process", "paid"}
    assert statuses["payable"] > 0.9 * len(rows.invoices)


def test_a_unit_has_a_revised_order_and_one_to_be_revised_later(rows: Unit) -> None:
    assert [order.get("revision") for order in rows.orders].count(1) == 1
    assert sum(order.get("revised_later", False) for order in rows.orders) == 1


def test_split_lines_share_sixty_to_forty_between_usable_cost_centers() -> None:
    lines = [line for key in UNITS for order in unit(key).orders for line in order["lines"]]
    split = [line["shares"] for line in lines if "shares" in line]

    assert len(split) >= 6
    assert all([share for _, share in shares] == ["60", "40"] for shares in split)
    assert all(len({centre for centre, _ in shares}) == 2 for shares in split)


def test_the_mappings_keep_their_gaps_and_mistakes() -> None:
    used = {
        line["category"]
        for order in unit("DBC").orders
        for line in order["lines"]
        if line["category"] not in unit("DBC").mapping["ledger_account"]
    }
    wrong = {
        target
        for key in UNITS
        for table in (unit(key).mapping["ledger_account"], unit(key).mapping.get("cost_center", {}))
        for target in table.values()
        if not ledger().targets.get(target)
    }

    assert used
    assert wrong == {"5410", "8100", "8995", "8999", "DEPARTMENT/PRG-BW", "DEPARTMENT/PRG-ZW"}


def test_the_missing_rows_mend_every_coding_of_every_order(rows: Unit) -> None:
    mended = rows.mended()
    for line in (line for order in rows.orders for line in order["lines"]):
        assert ledger().targets[mended["ledger_account"][line["category"]]]
        if line.get("cost_centre"):
            assert ledger().targets[mended["cost_center"][line["cost_centre"]]]
