"""Remembered refusals where NAV is spoken to through page web services."""

from __future__ import annotations

from typing import Any

import pytest

from sync.models import FlowName
from tests import small
from tests.sync.engine.desk import INVOICES, Desk

pytestmark = pytest.mark.django_db(transaction=True)
PAGES = {"dialect": "pages"}


def test_a_vendor_without_posting_group_is_refused_once(tmp_path: Any):
    lines = [small.supplier(number) for number in range(small.SUPPLIERS)]
    with small.small_world(
        tmp_path, lines, nav_settings=PAGES, company=small.COMPANY_NAME
    ) as customer:
        customer.run(FlowName.SUPPLIERS)
        desk = Desk(customer)
        desk.type_in("journals", values={"code": "JAGGAER"})
        ids = desk.invoices(1)  # of supplier 1
        desk.vendor(small.vendor_number(1), genBusPostingGroup="")
        desk.run()
        ids += desk.invoices(9)
        desk.run()
        held = [row for row in ids[1:] if (int(row) - 900_000) % small.SUPPLIERS == 1]
        others = [row for row in ids[1:] if row not in held]

        assert desk.fact("purchase_invoice create").subject["vendor"] == small.vendor_number(1)
        assert desk.states(held) == ["parked"]
        assert desk.states(others) == ["written"]
        assert desk.run() == 0

        desk.vendor(small.vendor_number(1), genBusPostingGroup="DOMESTIC")
        customer.run(FlowName.REFERENCE)
        customer.run(INVOICES)

        assert desk.states(ids) == ["written"]
