"""Reference data comes first: nothing is planned for a company that nobody has read yet."""

from __future__ import annotations

import pytest

from sync.models import FlowName
from tests.small import COMPANY, CRONUS, POLICY, records, seed
from tests.world import control, world

pytestmark = pytest.mark.django_db(transaction=True)


def test_flows_that_run_on_after_reference_data_failed_say_so_and_go_on_later(tmp_path):
    with world(
        jaggaer_seed=seed(tmp_path, records(1)),
        nav_seed=CRONUS,
        company_id=COMPANY,
        dataset="default",
        policy=POLICY,
    ) as customer:
        body = {"error": {"code": "Application_DialogException", "message": "No."}}
        fault = {"path": "accounts", "kind": "status", "status": 400, "body": body}
        control(customer.nav, "scenario", {"faults": [fault]})

        failed = customer.run()

        codes = sorted(run.error["code"] for run in failed)
        assert codes == ["read_refused", *["reference_missing"] * 3]

        customer.run(FlowName.REFERENCE, FlowName.SUPPLIERS)

        states = {each.state for each in customer.documents(flow_name=FlowName.SUPPLIERS)}
        assert states == {"written"}
