"""The whole way of a hold: blocked in the ledger by hand, told by it, on hold at the source."""

from __future__ import annotations

import pytest

from sync.models import FlowName
from tests.journeys.small import put, type_in
from tests.journeys.test_supplier_write_back import allow, company, profile
from tests.sync.webhooks.conftest import eventually
from tests.sync.webhooks.test_notifications import early_runs, woken

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_vendor_blocked_by_hand_is_on_hold_at_the_source_by_the_notice_alone(told):
    allow(told, "Status")
    put(told, "companyprofiles", profile())
    told.run(FlowName.SUPPLIERS)
    assert company(told)["status"] == "ACTIVE"

    type_in(told, "vendors", "patch", key={"number": "20000"}, values={"blocked": "Payment"})
    eventually(lambda: woken(told))
    told.settle()

    assert (company(told)["status"], early_runs(told)) == ("SUSPENDED", ["suppliers"])
