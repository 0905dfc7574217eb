"""Reconciliation with the ledger: what people changed there by hand is found, and nothing else."""

from __future__ import annotations

import pytest

from sync.models import LedgerFinding
from sync.services.ledger_checks import ledger_check_start
from tests.journeys.handwork import Handwork
from tests.small import FLOWS, POLICY, records, small_world
from tests.world import control

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def customer(tmp_path):
    with small_world(tmp_path, records(6)) as customer:
        customer.run(*FLOWS)
        yield customer


def check(customer) -> dict[str, set[tuple[str, str]]]:
    """Reconcile with the ledger; returns the open findings: reference -> (kind, effect)."""
    with customer.scope():
        customer.integration.refresh_from_db()
        ledger_check_start(customer.integration)
    customer.settle()
    with customer.scope():
        rows = LedgerFinding.objects.filter(closed_at__isnull=True).exclude(kind="commitment")
        found: dict[str, set[tuple[str, str]]] = {}
        for row in rows.select_related("document"):
            found.setdefault(row.document.reference, set()).add((row.kind, row.effect))
        return found


def test_a_ledger_that_nobody_touched_shows_no_difference(customer):
    assert check(customer) == {}


def test_a_finding_names_both_values_and_closes_by_itself(customer):
    hand = Handwork(customer)
    hand.raise_price("RE-000001", "0.01")

    assert check(customer) == {"I000001": {("changed", "purchase_invoice")}}
    with customer.scope():
        [row] = LedgerFinding.objects.exclude(kind="commitment")
    [difference] = row.differences
    assert difference["field"].endswith("unitCost")
    assert (difference["ours"], difference["ledger"]) == ("50", "50.01")

    hand.look()
    hand.raise_price("RE-000001", "-0.01")

    assert check(customer) == {}
    with customer.scope():
        row.refresh_from_db()
    assert row.closed_at is not None


def test_what_the_ledger_was_to_post_in_the_background_and_did_not_is_found(tmp_path):
    posting = {**POLICY, "invoice": {**POLICY.get("invoice", {}), "post": True}}
    with small_world(tmp_path, records(2), policy=posting) as customer:
        control(customer.nav, "switches", {"background_posting": True})
        customer.run(*FLOWS)

        found = check(customer)
        control(customer.nav, "jobs", {})
        later = check(customer)

    assert found == {f"I{n:06d}": {("unposted", "purchase_invoice")} for n in (1, 2)}
    assert later == {}


def test_tax_that_posting_took_out_of_a_journal_is_found(customer):
    hand = Handwork(customer)
    hand.tax_the_account("8210")
    hand.post_journal("JAGGAER")

    found = check(customer)

    assert set(found) == {f"I{number:06d}" for number in range(1, 7)}
    assert set.union(*found.values()) == {("tax_taken_out", "journal")}
