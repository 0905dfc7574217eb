"""The labels hold on the product's own rules: from JAGGAER body to journal, for every invoice."""

from collections import Counter
from decimal import Decimal
from functools import cache

import pytest

from sync.demo.outcome import invoice_state
from sync.demo.records import FOLDER, UNITS, read_json, unit
from sync.domain.booking_proof import booking_faults
from sync.domain.policy import parse
from tests.sync.demo.road import End, Road


def road(key: str, *, mended: bool) -> Road:
    rows = unit(key)
    policy = parse(read_json(FOLDER / "policy.json")[key])
    return Road(rows, policy, rows.mended() if mended else rows.mapping)


@cache
def ends(key: str, *, mended: bool) -> list[End]:
    return list(road(key, mended=mended).ends())


@pytest.mark.parametrize("key", UNITS)
@pytest.mark.parametrize(
    ("stage", "mended"), [("first_run", False), ("after_missing_mappings", True)]
)
def test_every_invoice_ends_in_the_state_of_its_label(key: str, stage: str, mended: bool) -> None:
    wanted = [invoice_state(label, stage) for label in unit(key).labels]

    assert [end.state for end in ends(key, mended=mended)] == wanted


@pytest.mark.parametrize("key", UNITS)
@pytest.mark.parametrize(
    ("stage", "mended"), [("first_run", False), ("after_missing_mappings", True)]
)
def test_orders_end_as_expected(key: str, stage: str, mended: bool) -> None:
    wanted = read_json(FOLDER / "expected.json")[key][stage]["purchase_orders"]["states"]

    assert road(key, mended=mended).order_states() == wanted


@pytest.mark.parametrize("key", UNITS)
def test_a_parked_invoice_says_each_labelled_reason(key: str) -> None:
    for end, label in zip(ends(key, mended=False), unit(key).labels, strict=True):
        if invoice_state(label, "first_run") == "parked":
            for accepted in label["accepted"].values():
                assert end.codes & set(accepted), label["invoice_id"]


@pytest.mark.parametrize("key", UNITS)
def test_the_journal_moves_the_labelled_amounts_and_sums_to_zero(key: str) -> None:
    rows = road(key, mended=False)
    clearing = read_json(FOLDER / "policy.json")[key]["journal"]["balancing_account"]
    for end, label in zip(ends(key, mended=False), unit(key).labels, strict=True):
        if end.state != "written" or label["state"] == "parked":
            continue
        sign = -1 if label["nav_document"] == "purchase_credit_memo" else 1
        moved: Counter[tuple[str, str]] = Counter()
        for line in end.booking.journal.lines:
            moved[line.account, line.dimensions.get("DEPARTMENT", "")] += sign * line.amount
        assert sum(moved.values()) == 0
        assert booking_faults(end.invoice, end.booking, rows.booked_with("any")) == ()
        said: Counter[tuple[str, str]] = Counter()
        for entry in label["gl"]:
            said[entry["account"], entry["department"]] += Decimal(entry["amount"])
        booked = {place: amount for place, amount in moved.items() if place[0] != clearing}
        assert booked == said, label["invoice_id"]
