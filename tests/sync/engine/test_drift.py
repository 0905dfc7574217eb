"""What the ledger changes under a mapping is told with what depends on it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sync.models import FlowName, MappingEntry, ReviewItem
from sync.selectors.drift import drift_of
from sync.services.mappings import mapping_import, mapping_preview
from tests import database, small
from tests.sync.engine.desk import Desk

ACCOUNT = "8210"  # what OFFICE is mapped to


@pytest.fixture(scope="module")
def shared(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    with django_db_blocker.unblock():
        with small.small_world(tmp_path_factory.mktemp("drift"), lines) as customer:
            customer.run(FlowName.SUPPLIERS)
            desk = Desk(customer)
            desk.invoices(3)  # three orders in the ledger, their invoices still to come
            yield desk
        database.empty_all()


@pytest.fixture
def desk(shared: Desk) -> Iterator[Desk]:
    """The module's customer, with its account open and mapped."""
    yield shared
    shared.account(ACCOUNT, blocked=False)
    shared.customer.run(FlowName.REFERENCE)
    with shared.customer.scope():
        rows = [{"source_code": "OFFICE", "target_code": ACCOUNT}]
        mapping_import(shared.customer.integration, kind="ledger_account", rows=rows)


def test_a_blocked_target_is_told_with_the_open_lines_before_a_document_parks(desk: Desk):
    desk.account(ACCOUNT, blocked=True)

    desk.customer.run(FlowName.REFERENCE)

    with desk.customer.scope():
        [one] = drift_of(desk.customer.integration)
        review = ReviewItem.objects.get(state="open")
    assert (one.source_code, one.lines, one.documents) == ("OFFICE", 3, 3)
    assert str(one.amounts["GBP"]) == "300.00"
    assert (review.cause, review.code) == ("mapping ledger_account OFFICE", "mapping_invalid")
    assert review.reason["evidence"]["open_lines"] == 3


def test_opening_the_target_again_closes_the_review(desk: Desk):
    desk.account(ACCOUNT, blocked=True)
    desk.customer.run(FlowName.REFERENCE)
    desk.account(ACCOUNT, blocked=False)

    desk.customer.run(FlowName.REFERENCE)

    with desk.customer.scope():
        assert not ReviewItem.objects.filter(state="open").exists()
        assert not drift_of(desk.customer.integration)


def test_mapping_the_code_elsewhere_closes_the_review(desk: Desk):
    desk.account(ACCOUNT, blocked=True)
    desk.customer.run(FlowName.REFERENCE)

    with desk.customer.scope():
        rows = [{"source_code": "OFFICE", "target_code": "8230"}]
        mapping_import(desk.customer.integration, kind="ledger_account", rows=rows)

    with desk.customer.scope():
        assert not ReviewItem.objects.filter(state="open").exists()


def test_a_renamed_target_is_told_with_its_new_code(desk: Desk):
    desk.type_in("accounts", "patch", key={"number": ACCOUNT}, values={"number": "8219"})

    desk.customer.run(FlowName.REFERENCE)

    with desk.customer.scope():
        entry = MappingEntry.objects.get(source_code="OFFICE", replaced_at=None)
    desk.type_in("accounts", "patch", key={"number": "8219"}, values={"number": ACCOUNT})
    assert "does not exist" in entry.problem
    assert "8219" in entry.problem


def test_an_import_says_before_it_is_stored_how_many_open_lines_change(desk: Desk):
    rows = [
        {"source_code": "OFFICE", "target_code": "8230"},
        {"source_code": "CLEANING", "target_code": "8110"},
        {"source_code": "NEVER USED", "target_code": "8110"},
    ]

    with desk.customer.scope():
        seen = mapping_preview(desk.customer.integration, kind="ledger_account", rows=rows)
        stored = MappingEntry.objects.get(source_code="OFFICE", replaced_at=None)

    assert (seen.imported.created, seen.imported.updated, seen.imported.unchanged) == (1, 1, 1)
    assert (seen.lines, seen.waiting.documents) == (3, 3)
    assert [(one.source_code, one.before, one.after) for one in seen.changes] == [
        ("OFFICE", ACCOUNT, "8230"),
        ("NEVER USED", "", "8110"),
    ]
    assert stored.target_code == ACCOUNT


@pytest.mark.parametrize(
    ("day", "lines"), [("2026-03-01", 3), ("2026-03-04", 0)], ids=["before", "after"]
)
def test_a_dated_entry_changes_the_lines_from_its_day_on(desk: Desk, day: str, lines: int):
    rows = [{"source_code": "OFFICE", "target_code": "8230", "valid_from": day}]

    with desk.customer.scope():
        seen = mapping_preview(desk.customer.integration, kind="ledger_account", rows=rows)

    assert seen.lines == lines


KINDS = {
    "cost_center": ("R100", "DEPARTMENT/PROD"),
    "unit_of_measure": ("EACH", "BOX"),
    "currency": ("GBP", "EUR"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_open_lines_are_counted_for_every_kind(desk: Desk, kind: str):
    code, target = KINDS[kind]
    rows = [{"source_code": code, "target_code": target}]

    with desk.customer.scope():
        seen = mapping_preview(desk.customer.integration, kind=kind, rows=rows)

    assert seen.waiting.documents == 3
