"""Documents in another currency than the ledger's, whose code nobody mapped."""

from __future__ import annotations

import pytest

from tests.small import FLOWS, invoice, order, small_world, supplier

pytestmark = pytest.mark.django_db(transaction=True)


def in_currency(code: str) -> list:
    total = {"total": {"currency": code, "value": 100}}
    return [supplier(1), order(1, **total), invoice(1, **total)]


def test_a_currency_nobody_mapped_keeps_its_code_where_the_ledger_has_it(tmp_path):
    with small_world(tmp_path, in_currency("EUR")) as customer:
        customer.run(*FLOWS)

        assert {each.state: each.reasons for each in customer.documents()} == {"written": []}
        ledger = customer.ledger()
        assert [row["currencyCode"] for row in ledger["purchaseOrders"]] == ["EUR"]
        assert [row["currencyCode"] for row in ledger["purchaseInvoices"]] == ["EUR"]


def test_a_currency_the_ledger_does_not_have_waits_for_a_mapping(tmp_path):
    with small_world(tmp_path, in_currency("XAF")) as customer:
        customer.run(*FLOWS)

        found = {each.flow_name: [r["code"] for r in each.reasons] for each in customer.documents()}
        assert found["purchase_orders"] == ["mapping_missing"]
        assert "mapping_missing" in found["invoices"]
        assert customer.ledger()["purchaseInvoices"] == []
