"""Tenants of the demo and the files that seed both sandboxes."""

import json
import re
from pathlib import Path

from connectors.jaggaer.sandbox.app import JaggaerSandbox
from sync.demo.records import FOLDER, UNITS, read_table, unit
from sync.demo.tenants import labels, later_exports, tenants, write_seeds


def test_there_is_one_tenant_for_each_business_unit() -> None:
    found = tenants()

    assert [tenant.key for tenant in found] == list(UNITS)
    for field in ("email", "dataset", "client_id", "company_id", "business_unit"):
        assert len({getattr(tenant, field) for tenant in found}) == len(UNITS)


def test_a_tenant_brings_policy_mappings_and_expectation() -> None:
    for tenant in tenants():
        assert tenant.policy["journal"]["balancing_account"]
        assert {"ledger_account", "payment_terms"} <= set(tenant.mappings)
        assert tenant.missing_mappings
        assert tenant.expected["first_run"]["invoices"]["documents"]


def test_the_policy_is_one_that_the_product_takes() -> None:
    from sync.domain.policy import parse

    for tenant in tenants():
        policy = parse(tenant.policy)
        assert policy.accounts.freight == "8450"
        assert str(policy.match.limits.charge_percent) == "25"


def test_the_council_has_no_default_department_and_the_university_has() -> None:
    default = {tenant.key: tenant.policy["default_dimensions"] for tenant in tenants()}

    assert default == {"WVU": {"DEPARTMENT": "ADM"}, "SCMS": {}, "DBC": {}}


def test_mapping_files_have_the_columns_of_the_import_and_no_code_twice() -> None:
    for tenant in tenants():
        for path in (*tenant.mappings.values(), *tenant.missing_mappings.values()):
            rows = read_table(path)
            assert list(rows[0]) == ["source_code", "target_code", "valid_from", "note"]
            assert len({row["source_code"] for row in rows}) == len(rows)


def test_seed_files_are_the_same_every_time(tmp_path: Path) -> None:
    first, second = write_seeds(tmp_path / "a"), write_seeds(tmp_path / "b")

    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]


def test_the_jaggaer_sandbox_takes_seeds_and_later_exports(tmp_path: Path) -> None:
    jaggaer, _ = write_seeds(tmp_path)
    sandbox = JaggaerSandbox(seeds=[jaggaer])

    for key in UNITS:
        assert len(sandbox.records.keys(key, "invoices")) == len(unit(key).invoices)
        assert len(sandbox.records.keys(key, "purchaseorders")) == len(unit(key).orders)
        assert len(sandbox.records.keys(key, "suppliers")) == len(unit(key).suppliers)
        for order in later_exports(key):
            stored = sandbox.order(json.loads(json.dumps(order, default=str)))
            assert stored["body"]["header"]["lastUpdate"] == order["body"]["header"]["lastUpdate"]


def test_labels_are_found_by_the_id_at_the_source() -> None:
    by_id = labels("WVU")

    assert len(by_id) == len(unit("WVU").invoices)
    assert all(key.isdigit() for key in by_id)


def test_nothing_secret_is_carried() -> None:
    suspicious = re.compile(r"secret|password|passwd|api[_-]?key|bearer", re.IGNORECASE)
    texts = [p for p in FOLDER.rglob("*") if p.suffix in {".json", ".csv", ".md"}]

    assert [p.name for p in texts if suspicious.search(p.read_text(encoding="utf-8"))] == []
