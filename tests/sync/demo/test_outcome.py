"""What the demo must end with: derived from labels and mappings, and consistent with both."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest

from sync.demo.outcome import STAGES, booked, expected, invoice_state, order_reasons
from sync.demo.records import FOLDER, UNITS, Unit, ledger, read_json, unit

FLOWS = ("suppliers", "purchase_orders", "invoices")


@pytest.fixture(params=UNITS)
def rows(request: pytest.FixtureRequest) -> Unit:
    return unit(request.param)


def policy(key: str) -> dict[str, Any]:
    return read_json(FOLDER / "policy.json")[key]


def test_the_carried_expectation_is_what_the_rows_give(rows: Unit) -> None:
    carried = read_json(FOLDER / "expected.json")[rows.key]

    assert expected(rows, ledger(), policy(rows.key)) == carried


def test_what_the_lines_book_is_what_the_labels_say(rows: Unit) -> None:
    for invoice, label in zip(rows.invoices, rows.labels, strict=True):
        if label["gl"]:
            lines = booked(invoice, rows.mapping, policy(rows.key))
            made, said = Counter(), Counter()
            for account, department, amount in lines:
                made[account, department] += amount
            for entry in label["gl"]:
                said[entry["account"], entry["department"]] += Decimal(entry["amount"])
            assert made == said, label["invoice_id"]


@pytest.mark.parametrize("stage", STAGES)
def test_every_document_ends_in_one_state_and_every_amount_in_one_column(stage: str) -> None:
    for key in UNITS:
        flows = read_json(FOLDER / "expected.json")[key][stage]
        for flow in FLOWS:
            assert sum(flows[flow]["states"].values()) == flows[flow]["documents"]
        for row in flows["invoices"]["totals"] + flows["purchase_orders"]["totals"]:
            parts = [row[column] for column in ("written", "parked", "waiting", "settled")]
            assert sum(map(Decimal, parts)) == Decimal(row["read"])


def test_net_of_what_is_written_is_what_the_accounts_get(rows: Unit) -> None:
    written = [
        (invoice, label)
        for invoice, label in zip(rows.invoices, rows.labels, strict=True)
        if invoice_state(label, "first_run") == "written"
    ]
    net = Decimal(0)
    for invoice, _ in written:
        lines = sum(Decimal(line["line_total"]) for line in invoice["lines"])
        net += -abs(lines) if invoice["document_type"] == "credit_memo" else lines
    accounts = expected(rows, ledger(), policy(rows.key))["first_run"]["invoices"]["ledger"]

    assert sum(map(Decimal, accounts.values())) == net


@pytest.mark.parametrize(
    ("label", "states"),
    [
        ({"state": "written", "accepted": {}}, ["written", "written", "written"]),
        ({"state": "waiting", "accepted": {}}, ["waiting", "waiting", "written"]),
        ({"state": "settled", "accepted": {}}, ["settled", "settled", "settled"]),
        (
            {"state": "parked", "accepted": {"A": ["mapping_missing"]}},
            ["parked", "written", "written"],
        ),
        (
            {"state": "parked", "accepted": {"A": ["mapping_missing"], "B": ["total_zero"]}},
            ["parked", "parked", "parked"],
        ),
        ({"state": "parked", "accepted": {"A": ["total_zero"]}}, ["parked", "parked", "parked"]),
    ],
)
def test_mending_the_mappings_releases_what_waited_for_them_alone(
    label: dict[str, Any], states: list[str]
) -> None:
    assert [invoice_state(label, stage) for stage in STAGES] == states


@pytest.mark.parametrize(
    ("line", "reasons"),
    [
        ({"category": "Materials", "cost_centre": "Place|Culture"}, set()),
        ({"category": "Stationery", "cost_centre": "Place|Culture"}, {"MAPPING_MISSING"}),
        ({"category": "Memberships", "cost_centre": "Place|Culture"}, {"MAPPING_INVALID"}),
        ({"category": "Materials", "cost_centre": "Place|Housing"}, {"MAPPING_MISSING"}),
        ({"category": "Stationery", "cost_centre": None, "cancelled": True}, set()),
        ({"category": "Materials", "quantity": "0.000001"}, set()),
        (
            {"category": "Materials", "quantity": "0.999998", "unit_price": "90000"},
            {"QUANTITY_PRECISION"},
        ),
    ],
)
def test_an_order_parks_for_the_coding_of_its_open_lines(
    line: dict[str, Any], reasons: set[str]
) -> None:
    rows = unit("DBC")
    active = next(row["supplier_code"] for row in rows.suppliers if row["status"] == "active")
    order = {"supplier_code": active, "lines": [{"quantity": "1", "unit_price": "5", **line}]}

    assert order_reasons(order, rows, ledger(), rows.mapping) == reasons


def test_an_order_of_a_blocked_supplier_parks() -> None:
    rows = unit("WVU")
    blocked = next(row["supplier_code"] for row in rows.suppliers if row["status"] == "blocked")

    found = order_reasons({"supplier_code": blocked, "lines": []}, rows, ledger(), rows.mapping)

    assert found == {"SUPPLIER_BLOCKED"}


def test_every_accepted_code_is_one_of_the_product() -> None:
    from sync.domain.reasons import reason

    codes = {
        code
        for key in UNITS
        for label in unit(key).labels
        for accepted in label["accepted"].values()
        for code in accepted
    }

    assert codes
    assert {reason(code).code for code in codes - {"unreadable"}} == codes - {"unreadable"}
